package adt

import (
	"fmt"
	"strconv"
	"strings"
)

// recValue is a value in a recording.
type recValue struct {
	null bool
	text string
}

func (v recValue) String() string {
	if v.null {
		return "NULL"
	}
	for i := range len(v.text) {
		if v.text[i] < ' ' || v.text[i] == 0x7f {
			return strconv.Quote(v.text)
		}
	}
	return "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
}

type recArg struct {
	typ      string
	variadic bool
	value    recValue
}

// recCall is one line of a recording.
type recCall struct {
	source string // the call's text
	name   string
	args   []recArg
	result string // what follows the call, "" when not recorded
}

// recScanner reads a line's tokens.
type recScanner struct{ s string }

func (p *recScanner) space() { p.s = strings.TrimLeft(p.s, " \t") }

func (p *recScanner) eat(tok string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.s, tok)
	if ok {
		p.s = rest
	}
	return ok
}

func (p *recScanner) value() (recValue, error) {
	p.space()
	switch {
	case p.eat("NULL"):
		return recValue{null: true}, nil
	case strings.HasPrefix(p.s, `"`):
		q, err := strconv.QuotedPrefix(p.s)
		if err != nil {
			return recValue{}, err
		}
		p.s = p.s[len(q):]
		text, err := strconv.Unquote(q)
		return recValue{text: text}, err
	case strings.HasPrefix(p.s, "'"):
		var b strings.Builder
		for i := 1; i < len(p.s); i++ {
			if p.s[i] != '\'' {
				b.WriteByte(p.s[i])
			} else if i+1 < len(p.s) && p.s[i+1] == '\'' {
				b.WriteByte('\'')
				i++
			} else {
				p.s = p.s[i+1:]
				return recValue{text: b.String()}, nil
			}
		}
	}
	return recValue{}, fmt.Errorf("want a value at %q", p.s)
}

func (p *recScanner) typeName() string {
	p.space()
	i := strings.IndexAny(p.s, " \t,)'")
	if i < 0 {
		i = len(p.s)
	}
	name := p.s[:i]
	p.s = p.s[i:]
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return "_" + elem
	}
	return name
}

func parseRecCall(line string) (recCall, error) {
	c := recCall{}
	i := strings.IndexByte(line, '(')
	if i < 0 {
		return c, fmt.Errorf("no call in %q", line)
	}
	c.name = strings.TrimSpace(line[:i])
	p := &recScanner{line[i+1:]}
	for !p.eat(")") {
		if len(c.args) > 0 && !p.eat(",") {
			return c, fmt.Errorf("want , or ) at %q", p.s)
		}
		a := recArg{typ: p.typeName()}
		if a.typ == "variadic" {
			a.variadic, a.typ = true, p.typeName()
		}
		v, err := p.value()
		if err != nil {
			return c, err
		}
		a.value = v
		c.args = append(c.args, a)
	}
	c.source = line[:len(line)-len(p.s)]
	c.result = strings.TrimSpace(p.s)
	return c, nil
}
