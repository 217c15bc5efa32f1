package server

// Reload changes the configuration for connections to come, in one step:
// roles, NewSession, HBA, Ident, TLS, limits. A connection keeps the
// configuration it began with. If the new one is not valid all stays as it was.
// Log and Guessing do not change.
func (s *Server) Reload(next Config) error {
	cur := s.config.Load()
	next.Log, next.Guessing = cur.Log, cur.Guessing
	if err := next.complete(); err != nil {
		return err
	}
	s.config.Store(&next)
	return nil
}
