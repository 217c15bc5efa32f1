package adt

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// jpSpecial are the characters that end an unquoted name.
func jpSpecial(c byte) bool { return strings.IndexByte("?%$.[]{}()|&!=<>@#,*:-+/", c) >= 0 }

func jpBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// next reads a token.
func (p *jpParser) next() error {
	p.read++
	if err := p.work.grown(64, jpNodeSize*p.read); err != nil {
		return err
	}
	for p.pos < len(p.s) {
		switch {
		case jpBlank(p.s[p.pos]):
			p.pos++
			continue
		case strings.HasPrefix(p.s[p.pos:], "/*"):
			i := strings.Index(p.s[p.pos+2:], "*/")
			if i < 0 {
				p.tok = jpToken{kind: jpTokEnd}
				p.pos = len(p.s)
				return p.fail("unexpected end of comment")
			}
			p.pos += i + 4
			continue
		}
		break
	}
	if p.pos >= len(p.s) {
		p.tok = jpToken{kind: jpTokEnd}
		return nil
	}
	from := p.pos
	c := p.s[p.pos]
	digit := func(i int) bool { return i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9' }
	switch {
	case c == '"':
		p.pos++
		return p.name(jpTokString, true)
	case c == '$' && p.pos+1 < len(p.s) && p.s[p.pos+1] == '"':
		p.pos += 2
		return p.name(jpTokVariable, true)
	case c == '$' && p.pos+1 < len(p.s) && !jpSpecial(p.s[p.pos+1]) && !jpBlank(p.s[p.pos+1]):
		p.pos++
		return p.name(jpTokVariable, false)
	case digit(p.pos), c == '.' && digit(p.pos+1):
		return p.number()
	case jpSpecial(c):
		for _, op := range []string{"&&", "||", "==", "!=", "<>", "<=", ">=", "**"} {
			if strings.HasPrefix(p.s[p.pos:], op) {
				p.pos += 2
				p.tok = jpToken{jpTokPunct, op, op}
				return nil
			}
		}
		p.pos++
		p.tok = jpToken{jpTokPunct, p.s[from:p.pos], p.s[from:p.pos]}
		return nil
	}
	return p.name(jpTokIdent, false)
}

// jpOther tells whether a byte can be part of an unquoted name, as digits can.
func jpOther(c byte) bool { return !jpSpecial(c) && !jpBlank(c) && c != '"' && c != '\\' }

// jpNumeral is what the scanner can take from the start of a text.
type jpNumeral struct {
	n    int // bytes
	kind jpTokenKind
	fail string
}

// jpNumerals lists the numbers at the start of s, each alone and with the byte
// after it that does not belong there, in the order in which rules win.
func jpNumerals(s string) []jpNumeral {
	digits := func(i int, ok func(c byte) bool) int {
		for i < len(s) && (ok(s[i]) || s[i] == '_' && i+1 < len(s) && ok(s[i+1])) {
			i++
		}
		return i
	}
	var numbers, fails, junk []jpNumeral
	add := func(n int, kind jpTokenKind) {
		numbers = append(numbers, jpNumeral{n, kind, ""})
		if n < len(s) && jpOther(s[n]) {
			junk = append(junk, jpNumeral{n + 1, kind, "trailing junk after numeric literal"})
		}
	}
	exponent := func(n int) {
		if n >= len(s) || s[n]|0x20 != 'e' {
			return
		}
		n++
		signed := n < len(s) && (s[n] == '+' || s[n] == '-')
		if signed {
			n++
		}
		switch {
		case n < len(s) && isDigit(s[n]):
			add(digits(n, isDigit), jpTokNumeric)
		case signed:
			fails = append(fails, jpNumeral{n, jpTokNumeric, "invalid numeric literal"})
		}
	}
	n := 0
	if s[0] != '.' {
		n = 1
		if s[0] != '0' {
			n = digits(1, isDigit)
		} else if len(s) > 2 {
			if base := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]; base != 0 {
				ok := func(c byte) bool { d := hexDigit(c); return d >= 0 && d < base }
				if ok(s[2]) {
					numbers = append(numbers, jpNumeral{digits(2, ok), jpTokInt, ""})
				}
			}
		}
		add(n, jpTokInt)
		exponent(n)
	}
	if n < len(s) && s[n] == '.' {
		n++
		if n < len(s) && isDigit(s[n]) {
			n = digits(n, isDigit)
		}
		add(n, jpTokNumeric)
		exponent(n)
	}
	return append(append(numbers, fails...), junk...)
}

// number reads a number: the scanner takes the longest match, which may be a
// name, since names may begin with digits.
func (p *jpParser) number() error {
	rest := p.s[p.pos:]
	var best jpNumeral
	for _, m := range jpNumerals(rest) {
		if m.n > best.n {
			best = m
		}
	}
	name := 0
	for name < len(rest) && jpOther(rest[name]) {
		name++
	}
	if name > best.n {
		return p.name(jpTokIdent, false)
	}
	text := rest[:best.n]
	p.pos += best.n
	p.tok = jpToken{best.kind, text, text}
	if best.fail != "" {
		return p.fail(best.fail)
	}
	return nil
}

