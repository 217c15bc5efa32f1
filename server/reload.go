package server

// Reload changes the configuration for connections to come: roles, HBA, Ident,
// TLS, limits. change edits a copy; if the result is not valid, or change says
// so, all stays as it was. NewSession, Log and Guessing do not change.
func (s *Server) Reload(change func(*Config) error) error {
	next := *s.config.Load()
	if err := change(&next); err != nil {
		return err
	}
	if err := next.complete(); err != nil {
		return err
	}
	s.config.Store(&next)
	return nil
}
