package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func regexpReplaceFlags(c *Call, s, p, with, flags string) (string, error) {
	if flags != "" && flags[0] >= '0' && flags[0] <= '9' {
		return "", pgerr.New(pgerrcode.InvalidParameterValue, `invalid regular expression option: "%s"`, flags[:1]).
			Hintf("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	f, err := parseRegexFlags(flags)
	if err != nil {
		return "", err
	}
	return regexpReplace(c, s, p, with, 1, pick[int32](f.global, 0, 1), flags)
}

func regexpReplaceExtended(c *Call, a []Datum) (Datum, error) {
	start, err := intArg(a, 3, "start", 1, 1)
	if err != nil {
		return nil, err
	}
	n, err := intArg(a, 4, "n", 1, 0)
	if err != nil {
		return nil, err
	}
	flags := ""
	if len(a) > 5 {
		flags = a[5].(string)
	}
	return box(regexpReplace(c, a[0].(string), a[1].(string), a[2].(string), start, n, flags))
}

// regexpReplace replaces the n'th match, or all for n 0.
func regexpReplace(c *Call, s, p, with string, start, n int32, flagText string) (string, error) {
	flags, err := parseRegexFlags(flagText)
	if err != nil {
		return "", err
	}
	flags.global = false
	re, err := cachedRegex(c, p, flags)
	if err != nil {
		return "", err
	}
	var b []byte
	var tooLong error
	w := c.work()
	at, count := 0, int32(0)
	err = eachMatch(c, re, s, startOffset(s, start), true, func(m []int) bool {
		count++
		if n > 0 && count < n {
			return true
		}
		had := len(b)
		b = append(b, s[at:m[0]]...)
		b = appendReplacement(b, with, s, m)
		at = m[1]
		tooLong = w.grown(64+len(b)-had, len(b))
		return n == 0 && tooLong == nil
	})
	if tooLong != nil {
		return "", tooLong
	}
	if err != nil || b == nil && at == 0 {
		return s, err
	}
	return string(append(b, s[at:]...)), nil
}

// appendReplacement appends a replacement text: \1 to \9 are groups, \& the
// match, \\ a backslash.
func appendReplacement(b []byte, with, s string, m []int) []byte {
	for {
		i := strings.IndexByte(with, '\\')
		if i < 0 || i+1 >= len(with) {
			return append(b, with...)
		}
		b = append(b, with[:i]...)
		switch c := with[i+1]; {
		case c >= '1' && c <= '9':
			if g, ok := groupText(s, m, int(c-'0')).(string); ok {
				b = append(b, g...)
			}
		case c == '&':
			b = append(b, s[m[0]:m[1]]...)
		case c == '\\':
			b = append(b, '\\')
		default:
			// Not a sequence we know: the backslash stands for itself.
			b = append(b, '\\')
			with = with[i+1:]
			continue
		}
		with = with[i+2:]
	}
}
