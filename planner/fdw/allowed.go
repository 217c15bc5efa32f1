package fdw

import "strings"

// Allowed gives the values that the session's role may see and write in a
// column of that name; none: any. In those of regions * stands for any characters and ? for
// one.
func (s *Session) Allowed(column string) []string {
	switch column {
	case "accountId", "account", "account_id":
		return s.Accounts
	case "region":
		return s.Regions
	}
	return nil
}

// Wild tells whether allowed values have wildcards.
func Wild(allowed []string) bool { return strings.ContainsAny(strings.Join(allowed, ""), "*?") }

// LikePattern gives an allowed value as LIKE has it.
func LikePattern(allowed string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "*", "%", "?", "_").Replace(allowed)
}

// Fits tells whether a value is one that is allowed.
func Fits(allowed, v string) bool {
	for allowed != "" {
		if allowed[0] == '*' {
			for i := range len(v) + 1 {
				if Fits(allowed[1:], v[i:]) {
					return true
				}
			}
			return false
		}
		if v == "" || allowed[0] != '?' && allowed[0] != v[0] {
			return false
		}
		allowed, v = allowed[1:], v[1:]
	}
	return v == ""
}
