package planner

import (
	"encoding/binary"
	"encoding/hex"
)

// queryID names one message of one session that runs statements, in all the
// world: what AWS calls, the audit log and CloudTrail join by.
func (e *Engine) queryID(pid int32, statement uint64) string {
	var b [16]byte
	copy(b[:6], e.process[:])
	binary.BigEndian.PutUint32(b[6:], uint32(pid))
	b[10], b[11] = byte(statement>>40), byte(statement>>32)
	binary.BigEndian.PutUint32(b[12:], uint32(statement))
	return hex.EncodeToString(b[:])
}

// QueryID names the message being run, or run last.
func (s *Session) QueryID() string { return s.fdw.Query }

// CurrentUser is whom the session's statements run as.
func (s *Session) CurrentUser() string { return s.user() }

// StatementID numbers the session's messages that run statements, as
// fdw.Session.Statement does: AWS calls and statements join by it.
func (s *Session) StatementID() uint64 { return s.fdw.Statement }

// StatementSource gives the text of a prepared statement.
func (s *Session) StatementSource(name string) string {
	if p := s.statements[key(name)]; p != nil {
		return p.source
	}
	return ""
}

// PortalSource gives the text of a portal's statement.
func (s *Session) PortalSource(name string) string {
	if p := s.portals[key(name)]; p != nil {
		return p.source
	}
	return ""
}
