package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func (p *jpParser) or() (*jpNode, error) {
	return p.logical("||", jpOr, func() (*jpNode, error) { return p.logical("&&", jpAnd, p.not) })
}

// operand reads what parse does; it must be a predicate, or must not be one.
func (p *jpParser) operand(parse func() (*jpNode, error), predicate bool) (*jpNode, error) {
	n, err := parse()
	if err == nil && n.predicate() != predicate {
		return nil, p.syntax()
	}
	return n, err
}

func (p *jpParser) logical(op string, kind jpKind, operand func() (*jpNode, error)) (*jpNode, error) {
	left, err := operand()
	for err == nil && p.is(op) {
		if !left.predicate() {
			return nil, p.syntax()
		}
		if err = p.next(); err != nil {
			return nil, err
		}
		right, err := p.operand(operand, true)
		if err != nil {
			return nil, err
		}
		left = &jpNode{kind: kind, op: op, left: left, right: right}
	}
	return left, err
}

func (p *jpParser) not() (*jpNode, error) {
	if !p.is("!") {
		return p.comparison()
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("(") && !p.word("exists") {
		return nil, p.syntax()
	}
	n, err := p.operand(p.primary, true)
	if err != nil {
		return nil, err
	}
	return &jpNode{kind: jpNot, left: n}, nil
}

func (p *jpParser) comparison() (*jpNode, error) {
	left, err := p.additive()
	if err != nil {
		return nil, err
	}
	switch {
	case p.tok.kind == jpTokPunct:
		op := p.tok.text
		switch op {
		case "<>":
			op = "!="
		case "==", "!=", "<", ">", "<=", ">=":
		default:
			return left, nil
		}
		if left.predicate() {
			return nil, p.syntax()
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		right, err := p.operand(p.additive, false)
		if err != nil {
			return nil, err
		}
		return &jpNode{kind: jpCompare, op: op, left: left, right: right}, nil
	case p.word("starts") && !left.predicate():
		if err := p.next(); err != nil {
			return nil, err
		}
		if !p.word("with") {
			return nil, p.syntax()
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		n := &jpNode{kind: jpStartsWith, left: left}
		switch p.tok.kind {
		case jpTokString:
			n.right = &jpNode{kind: jpString, str: p.tok.text}
		case jpTokVariable:
			n.right = &jpNode{kind: jpVariable, str: p.tok.text}
		default:
			return nil, p.syntax()
		}
		return n, p.next()
	case p.word("like_regex") && !left.predicate():
		return p.likeRegex(left)
	}
	return left, nil
}

func (p *jpParser) likeRegex(left *jpNode) (*jpNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind != jpTokString {
		return nil, p.syntax()
	}
	n := &jpNode{kind: jpLikeRegex, left: left, str: p.tok.text}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.word("flag") {
		if err := p.next(); err != nil {
			return nil, err
		}
		if p.tok.kind != jpTokString {
			return nil, p.syntax()
		}
		for i := 0; i < len(p.tok.text); i++ {
			if strings.IndexByte("ismxq", p.tok.text[i]) < 0 {
				return nil, pgerr.New(pgerrcode.SyntaxError, "invalid input syntax for type %s", "jsonpath").
					Detailf(`Unrecognized flag character "%s" in LIKE_REGEX predicate.`, firstRune(p.tok.text[i:]))
			}
		}
		for _, f := range "ismxq" {
			if strings.ContainsRune(p.tok.text, f) {
				n.flags += string(f)
			}
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	flags := reFlags{icase: strings.Contains(n.flags, "i")}
	if strings.Contains(n.flags, "q") {
		flags.literal = true
	} else {
		flags.nlStop = !strings.Contains(n.flags, "s")
		flags.nlAnchor = strings.Contains(n.flags, "m")
		if strings.Contains(n.flags, "x") {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, `XQuery "x" flag (expanded regular expressions) is not implemented`)
		}
	}
	var err error
	n.regex, err = CompileRegex(n.str, flags)
	return n, err
}

func (p *jpParser) additive() (*jpNode, error) {
	return p.arithmetic("+-", func() (*jpNode, error) { return p.arithmetic("*/%", p.unary) })
}

func (p *jpParser) arithmetic(ops string, operand func() (*jpNode, error)) (*jpNode, error) {
	left, err := operand()
	for err == nil && p.tok.kind == jpTokPunct && len(p.tok.text) == 1 && strings.Contains(ops, p.tok.text) {
		op := p.tok.text
		if left.predicate() {
			return nil, p.syntax()
		}
		if err = p.next(); err != nil {
			return nil, err
		}
		right, err := p.operand(operand, false)
		if err != nil {
			return nil, err
		}
		left = &jpNode{kind: jpBinary, op: op, left: left, right: right}
	}
	return left, err
}

func (p *jpParser) unary() (*jpNode, error) {
	if !p.is("+") && !p.is("-") {
		return p.primary()
	}
	if p.nest++; p.nest > maxJSONDepth {
		return nil, errStackDepth(nil)
	}
	defer func() { p.nest-- }()
	op := p.tok.text
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.operand(p.unary, false)
	if err != nil {
		return nil, err
	}
	if n.kind == jpNumber && n.next == nil { // makeItemUnary folds constants
		num := n.num
		if op == "-" {
			num = num.neg()
		}
		return &jpNode{kind: jpNumber, num: num}, nil
	}
	return &jpNode{kind: jpUnary, op: op, left: n}, nil
}

func (p *jpParser) primary() (*jpNode, error) {
	if p.nest++; p.nest > maxJSONDepth {
		return nil, errStackDepth(nil)
	}
	defer func() { p.nest-- }()
	var n *jpNode
	t := p.tok
	switch t.kind {
	case jpTokPunct:
		switch t.text {
		case "$":
			n = &jpNode{kind: jpRoot}
		case "@":
			n = &jpNode{kind: jpCurrent}
		case "(":
			return p.parens()
		default:
			return nil, p.syntax()
		}
	case jpTokString:
		n = &jpNode{kind: jpString, str: t.text}
	case jpTokVariable:
		n = &jpNode{kind: jpVariable, str: t.text}
	case jpTokInt, jpTokNumeric:
		num, err := ParseNumeric(t.text)
		if err != nil {
			return nil, err
		}
		n = &jpNode{kind: jpNumber, num: num}
	case jpTokIdent:
		switch {
		case t.text == "null":
			n = &jpNode{kind: jpNullLit}
		case t.text == "true", t.text == "false":
			n = &jpNode{kind: jpBoolLit, flag: t.text == "true"}
		case p.word("last"):
			n = &jpNode{kind: jpLast}
		case p.word("exists"):
			if err := p.next(); err != nil {
				return nil, err
			}
			if err := p.expect("("); err != nil {
				return nil, err
			}
			inner, err := p.operand(p.additive, false)
			if err != nil {
				return nil, err
			}
			return &jpNode{kind: jpExists, left: inner}, p.expect(")")
		default:
			return nil, p.syntax()
		}
	default:
		return nil, p.syntax()
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return n, p.accessors(n)
}

// parens parses ( … ), which may go on with accessors or IS UNKNOWN.
func (p *jpParser) parens() (*jpNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if n.predicate() && p.word("is") {
		if err := p.next(); err != nil {
			return nil, err
		}
		if !p.word("unknown") {
			return nil, p.syntax()
		}
		return &jpNode{kind: jpIsUnknown, left: n}, p.next()
	}
	end := n
	for end.next != nil {
		end = end.next
	}
	return n, p.accessors(end)
}
