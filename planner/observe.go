package planner

// StatementID numbers the session's messages that run statements, as
// fdw.Session.Statement does: AWS calls and statements join by it.
func (s *Session) StatementID() uint64 { return s.fdw.Statement }

// PortalSource gives the text of a portal's statement.
func (s *Session) PortalSource(name string) string {
	if p := s.portals[name]; p != nil {
		return p.source
	}
	return ""
}
