package adt

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The parser of PostgreSQL's regular expressions: AREs, EREs and literals as
// in documentation section "POSIX Regular Expressions" (src/backend/regex).
// It makes the tree that regexp_compile.go compiles.

type reKind uint8

const (
	reEmpty reKind = iota
	reLiteral
	reAny
	reClass
	reSeq
	reAlt
	reGroup   // capturing when n > 0
	reLook    // n: one of the lookaround kinds below
	reBackref // n
	reAssert  // n: one of ^ $ A Z m M y Y
	reRepeat
)

type reNode struct {
	kind     reKind
	r        rune
	n        int
	set      []reItem
	negated  bool
	sub      []*reNode
	min, max int // max -1: no limit
	lazy     bool
	fixed    bool // {m}, which has no preference of its own
}

// reItem is a part of a bracket expression: a range, or a class by letter (d, s,
// w and their negations) or name.
type reItem struct {
	lo, hi rune
	class  string
}

type reParser struct {
	s      string
	pos    int
	flags  reFlags
	groups int
	closed []bool // by group: its parenthesis is closed
	look   bool   // inside lookaround: groups do not capture
	depth  int
	back   bool
}

func errRegex(what string) error {
	return pgerr.New(pgerrcode.InvalidRegularExpression, "invalid regular expression: %s", what)
}

const (
	reBadEscape  = `invalid escape \ sequence`
	reBadParen   = "parentheses () not balanced"
	reBadBracket = "brackets [] not balanced"
	reBadBrace   = "braces {} not balanced"
	reBadRepeat  = "quantifier operand invalid"
	reBadCount   = "invalid repetition count(s)"
	reBadRange   = "invalid character range"
	reBadClass   = "invalid character class"
	reBadCollate = "invalid collating element"
	reBadBackref = "invalid backreference number"
	reBadOption  = "invalid embedded option"
	reTooBig     = "regular expression is too complex"
)

// maxRegexLength is that of a pattern which is too complex, whatever it says.
const maxRegexLength = 1 << 18

// parseRegex parses a pattern; the flags it gives have embedded options applied.
func parseRegex(s string, flags reFlags) (*reNode, *reParser, error) {
	if len(s) > maxRegexLength {
		return nil, nil, errRegex(reTooBig)
	}
	p := &reParser{s: s, flags: flags, closed: []bool{false}}
	if err := p.prefixes(); err != nil {
		return nil, nil, err
	}
	if p.flags.literal {
		n := &reNode{kind: reSeq}
		for _, r := range p.s[p.pos:] {
			n.sub = append(n.sub, &reNode{kind: reLiteral, r: r})
		}
		return n, p, nil
	}
	parse := p.alternatives
	if p.flags.basic {
		parse = p.basic
	}
	n, err := parse(false)
	if err != nil {
		return nil, nil, err
	}
	return n, p, nil
}

// prefixes reads a director (***: or ***=) and embedded options.
func (p *reParser) prefixes() error {
	if p.flags.literal {
		return nil
	}
	if rest, ok := strings.CutPrefix(p.s, "***"); ok {
		switch {
		case strings.HasPrefix(rest, "="):
			p.flags.set('q')
			p.pos = 4
			return nil
		case strings.HasPrefix(rest, ":"):
			p.flags.extended, p.flags.basic = false, false
			p.pos = 4
		default:
			return errRegex(reBadRepeat)
		}
	}
	if p.flags.extended || p.flags.basic {
		return nil
	}
	rest := p.s[p.pos:]
	if len(rest) < 3 || rest[0] != '(' || rest[1] != '?' || !isAlpha(rest[2]) {
		return nil
	}
	i := 2
	for ; i < len(rest) && isAlpha(rest[i]); i++ {
		if !p.flags.set(rest[i]) {
			return errRegex(reBadOption)
		}
	}
	if i >= len(rest) || rest[i] != ')' {
		return errRegex(reBadOption)
	}
	p.pos += i + 1
	return nil
}

func (p *reParser) more() bool { return p.pos < len(p.s) }

func (p *reParser) rune() rune {
	r, n := utf8.DecodeRuneInString(p.s[p.pos:])
	p.pos += n
	return r
}

func (p *reParser) is(prefix string) bool { return strings.HasPrefix(p.s[p.pos:], prefix) }

// skip passes over comments and, in expanded syntax, white space.
func (p *reParser) skip() error {
	for p.more() {
		switch c := p.s[p.pos]; {
		case p.flags.expanded && (c == ' ' || c >= '\t' && c <= '\r'):
			p.pos++
		case p.flags.expanded && c == '#':
			for p.more() && p.s[p.pos] != '\n' {
				p.pos++
			}
		case p.advanced() && p.is("(?#"):
			i := strings.IndexByte(p.s[p.pos:], ')')
			if i < 0 {
				return errRegex(reBadParen)
			}
			p.pos += i + 1
		default:
			return nil
		}
	}
	return nil
}

// advanced tells of the syntax that is neither of the two of POSIX.
func (p *reParser) advanced() bool { return !p.flags.extended && !p.flags.basic }

// maxRegexDepth bounds how deep groups nest.
const maxRegexDepth = 1000

