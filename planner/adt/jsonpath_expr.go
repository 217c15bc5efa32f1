package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Operators bind as %left and %right of jsonpath_gram.y say; comparisons are
// between predicates and what they compare.
const (
	jpBindsOr = iota + 1
	jpBindsAnd
	jpBindsCompare
	jpBindsAdd
	jpBindsMultiply
)

var jpBinds = map[string]int{
	"||": jpBindsOr, "&&": jpBindsAnd,
	"==": jpBindsCompare, "!=": jpBindsCompare, "<>": jpBindsCompare,
	"<": jpBindsCompare, ">": jpBindsCompare, "<=": jpBindsCompare, ">=": jpBindsCompare,
	"+": jpBindsAdd, "-": jpBindsAdd,
	"*": jpBindsMultiply, "/": jpBindsMultiply, "%": jpBindsMultiply,
}

// maxPathSymbols is how many symbols jsonpath_gram.y's parser holds: YYMAXDEPTH,
// less the state it begins in, mode and the one that is too many.
const maxPathSymbols = 10_000 - 3

// hold notes so many more symbols that wait for the rest of their rule, until let
// go of again. It is called before the token after them is read.
func (p *jpParser) hold(symbols int) error {
	if p.held += symbols; p.held > maxPathSymbols {
		return p.fail("memory exhausted")
	}
	return nil
}

func (p *jpParser) letGo(symbols int) { p.held -= symbols }

// binary reads operands and the operators between them that bind at least so:
// from jpBindsOr an expression or a predicate, from jpBindsAdd an expression.
func (p *jpParser) binary(least int) (*jpNode, error) {
	var left *jpNode
	var err error
	if least < jpBindsAdd && p.is("!") {
		left, err = p.not()
	} else {
		left, err = p.unary()
	}
	for err == nil {
		binds := 0
		switch {
		case p.tok.kind == jpTokPunct:
			binds = jpBinds[p.tok.text]
		case least <= jpBindsCompare && !left.predicate() && p.word("starts"):
			left, err = p.startsWith(left)
			continue
		case least <= jpBindsCompare && !left.predicate() && p.word("like_regex"):
			left, err = p.likeRegex(left)
			continue
		}
		if binds == 0 || binds < least {
			return left, nil
		}
		left, err = p.binaryRest(left, binds)
	}
	return nil, err
}

// binaryRest reads the operator and the operand after left.
func (p *jpParser) binaryRest(left *jpNode, binds int) (*jpNode, error) {
	logical := binds <= jpBindsAnd
	if left.predicate() != logical {
		return nil, p.syntax()
	}
	n := &jpNode{kind: jpBinary, op: p.tok.text, left: left}
	switch binds {
	case jpBindsOr:
		n.kind = jpOr
	case jpBindsAnd:
		n.kind = jpAnd
	case jpBindsCompare:
		if n.kind = jpCompare; n.op == "<>" {
			n.op = "!="
		}
	}
	if err := p.hold(2); err != nil {
		return nil, err
	}
	defer p.letGo(2)
	if err := p.next(); err != nil {
		return nil, err
	}
	var err error
	n.right, err = p.operand(binds+1, logical)
	return n, err
}

// operand reads what binds at least so; it must be a predicate, or must not be one.
func (p *jpParser) operand(least int, predicate bool) (*jpNode, error) {
	n, err := p.binary(least)
	if err == nil && n.predicate() != predicate {
		return nil, p.syntax()
	}
	return n, err
}

func (p *jpParser) not() (*jpNode, error) {
	if err := p.hold(1); err != nil {
		return nil, err
	}
	defer p.letGo(1)
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("(") && !p.word("exists") {
		return nil, p.syntax()
	}
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	if !n.predicate() {
		return nil, p.syntax()
	}
	return &jpNode{kind: jpNot, left: n}, nil
}

func (p *jpParser) startsWith(left *jpNode) (*jpNode, error) {
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

func (p *jpParser) unary() (*jpNode, error) {
	if !p.is("+") && !p.is("-") {
		return p.primary()
	}
	op := p.tok.text
	if err := p.hold(1); err != nil {
		return nil, err
	}
	defer p.letGo(1)
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.unary()
	if err != nil {
		return nil, err
	}
	if n.predicate() {
		return nil, p.syntax()
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
	if err := p.hold(1); err != nil {
		return nil, err
	}
	defer p.letGo(1)
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
		num, err := parseNumeric(t.text)
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
			return p.exists()
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

// exists parses EXISTS ( … ).
func (p *jpParser) exists() (*jpNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.open(); err != nil {
		return nil, err
	}
	inner, err := p.operand(jpBindsAdd, false)
	if err != nil {
		return nil, err
	}
	p.letGo(1)
	return &jpNode{kind: jpExists, left: inner}, p.expect(")")
}

// open takes a parenthesis and holds it.
func (p *jpParser) open() error {
	if !p.is("(") {
		return p.syntax()
	}
	if err := p.hold(1); err != nil {
		return err
	}
	return p.next()
}

// parens parses ( … ), which may go on with accessors or IS UNKNOWN.
func (p *jpParser) parens() (*jpNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.binary(jpBindsOr)
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
