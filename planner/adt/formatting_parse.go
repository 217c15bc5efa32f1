package adt

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// formatKeys are the patterns that a kind of format knows, each before its own
// prefixes.
type formatKeys struct {
	keys  []string
	dates bool // with the modifiers of dates and times
}

var dateKeys = formatKeys{dates: true, keys: []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX",
	"HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM",
	"Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}}

var numberKeys = formatKeys{keys: []string{
	",", ".", "0", "9", "B", "C", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP", "S", "TH", "V",
}}

var titleKeys = []string{"Day", "Dy", "Month", "Mon"}

// match finds the pattern at the start of s, in upper or lower case (a few also
// capitalised); size 0: there is none.
func (k formatKeys) match(s string) (n formatNode, size int) {
	if k.dates {
		for _, t := range titleKeys {
			if strings.HasPrefix(s, t) {
				return formatNode{key: strings.ToUpper(t), title: true}, len(t)
			}
		}
	}
	for _, key := range k.keys {
		if len(s) < len(key) || s[0]|0x20 != key[0]|0x20 {
			continue
		}
		switch s[:len(key)] {
		case key:
			return formatNode{key: key}, len(key)
		case strings.ToLower(key):
			return formatNode{key: key, lower: true}, len(key)
		}
	}
	return formatNode{}, 0
}

// parsedFormat is what a call keeps of its last format.
type parsedFormat struct {
	text  string
	nodes []formatNode
}

// format is parseFormat with memory: a call has the same format as a rule.
func (c *Call) format(s string, keys formatKeys) ([]formatNode, error) {
	if p, _ := c.Memo.(*parsedFormat); p != nil && p.text == s {
		return p.nodes, nil
	}
	nodes, err := parseFormat(c.Env, s, keys)
	if err != nil {
		return nil, err
	}
	c.Memo = &parsedFormat{s, nodes}
	return nodes, nil
}

// parseFormat breaks a format into nodes (parse_format).
func parseFormat(env *Env, s string, keys formatKeys) ([]formatNode, error) {
	p := formatParser{keys: keys, s: s, work: env.work()}
	for p.s != "" {
		if err := p.step(100); err != nil {
			return nil, err
		}
		fm, tm := p.prefixes()
		if p.s == "" {
			break
		}
		if n, size := keys.match(p.s); size > 0 {
			p.s = p.s[size:]
			n.fm, n.tm, n.th = fm, tm, p.suffix()
			p.out = append(p.out, n)
		} else if err := p.literal(); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

type formatParser struct {
	keys formatKeys
	s    string // what is left
	out  []formatNode
	work work
}

// step notes n steps of work.
func (p *formatParser) step(n int) error {
	return p.work.grown(n, cap(p.out)*int(unsafe.Sizeof(formatNode{})))
}

// prefixes reads FM and TM, of which one stands before a pattern.
func (p *formatParser) prefixes() (fm, tm bool) {
	if !p.keys.dates || len(p.s) < 2 {
		return false, false
	}
	switch p.s[:2] {
	case "FM", "fm":
		fm = true
	case "TM", "tm":
		tm = true
	default:
		return false, false
	}
	p.s = p.s[2:]
	return fm, tm
}

// suffix reads what stands behind a pattern: TH as 'T', th as 't', or SP, which
// does nothing.
func (p *formatParser) suffix() (th byte) {
	if !p.keys.dates || len(p.s) < 2 {
		return 0
	}
	switch p.s[:2] {
	case "TH":
		th = 'T'
	case "th":
		th = 't'
	case "SP":
	default:
		return 0
	}
	p.s = p.s[2:]
	return th
}

// literal reads characters that stand for themselves: a quoted run, or one.
func (p *formatParser) literal() error {
	if p.s[0] == '"' {
		return p.quoted()
	}
	if strings.HasPrefix(p.s, `\"`) {
		p.s = p.s[1:]
	}
	switch c := p.s[0]; {
	case p.keys.dates && c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c):
		p.char('s')
	case isSpace(c):
		p.char(' ')
	default:
		p.char('c')
	}
	return nil
}

// quoted reads up to the closing quote, or the end.
func (p *formatParser) quoted() error {
	for p.s = p.s[1:]; p.s != ""; {
		if err := p.step(10); err != nil {
			return err
		}
		if p.s[0] == '"' {
			p.s = p.s[1:]
			break
		}
		if p.s[0] == '\\' && len(p.s) > 1 {
			p.s = p.s[1:]
		}
		p.char('c')
	}
	return nil
}

// char takes a character as it stands.
func (p *formatParser) char(kind byte) {
	_, size := utf8.DecodeRuneInString(p.s)
	p.out = append(p.out, formatNode{text: p.s[:size], kind: kind})
	p.s = p.s[size:]
}
