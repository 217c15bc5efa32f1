package snowball

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a word or sign of a program.
type token struct {
	kind byte // 'w' word, 'n' number, 's' string, 'o' sign, 0 the end
	text string
	n    int
}

func (t token) String() string {
	if t.kind == 0 {
		return "end of text"
	}
	return strconv.Quote(t.text)
}

// scanner reads the tokens of a program.
type scanner struct {
	src        string
	pos        int
	open, shut byte              // stringescapes
	defs       map[string]string // stringdef
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// signs of two characters.
var longSigns = []string{"!=", "*=", "+=", "-=", "->", "/=", "<+", "<-", "<=", "==", "=>", ">="}

// skip passes over space and comments.
func (s *scanner) skip() {
	for s.pos < len(s.src) {
		rest := s.src[s.pos:]
		switch {
		case isSpace(rest[0]):
			s.pos++
		case strings.HasPrefix(rest, "//"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				s.pos += i
			} else {
				s.pos = len(s.src)
			}
		case strings.HasPrefix(rest, "/*"):
			if i := strings.Index(rest[2:], "*/"); i >= 0 {
				s.pos += i + 4
			} else {
				s.pos = len(s.src)
			}
		default:
			return
		}
	}
}

// next reads a token; stringescapes and stringdef work here and give none.
func (s *scanner) next() (token, error) {
	for {
		t, err := s.raw()
		if err != nil || t.kind != 'w' {
			return t, err
		}
		switch t.text {
		case "stringescapes":
			if s.open, err = s.mark(); err == nil {
				s.shut, err = s.mark()
			}
		case "stringdef":
			err = s.define()
		default:
			return t, nil
		}
		if err != nil {
			return token{}, err
		}
	}
}

// mark reads one character that is no space.
func (s *scanner) mark() (byte, error) {
	for s.pos < len(s.src) {
		s.pos++
		if c := s.src[s.pos-1]; !isSpace(c) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("stringescapes is not complete")
}

// define reads the name and value of a stringdef.
func (s *scanner) define() error {
	s.skip()
	start := s.pos
	for s.pos < len(s.src) && !isSpace(s.src[s.pos]) {
		s.pos++
	}
	name := s.src[start:s.pos]
	t, err := s.raw()
	if err == nil && t.kind != 's' {
		err = fmt.Errorf("%s is no string for %s", t, name)
	}
	if err != nil {
		return err
	}
	s.defs[name] = t.text
	return nil
}

func (s *scanner) raw() (token, error) {
	s.skip()
	if s.pos >= len(s.src) {
		return token{}, nil
	}
	start, c := s.pos, s.src[s.pos]
	switch {
	case isAlpha(c):
		for s.pos < len(s.src) && (isAlpha(s.src[s.pos]) || isDigit(s.src[s.pos]) || s.src[s.pos] == '_') {
			s.pos++
		}
		return token{kind: 'w', text: s.src[start:s.pos]}, nil
	case isDigit(c):
		for s.pos < len(s.src) && isDigit(s.src[s.pos]) {
			s.pos++
		}
		n, err := strconv.Atoi(s.src[start:s.pos])
		return token{kind: 'n', text: s.src[start:s.pos], n: n}, err
	case c == '\'':
		text, err := s.literal()
		return token{kind: 's', text: text}, err
	}
	for _, l := range longSigns {
		if strings.HasPrefix(s.src[s.pos:], l) {
			s.pos += 2
			return token{kind: 'o', text: l}, nil
		}
	}
	s.pos++
	return token{kind: 'o', text: string(c)}, nil
}

// literal reads a string with its insertions.
func (s *scanner) literal() (string, error) {
	var b strings.Builder
	for s.pos++; s.pos < len(s.src); s.pos++ {
		c := s.src[s.pos]
		switch {
		case c == '\'':
			s.pos++
			return b.String(), nil
		case s.open == 0 || c != s.open:
			b.WriteByte(c)
			continue
		}
		n := strings.IndexByte(s.src[s.pos+1:], s.shut)
		if n < 0 {
			break
		}
		name := s.src[s.pos+1 : s.pos+1+n]
		s.pos += n + 1
		text, ok := s.defs[name]
		hex, isHex := strings.CutPrefix(name, "U+")
		switch {
		case ok:
			b.WriteString(text)
		case strings.TrimSpace(name) == "":
			// a string goes on after a line's end
		case name == "'" || name == string(s.open):
			b.WriteString(name)
		case isHex:
			r, err := strconv.ParseUint(hex, 16, 32)
			if err != nil {
				return "", err
			}
			b.Write(utf8.AppendRune(nil, rune(r)))
		default:
			return "", fmt.Errorf("string macro %q is not declared", name)
		}
	}
	return "", fmt.Errorf("string is not terminated")
}
