package adt

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// accessors appends the accessors that follow to n.
func (p *jpParser) accessors(n *jpNode) error {
	for {
		a, err := p.accessor()
		if err != nil || a == nil {
			return err
		}
		n.next = a
		n = a
	}
}

func (p *jpParser) accessor() (*jpNode, error) {
	switch {
	case p.is("["):
		return p.subscript()
	case p.is("?"):
		return p.filter()
	case !p.is("."):
		return nil, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	t := p.tok
	switch {
	case p.is("*"):
		return &jpNode{kind: jpAnyKey}, p.next()
	case p.is("**"):
		return p.anyPath()
	case t.kind == jpTokString:
		return &jpNode{kind: jpKey, str: t.text}, p.next()
	case t.kind != jpTokIdent:
		return nil, p.syntax()
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	name := strings.ToLower(t.text)
	switch name {
	case "abs", "size", "type", "floor", "double", "ceiling", "keyvalue", "datetime":
	default:
		return &jpNode{kind: jpKey, str: t.text}, nil
	}
	if !p.is("(") {
		return &jpNode{kind: jpKey, str: t.text}, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	n := &jpNode{kind: jpMethod, str: name}
	if name == "datetime" && p.tok.kind == jpTokString {
		n.left = &jpNode{kind: jpString, str: p.tok.text}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return n, p.expect(")")
}

// filter reads ? ( … ).
func (p *jpParser) filter() (*jpNode, error) {
	if err := p.hold(1); err != nil {
		return nil, err
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.open(); err != nil {
		return nil, err
	}
	inner, err := p.operand(jpBindsOr, true)
	if err != nil {
		return nil, err
	}
	p.letGo(2)
	return &jpNode{kind: jpFilter, left: inner}, p.expect(")")
}

// subscript reads [ … ].
func (p *jpParser) subscript() (*jpNode, error) {
	if err := p.hold(1); err != nil {
		return nil, err
	}
	defer p.letGo(1)
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.is("*") {
		if err := p.next(); err != nil {
			return nil, err
		}
		return &jpNode{kind: jpAnyArray}, p.expect("]")
	}
	n := &jpNode{kind: jpIndexes}
	for {
		var r [2]*jpNode
		var err error
		if r[0], err = p.operand(jpBindsAdd, false); err != nil {
			return nil, err
		}
		if p.word("to") {
			if err := p.next(); err != nil {
				return nil, err
			}
			if r[1], err = p.operand(jpBindsAdd, false); err != nil {
				return nil, err
			}
		}
		n.ranges = append(n.ranges, r)
		if !p.is(",") {
			return n, p.expect("]")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *jpParser) anyPath() (*jpNode, error) {
	n := &jpNode{kind: jpAny, last: jpLevelLast}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("{") {
		return n, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	level := func() (uint32, error) {
		if p.word("last") {
			return jpLevelLast, p.next()
		}
		if p.tok.kind != jpTokInt {
			return 0, p.syntax()
		}
		v, err := strconv.ParseInt(strings.ReplaceAll(p.tok.text, "_", ""), 0, 32)
		if err != nil {
			return 0, pgerr.New(pgerrcode.NumericValueOutOfRange, `value "%s" is out of range for type %s`, p.tok.text, "integer")
		}
		return uint32(v), p.next()
	}
	var err error
	if n.first, err = level(); err != nil {
		return nil, err
	}
	n.last = n.first
	if p.word("to") {
		if err := p.next(); err != nil {
			return nil, err
		}
		if n.last, err = level(); err != nil {
			return nil, err
		}
	}
	return n, p.expect("}")
}
