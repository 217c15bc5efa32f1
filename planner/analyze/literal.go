package analyze

import (
	"iter"
	"strings"
)

// literal is a quoted constant of a text: its parts, if it goes on below, and
// the letters in lower case that make it one of another kind: e, b, x, n, u&.
type literal struct {
	prefix string
	parts  []span
}

// span is a place in a text, the quotes included.
type span struct{ start, end int }

// plain tells of a literal whose backslashes standard_conforming_strings is about.
func (l literal) plain() bool { return l.prefix == "" || l.prefix == "n" }

// literals gives the literals of a text; with escapes those whose backslashes
// escape quotes are all the plain ones, too.
func literals(text string, escapes bool) iter.Seq[literal] {
	return func(yield func(literal) bool) {
		for i := 0; i < len(text); {
			switch c := text[i]; {
			case c == '"':
				i = skipQuoted(text, i, false)
			case c == '$':
				i = skipDollar(text, i)
			case strings.HasPrefix(text[i:], "--"):
				i = skipLine(text, i)
			case strings.HasPrefix(text[i:], "/*"):
				i, _ = skipComment(text, i)
			case c == '\'':
				l := literal{prefix: literalPrefix(text, i)}
				for at := i; at >= 0; at = continued(text, i) {
					i = skipQuoted(text, at, l.prefix == "e" || escapes && l.plain())
					l.parts = append(l.parts, span{at, i})
				}
				if !yield(l) {
					return
				}
			default:
				i++
			}
		}
	}
}

// withoutComments blanks out the comments between the parts of literals, which
// pg_query takes for the literal's end.
func withoutComments(text string) string {
	b := []byte(text)
	for l := range literals(text, false) {
		for n := 1; n < len(l.parts); n++ {
			for i := l.parts[n-1].end; i < l.parts[n].start; i++ {
				if b[i] != '\n' && b[i] != '\r' {
					b[i] = ' '
				}
			}
		}
	}
	return string(b)
}

// literalPrefix gives the letters in lower case that make the literal at i one
// of another kind: e, b, x, n, u&.
func literalPrefix(text string, i int) string {
	n := 1
	if i > 1 && text[i-1] == '&' {
		n = 2
	}
	if i < n || i > n && identByte(text[i-n-1]) {
		return ""
	}
	switch p := strings.ToLower(text[i-n : i]); p {
	case "e", "b", "x", "n", "u&":
		return p
	}
	return ""
}

// continued gives the place of a literal that goes on with the one that ended
// before i, a line below it; -1: there is none.
func continued(text string, i int) int {
	newline := false
	for i < len(text) {
		switch c := text[i]; {
		case c == '\'' && newline:
			return i
		case c == '\n' || c == '\r':
			newline = true
			i++
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
			i++
		case strings.HasPrefix(text[i:], "--"):
			i = skipLine(text, i)
		default:
			return -1
		}
	}
	return -1
}

func skipLine(text string, i int) int {
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}