// name reads a quoted string after its quote, or an unquoted name, with escapes.
func (p *jpParser) name(kind jpTokenKind, quoted bool) error {
	from := p.pos
	var b []byte
	for {
		if p.pos >= len(p.s) {
			if quoted {
				p.tok = jpToken{kind: jpTokEnd}
				return p.fail("unterminated quoted string")
			}
			break
		}
		if err := p.work.grown(5, len(b)); err != nil {
			return err
		}
		c := p.s[p.pos]
		if quoted && c == '"' {
			p.pos++
			break
		}
		if !quoted && (jpSpecial(c) || jpBlank(c) || c == '"') {
			break
		}
		if c != '\\' {
			b = append(b, c)
			p.pos++
			continue
		}
		var err error
		if b, err = p.escape(b); err != nil {
			return err
		}
	}
	p.tok = jpToken{kind, string(b), p.s[from:p.pos]}
	switch {
	case quoted:
		p.tok.raw = string(b)
	case kind == jpTokVariable:
		p.tok.raw = "$" + p.tok.raw
	case p.pos < len(p.s) && jpBlank(p.s[p.pos]):
		p.tok.raw = p.s[p.pos : p.pos+1] // the scanner has just seen what ended the name
	default:
		p.tok.raw = ""
	}
	return nil
}

func (p *jpParser) escape(b []byte) ([]byte, error) {
	bad := func(msg string, n int) ([]byte, error) {
		p.tok = jpToken{kind: jpTokPunct, raw: p.s[p.pos:min(p.pos+n, len(p.s))]}
		return nil, p.fail(msg)
	}
	hex := func(i, most int) int { // hexadecimal digits from i on
		n := 0
		for n < most && p.pos+i+n < len(p.s) && hexDigit(p.s[p.pos+i+n]) >= 0 {
			n++
		}
		return n
	}
	rest := p.s[p.pos+1:]
	if rest == "" {
		return bad("unexpected end after backslash", 1)
	}
	switch rest[0] {
	case 'b', 'f', 'n', 'r', 't':
		e, _ := jsonEscape(rest[0])
		p.pos += 2
		return append(b, e), nil
	case 'v':
		p.pos += 2
		return append(b, '\v'), nil
	case 'x':
		if !hexRun(rest[1:], 2) {
			return bad("invalid hexadecimal character sequence", 2+hex(2, 1))
		}
		p.pos += 4
		return p.addRune(b, hexRune(rest[1:3]))
	case 'u':
		r, n, ok := jpUnicode(rest)
		switch {
		case !ok && r > utf8.MaxRune:
			return nil, pgerr.New(pgerrcode.SyntaxError, "invalid Unicode code point")
		case !ok && strings.HasPrefix(rest, "u{"):
			return bad("invalid Unicode escape sequence", 3+hex(3, 6))
		case !ok:
			return bad("invalid Unicode escape sequence", 2+hex(2, 3))
		}
		p.pos += 1 + n
		if r >= 0xd800 && r < 0xdc00 {
			lo, n, ok := rune(0), 0, false
			if strings.HasPrefix(p.s[p.pos:], `\u`) {
				lo, n, ok = jpUnicode(p.s[p.pos+1:])
			}
			if ok && lo >= 0xd800 && lo < 0xdc00 {
				return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s", "jsonpath").
					Detailf("Unicode high surrogate must not follow a high surrogate.")
			}
			if !ok || lo < 0xdc00 || lo >= 0xe000 {
				return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s", "jsonpath").
					Detailf("Unicode low surrogate must follow a high surrogate.")
			}
			p.pos += 1 + n
			r = (r-0xd800)<<10 + (lo - 0xdc00) + 0x10000
		} else if r >= 0xdc00 && r < 0xe000 {
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s", "jsonpath").
				Detailf("Unicode low surrogate must follow a high surrogate.")
		}
		return p.addRune(b, r)
	}
	_, n := utf8.DecodeRuneInString(rest)
	p.pos += 1 + n
	return append(b, rest[:n]...), nil
}

func (p *jpParser) addRune(b []byte, r rune) ([]byte, error) {
	if r == 0 {
		return nil, pgerr.New(pgerrcode.UntranslatableCharacter, "unsupported Unicode escape sequence").
			Detailf(`\u0000 cannot be converted to text.`)
	}
	return utf8.AppendRune(b, r), nil
}

// jpUnicode reads uXXXX or u{X…}.
func jpUnicode(s string) (r rune, n int, ok bool) {
	if strings.HasPrefix(s, "u{") {
		i := strings.IndexByte(s, '}')
		if i < 3 || i > 8 || !hexRun(s[2:], i-2) {
			return 0, 0, false
		}
		r = hexRune(s[2:i])
		return r, i + 1, r <= utf8.MaxRune
	}
	if !hexRun(s[1:], 4) {
		return 0, 0, false
	}
	return hexRune(s[1:5]), 5, true
}
