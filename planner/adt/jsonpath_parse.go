package adt

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The SQL/JSON path language: parser (jsonpath_scan.l, jsonpath_gram.y).

// JSONPath is a value of type jsonpath.
type JSONPath struct {
	strict bool
	root   *jpNode
}

type jpKind uint8

const (
	jpRoot    jpKind = iota // $
	jpCurrent               // @
	jpLast
	jpNullLit
	jpBoolLit
	jpNumber
	jpString
	jpVariable
	jpKey        // .key
	jpAnyKey     // .*
	jpAnyArray   // [*]
	jpIndexes    // [a, b to c]
	jpAny        // .**{first to last}
	jpMethod     // .size() and the like; str is the name
	jpFilter     // ?(left)
	jpUnary      // op is + or -
	jpBinary     // arithmetic
	jpCompare    // comparison
	jpAnd        // left && right
	jpOr         // left || right
	jpNot        // !(left)
	jpIsUnknown  // (left) is unknown
	jpExists     // exists (left)
	jpStartsWith // left starts with right
	jpLikeRegex  // left like_regex str flag flags
)

// jpNode is an item of a path: next applies to its result.
type jpNode struct {
	kind        jpKind
	next        *jpNode
	left, right *jpNode
	op          string
	str, flags  string
	num         *Numeric
	flag        bool
	ranges      [][2]*jpNode // right nil: a single index
	first, last uint32       // of jpAny; jpLevelLast is "last"
	regex       *Regex
}

const jpLevelLast = math.MaxUint32

func (n *jpNode) predicate() bool { return n.kind >= jpCompare && n.next == nil }

type jpTokenKind uint8

const (
	jpTokEnd jpTokenKind = iota
	jpTokIdent
	jpTokString
	jpTokVariable
	jpTokInt
	jpTokNumeric
	jpTokPunct
)

type jpToken struct {
	kind jpTokenKind
	text string // unescaped
	raw  string // as an error shows it
}

type jpParser struct {
	s    string
	pos  int
	tok  jpToken
	nest int
}

// ParseJSONPath reads a jsonpath.
func ParseJSONPath(s string) (*JSONPath, error) {
	p := &jpParser{s: s}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind == jpTokEnd {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, "jsonpath", s)
	}
	path := &JSONPath{}
	if p.word("strict") {
		path.strict = true
		if err := p.next(); err != nil {
			return nil, err
		}
	} else if p.word("lax") {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != jpTokEnd {
		return nil, p.syntax()
	}
	path.root = n
	return path, checkPath(n, 0, false)
}

// checkPath refuses @ outside of filters and last outside of subscripts
// (flattenJsonPathParseItem).
func checkPath(n *jpNode, filters int, subscript bool) error {
	for ; n != nil; n = n.next {
		switch {
		case n.kind == jpCurrent && filters == 0:
			return pgerr.New(pgerrcode.SyntaxError, "@ is not allowed in root expressions")
		case n.kind == jpLast && !subscript:
			return pgerr.New(pgerrcode.SyntaxError, "LAST is allowed only in array subscripts")
		}
		f := filters
		if n.kind == jpFilter {
			f++
		}
		if n.left != nil {
			if err := checkPath(n.left, f, subscript); err != nil {
				return err
			}
		}
		if n.right != nil {
			if err := checkPath(n.right, f, subscript); err != nil {
				return err
			}
		}
		for _, r := range n.ranges {
			for _, e := range r {
				if e != nil {
					if err := checkPath(e, filters, true); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (p *jpParser) fail(msg string) error {
	if p.tok.kind == jpTokEnd || p.tok.raw == "" {
		return pgerr.New(pgerrcode.SyntaxError, "%s at end of jsonpath input", msg)
	}
	return pgerr.New(pgerrcode.SyntaxError, `%s at or near "%s" of jsonpath input`, msg, p.tok.raw)
}

func (p *jpParser) syntax() error { return p.fail("syntax error") }

func (p *jpParser) is(punct string) bool { return p.tok.kind == jpTokPunct && p.tok.text == punct }

// word tells whether the token is a key word, which may be in any case.
func (p *jpParser) word(w string) bool {
	return p.tok.kind == jpTokIdent && strings.EqualFold(p.tok.text, w)
}

func (p *jpParser) expect(punct string) error {
	if !p.is(punct) {
		return p.syntax()
	}
	return p.next()
}

func (p *jpParser) or() (*jpNode, error) {
	return p.logical("||", jpOr, func() (*jpNode, error) { return p.logical("&&", jpAnd, p.not) })
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
		var right *jpNode
		if right, err = operand(); err != nil {
			return nil, err
		}
		if !right.predicate() {
			return nil, p.syntax()
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
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	if !n.predicate() {
		return nil, p.syntax()
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
		right, err := p.additive()
		if err != nil {
			return nil, err
		}
		if right.predicate() {
			return nil, p.syntax()
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
		var right *jpNode
		if right, err = operand(); err != nil {
			return nil, err
		}
		if right.predicate() {
			return nil, p.syntax()
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
		return nil, errStackDepth()
	}
	defer func() { p.nest-- }()
	op := p.tok.text
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
	if p.nest++; p.nest > maxJSONDepth {
		return nil, errStackDepth()
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
			inner, err := p.additive()
			if err != nil {
				return nil, err
			}
			if inner.predicate() {
				return nil, p.syntax()
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
		if err := p.next(); err != nil {
			return nil, err
		}
		if err := p.expect("("); err != nil {
			return nil, err
		}
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if !inner.predicate() {
			return nil, p.syntax()
		}
		return &jpNode{kind: jpFilter, left: inner}, p.expect(")")
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

func (p *jpParser) subscript() (*jpNode, error) {
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
		if r[0], err = p.additive(); err != nil {
			return nil, err
		}
		if r[0].predicate() {
			return nil, p.syntax()
		}
		if p.word("to") {
			if err := p.next(); err != nil {
				return nil, err
			}
			if r[1], err = p.additive(); err != nil {
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
