package tsearch

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// optionsAtATime is how many options are read between two looks for the statement's end.
const optionsAtATime = 10_000

// option is one "name = value" of a dictionary or a headline.
type option struct{ name, value string }

// parseOptions reads a list of options (deserialize_deflist), of a statement that may end meanwhile.
func parseOptions(s string, env *adt.Env) ([]option, error) {
	bad := func() ([]option, error) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "invalid parameter list format: \"%s\"", s)
	}
	space := func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
	var out []option
	i := 0
	for {
		for i < len(s) && (space(s[i]) || s[i] == ',') {
			i++
		}
		if i >= len(s) {
			return out, nil
		}
		var o option
		var ok bool
		if s[i] == '"' {
			if o.name, i, ok = quoted(s, i+1, '"'); !ok {
				return bad()
			}
		} else {
			from := i
			for i++; i < len(s) && !space(s[i]) && s[i] != '='; i++ {
			}
			o.name = s[from:i]
		}
		for i < len(s) && space(s[i]) {
			i++
		}
		if i >= len(s) || s[i] != '=' {
			return bad()
		}
		for i++; i < len(s) && space(s[i]); i++ {
		}
		switch {
		case i >= len(s):
			return bad()
		case strings.HasPrefix(s[i:], "E'"):
			o.value, i, ok = quoted(s, i+2, '\'')
		case s[i] == '\'' || s[i] == '"':
			o.value, i, ok = quoted(s, i+1, s[i])
		default:
			from := i
			for i++; i < len(s) && !space(s[i]) && s[i] != ','; i++ {
			}
			o.value, ok = s[from:i], true
			if n, err := strconv.ParseInt(o.value, 10, 32); err == nil {
				o.value = strconv.FormatInt(n, 10)
			}
		}
		if !ok {
			return bad()
		}
		if out = append(out, o); len(out)%optionsAtATime == 0 {
			if err := env.Interrupted(); err != nil {
				return nil, err
			}
		}
	}
}

// quoted reads up to a closing quote; doubled quotes, and in single quotes
// doubled backslashes, stand for one.
func quoted(s string, i int, quote byte) (text string, next int, ok bool) {
	var b strings.Builder
	for ; i < len(s); i++ {
		twice := i+1 < len(s) && s[i+1] == s[i]
		switch {
		case s[i] == quote && !twice:
			return b.String(), i + 1, true
		case (s[i] == quote || s[i] == '\\' && quote == '\'') && twice:
			i++
		}
		b.WriteByte(s[i])
	}
	return "", i, false
}