// alternatives parses branches up to the end, or in parentheses to the closing
// one, which it passes.
func (p *reParser) alternatives(inner bool) (*reNode, error) {
	if p.depth++; p.depth > maxRegexDepth {
		return nil, errRegex(reTooBig)
	}
	defer func() { p.depth-- }()
	alt := &reNode{kind: reAlt}
	seq := &reNode{kind: reSeq}
	for {
		if err := p.skip(); err != nil {
			return nil, err
		}
		switch {
		case !p.more():
			if inner {
				return nil, errRegex(reBadParen)
			}
			alt.sub = append(alt.sub, seq)
			return alt.simplify(), nil
		case p.s[p.pos] == '|':
			p.pos++
			alt.sub = append(alt.sub, seq)
			seq = &reNode{kind: reSeq}
			continue
		case p.s[p.pos] == ')' && (inner || !p.flags.extended):
			if !inner {
				return nil, errRegex(reBadParen)
			}
			p.pos++
			alt.sub = append(alt.sub, seq)
			return alt.simplify(), nil
		}
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n, err = p.quantified(n); err != nil {
			return nil, err
		}
		seq.sub = append(seq.sub, n)
	}
}

func (n *reNode) simplify() *reNode {
	if len(n.sub) == 1 {
		return n.sub[0]
	}
	return n
}

func (p *reParser) atom() (*reNode, error) {
	switch c := p.s[p.pos]; c {
	case '*', '+', '?':
		return nil, errRegex(reBadRepeat)
	case '{':
		if p.digitAt(p.pos + 1) {
			return nil, errRegex(reBadRepeat)
		}
	case '^', '$':
		p.pos++
		return &reNode{kind: reAssert, n: int(c)}, nil
	case '.':
		p.pos++
		return &reNode{kind: reAny}, nil
	case '[':
		p.pos++
		return p.bracket()
	case '(':
		p.pos++
		return p.group()
	case '\\':
		p.pos++
		return p.escape()
	}
	return &reNode{kind: reLiteral, r: p.rune()}, nil
}

func (p *reParser) digitAt(i int) bool { return i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9' }

func (p *reParser) group() (*reNode, error) {
	if !p.flags.extended && p.is("?") {
		looks := []string{"?=", "?!", "?<=", "?<!"}
		for kind, prefix := range looks {
			if !p.is(prefix) {
				continue
			}
			p.pos += len(prefix)
			outer := p.look
			p.look, p.back = true, true
			n, err := p.alternatives(true)
			p.look = outer
			return &reNode{kind: reLook, n: kind, sub: []*reNode{n}}, err
		}
		if !p.is("?:") {
			return nil, errRegex(reBadRepeat)
		}
		p.pos += 2
		n, err := p.alternatives(true)
		return &reNode{kind: reGroup, sub: []*reNode{n}}, err
	}
	return p.capture(p.alternatives)
}

// capture parses a group that captures, except inside of lookaround.
func (p *reParser) capture(parse func(inner bool) (*reNode, error)) (*reNode, error) {
	num := 0
	if !p.look {
		p.groups++
		num = p.groups
		p.closed = append(p.closed, false)
	}
	n, err := parse(true)
	if num > 0 {
		p.closed[num] = true
	}
	return &reNode{kind: reGroup, n: num, sub: []*reNode{n}}, err
}

// quantified reads a quantifier after an atom.
func (p *reParser) quantified(n *reNode) (*reNode, error) {
	if err := p.skip(); err != nil {
		return nil, err
	}
	if !p.more() {
		return n, nil
	}
	rep := &reNode{kind: reRepeat, sub: []*reNode{n}, max: -1}
	switch p.s[p.pos] {
	case '*':
	case '+':
		rep.min = 1
	case '?':
		rep.max = 1
	case '{':
		if !p.digitAt(p.pos + 1) {
			return n, nil // a plain brace
		}
		if err := p.bound(rep, "}"); err != nil {
			return nil, err
		}
		p.pos-- // at the closing brace
	default:
		return n, nil
	}
	p.pos++
	if !p.flags.extended && p.more() && p.s[p.pos] == '?' {
		rep.lazy = true
		p.pos++
	}
	if n.kind == reAssert || n.kind == reLook {
		return nil, errRegex(reBadRepeat)
	}
	if err := p.skip(); err != nil {
		return nil, err
	}
	if p.more() {
		switch c := p.s[p.pos]; {
		case c == '*' || c == '+' || c == '?', c == '{' && p.digitAt(p.pos+1):
			return nil, errRegex(reBadRepeat)
		}
	}
	return rep, nil
}

const dupMax = 255 // DUPMAX

// bound reads the numbers of a quantifier after its brace, and what closes it.
func (p *reParser) bound(rep *reNode, closing string) error {
	p.pos++
	number := func() (int, error) {
		if !p.more() {
			return 0, errRegex(reBadBrace)
		}
		n, from := 0, p.pos
		for p.digitAt(p.pos) && n <= dupMax {
			n = n*10 + int(p.s[p.pos]-'0')
			p.pos++
		}
		if n > dupMax || p.pos == from {
			return 0, errRegex(reBadCount)
		}
		return n, nil
	}
	var err error
	if rep.min, err = number(); err != nil {
		return err
	}
	rep.max, rep.fixed = rep.min, true
	if p.is(",") {
		p.pos++
		rep.max, rep.fixed = -1, false
		if p.digitAt(p.pos) {
			if rep.max, err = number(); err != nil {
				return err
			}
			if rep.max < rep.min {
				return errRegex(reBadCount)
			}
		}
	}
	if !p.more() {
		return errRegex(reBadBrace)
	}
	if !p.is(closing) {
		return errRegex(reBadCount)
	}
	p.pos += len(closing)
	return nil
}
