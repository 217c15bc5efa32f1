package ec2backend

import (
	"strings"
	"unicode/utf8"
)

// Limits of DescribeFlowLogs ("Filtering" in the EC2 API reference), the
// stricter where texts differ.
const (
	maxFilterValues = 200 // in one request, over all filters
	maxFilters      = 50
	maxValueLength  = 255
	minPageSize     = 5
	maxPageSize     = 1000
)

// filterNames are the filters that select by a column's value.
var filterNames = map[int]string{
	colDeliverLogsStatus: "deliver-log-status", colLogDestinationType: "log-destination-type", colFlowLogID: "flow-log-id",
	colLogGroupName: "log-group-name", colResourceID: "resource-id", colTrafficType: "traffic-type",
}

// escapeFilter writes a value so that the filter matches just it: in filters *
// is any run of characters, ? none or one, and \ takes their meaning away. ok
// is false when the filter could not hold it.
func escapeFilter(v string) (string, bool) {
	if v == "" || !utf8.ValidString(v) || strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return "", false
	}
	if strings.ContainsAny(v, `*?\`) {
		v = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(v)
	}
	return v, len(v) <= maxValueLength
}

// likeFilter turns a LIKE pattern into a filter value that matches at least
// what the pattern does: % is *, and _ (exactly one character) becomes ? (none
// or one). ok is false when no such value is worth sending; exact tells that
// the filter matches no more than the pattern.
func likeFilter(pattern string) (value string, exact, ok bool) {
	var b strings.Builder
	exact = true
	literal := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\':
			i++
			if i == len(pattern) {
				return "", false, false // an error that the engine reports
			}
			c = pattern[i]
			if strings.IndexByte(`*?\`, c) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
			literal = true
		case c == '%':
			b.WriteByte('*')
		case c == '_':
			b.WriteByte('?')
			exact = false
		case c == '*' || c == '?':
			b.WriteByte('\\')
			b.WriteByte(c)
			literal = true
		default:
			b.WriteByte(c)
			literal = true
		}
	}
	v := b.String()
	if !literal || !utf8.ValidString(v) || len(v) > maxValueLength ||
		strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return "", false, false
	}
	return v, exact, true
}

// filterMatch tells whether a filter's value matches a text. It keeps all places of the value
// that the text so far may have led to, so that its time grows with the product of both.
func filterMatch(value, s string) bool {
	reach := func(places []bool, at int) { // * and ? match nothing, too
		places[at] = true
		for at < len(value) && (value[at] == '*' || value[at] == '?') {
			at++
			places[at] = true
		}
	}
	now := make([]bool, len(value)+1)
	reach(now, 0)
	for _, r := range s {
		next := make([]bool, len(value)+1)
		for at, here := range now[:len(value)] {
			switch {
			case !here:
			case value[at] == '*':
				reach(next, at)
			case value[at] == '?':
				reach(next, at+1)
			default:
				if value[at] == '\\' && at+1 < len(value) {
					at++
				}
				if c, n := utf8.DecodeRuneInString(value[at:]); c == r {
					reach(next, at+n)
				}
			}
		}
		now = next
	}
	return now[len(value)]
}

// likeMatch is SQL's LIKE with backslash escaping, for a pattern that does not
// end in its escape.
func likeMatch(pattern, s string) bool {
	for pattern != "" {
		switch c := pattern[0]; c {
		case '%':
			pattern = strings.TrimLeft(pattern, "%")
			if pattern == "" {
				return true
			}
			for i := range s {
				if likeMatch(pattern, s[i:]) {
					return true
				}
			}
			return likeMatch(pattern, "")
		case '_':
			if s == "" {
				return false
			}
			_, n := utf8.DecodeRuneInString(s)
			pattern, s = pattern[1:], s[n:]
		default:
			if c == '\\' && len(pattern) > 1 {
				pattern = pattern[1:]
				c = pattern[0]
			}
			if s == "" || s[0] != c {
				return false
			}
			pattern, s = pattern[1:], s[1:]
		}
	}
	return s == ""
}

// tagFilter gives the filter that selects by a tag's value; ok is false for
// keys that a filter's name could not hold.
func tagFilter(key string) (string, bool) {
	name := "tag:" + key
	return name, key != "" && len(name) <= maxValueLength && !strings.ContainsAny(key, `*?\`) && utf8.ValidString(key) &&
		strings.IndexFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
