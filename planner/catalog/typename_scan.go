package catalog

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// typeToken is a token of a type name.
type typeToken struct {
	text   string
	quoted bool // an identifier in quotes
	pos    int
}

// scan takes the name apart into tokens.
func (p *typeParser) scan() error {
	s := p.src
	for i := 0; i < len(s); {
		b, start := s[i], i
		t, err := typeToken{pos: start}, error(nil)
		switch {
		case strings.IndexByte(" \t\n\r\v\f", b) >= 0:
			i++
			continue
		case b == '"':
			t.quoted = true
			t.text, i, err = quotedIdent(s, start)
		case identStart(b):
			i += prefixLen(s[i:], func(b byte) bool { return identStart(b) || isDigit(b) || b == '$' })
			t.text = truncate(lower(s[start:i]))
		case isDigit(b):
			t.text, i, err = wholeNumber(s, start)
		case b == '\'':
			t.quoted = true
			t.text, i, err = quotedString(s, start)
		default:
			i++
			t.text = string(b)
		}
		if err != nil {
			return err
		}
		p.tokens = append(p.tokens, t)
	}
	return nil
}

// quotedIdent reads an identifier in quotes that starts at a place of a text, and gives the
// place behind it.
func quotedIdent(s string, start int) (string, int, error) {
	var t strings.Builder
	for i := start + 1; i < len(s); i++ {
		if s[i] == '"' {
			if !strings.HasPrefix(s[i+1:], `"`) {
				if t.Len() == 0 {
					return "", 0, pgerr.New(pgerrcode.SyntaxError, `zero-length delimited identifier at or near """"`).At(start)
				}
				return truncate(t.String()), i + 1, nil
			}
			i++
		}
		t.WriteByte(s[i])
	}
	return "", 0, pgerr.New(pgerrcode.SyntaxError, `unterminated quoted identifier at or near "%s"`, s[start:]).At(start)
}

// wholeNumber is quotedIdent for digits.
func wholeNumber(s string, start int) (string, int, error) {
	end := start + prefixLen(s[start:], isDigit)
	if junk := prefixLen(s[end:], identStart); junk > 0 {
		return "", 0, pgerr.New(pgerrcode.SyntaxError, `trailing junk after numeric literal at or near "%s"`, s[start:end+junk]).At(start)
	}
	return s[start:end], end, nil
}

// quotedString is quotedIdent for a string.
func quotedString(s string, start int) (string, int, error) {
	text, _, ok := strings.Cut(s[start+1:], "'")
	if !ok {
		return "", 0, pgerr.New(pgerrcode.SyntaxError, `unterminated quoted string at or near "%s"`, s[start:]).At(start)
	}
	return text, start + len(text) + 2, nil
}

// prefixLen counts the first bytes of a text that are of a class.
func prefixLen(s string, is func(b byte) bool) int {
	for i := range len(s) {
		if !is(s[i]) {
			return i
		}
	}
	return len(s)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func identStart(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}
