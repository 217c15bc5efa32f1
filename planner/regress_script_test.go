package planner_test

import (
	"regexp"
	"strings"
)

// scriptStatement is one statement of a psql script: with the rows that follow
// a COPY FROM STDIN, or with the name of the file that it copies from.
type scriptStatement struct {
	sql  string
	data string
	file string
}

var (
	dollarQuote  = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z_0-9]*)?\$`)
	copyIn       = regexp.MustCompile(`(?is)^copy\s.*\sfrom\s+stdin\b`)
	copyFile     = regexp.MustCompile(`(?is)^(copy\s.*\sfrom\s+):'filename'`)
	fileVariable = regexp.MustCompile(`^\\set filename :abs_srcdir '/(.*)'`)
)

// splitScript splits a psql script into statements. Of psql's meta-commands it
// obeys only the one that names a file of data.
func splitScript(text string) []scriptStatement {
	var out []scriptStatement
	var b strings.Builder
	file := ""
	for i, depth := 0, 0; i < len(text); {
		rest := text[i:]
		take := func(n int) {
			b.WriteString(rest[:n])
			i += n
		}
		switch {
		case strings.HasPrefix(rest, "--"):
			i += lineLength(rest)
		case strings.HasPrefix(rest, "/*"):
			take(commentLength(rest))
		case rest[0] == '\'':
			take(stringLength(rest, i > 0 && (text[i-1] == 'E' || text[i-1] == 'e')))
		case rest[0] == '"':
			n := strings.IndexByte(rest[1:], '"')
			if n < 0 {
				n = len(rest) - 2
			}
			take(n + 2)
		case rest[0] == '$' && dollarQuote.MatchString(rest):
			tag := dollarQuote.FindString(rest)
			n := strings.Index(rest[len(tag):], tag)
			if n < 0 {
				n = len(rest) - 2*len(tag)
			}
			take(n + 2*len(tag))
		case rest[0] == '\\' && (i == 0 || text[i-1] == '\n' || text[i-1] == ' '):
			n := lineLength(rest)
			if m := fileVariable.FindStringSubmatch(rest[:n]); m != nil {
				file = m[1]
			}
			i += n
			if s := strings.TrimSpace(b.String()); s != "" && i > 0 {
				out = append(out, scriptStatement{sql: s})
			}
			b.Reset()
		case rest[0] == ';' && depth == 0:
			i++
			s := scriptStatement{sql: strings.TrimSpace(b.String())}
			b.Reset()
			switch m := copyFile.FindStringSubmatch(s.sql); {
			case copyIn.MatchString(s.sql):
				i += lineLength(text[i:])
				n := strings.Index(text[i:], "\n\\.")
				if n < 0 {
					n = len(text) - i - 1
				}
				s.data = strings.TrimPrefix(text[i:i+n+1], "\n")
				i += n + 1
				i += lineLength(text[i:])
			case m != nil:
				s.sql, s.file = m[1]+"stdin"+s.sql[len(m[0]):], file
			}
			if s.sql != "" {
				out = append(out, s)
			}
		default:
			switch rest[0] {
			case '(':
				depth++
			case ')':
				depth = max(depth-1, 0)
			}
			take(1)
		}
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		out = append(out, scriptStatement{sql: s})
	}
	return out
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// commentLength is the length of the comment that s begins with.
func commentLength(s string) int {
	n, depth := 2, 1
	for depth > 0 && n < len(s) {
		switch {
		case strings.HasPrefix(s[n:], "/*"):
			depth++
			n += 2
		case strings.HasPrefix(s[n:], "*/"):
			depth--
			n += 2
		default:
			n++
		}
	}
	return n
}

// stringLength is the length of the quoted string that s begins with.
func stringLength(s string, escapes bool) int {
	n := 1
	for n < len(s) && s[n] != '\'' {
		if escapes && s[n] == '\\' {
			n++
		}
		n++
	}
	return min(n+1, len(s))
}
