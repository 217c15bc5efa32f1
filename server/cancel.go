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
// names, if its key is right. Unless it came from another copy of the server,
// the other copies are asked when no session here is meant. The client is told
// nothing either way; its connection ends when the request is done.
func (c *conn) cancelRequest(body []byte) {
	if len(body) != 12 {
		c.log.Info("invalid length of cancel request packet")
		return
	}
	pid := int32(binary.BigEndian.Uint32(body[4:]))
	refused := c.srv.cancel(pid, body[8:])
	if refused == "" {
		return
	}
	if binary.BigEndian.Uint32(body) == codeCancel && len(c.cfg.CancelPeers) > 0 {
		c.passOn(body[4:])
		return
	}
	c.log.Info(refused, "pid", pid)
}

// cancel cancels what the session with a process id runs, or says why not.
func (s *Server) cancel(pid int32, secret []byte) (refused string) {
	s.mu.Lock()
	target := s.sessions[pid]
	s.mu.Unlock()
	if target == nil {
		return "PID in cancel request did not match any process"
	}
	var want [4]byte
	binary.BigEndian.PutUint32(want[:], target.secret)
	if subtle.ConstantTimeCompare(want[:], secret) != 1 {
		return "wrong key in cancel request"
	}
	target.cancelStatement(pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to user request"))
	return ""
}
