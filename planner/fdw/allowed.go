package fdw

// Allowed gives the values that the session's role may see and write in a
// column of that name; none: any.
func (s *Session) Allowed(column string) []string {
	switch column {
	case "accountId", "account", "account_id":
		return s.Accounts
	case "region":
		return s.Regions
	}
	return nil
}
