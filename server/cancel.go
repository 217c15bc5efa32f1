package server

import (
	"crypto/subtle"
	"encoding/binary"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// putBackendKey sends what a client needs to cancel.
func (c *conn) putBackendKey() {
	c.w.put(&pgproto3.BackendKeyData{ProcessID: uint32(c.pid), SecretKey: c.secret})
}

// cancelRequest cancels the statement of the session that a CancelRequest
// names, if its key is right. The client is told nothing either way.
func (c *conn) cancelRequest(body []byte) {
	if len(body) != 12 {
		c.log.Info("invalid length of cancel request packet")
		return
	}
	pid := int32(binary.BigEndian.Uint32(body[4:]))
	s := c.srv
	s.mu.Lock()
	target := s.sessions[pid]
	s.mu.Unlock()
	if target == nil {
		c.log.Info("PID in cancel request did not match any process", "pid", pid)
		return
	}
	var secret [4]byte
	binary.BigEndian.PutUint32(secret[:], target.secret)
	if subtle.ConstantTimeCompare(secret[:], body[8:]) != 1 {
		c.log.Info("wrong key in cancel request", "pid", pid)
		return
	}
	target.cancelStatement(pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to user request"))
}
