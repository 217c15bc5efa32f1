package adt

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The parser of PostgreSQL's regular expressions: AREs, EREs and literals as
// in documentation section "POSIX Regular Expressions" (src/backend/regex).
// It makes the tree that regexp_compile.go compiles.

// reFlags are the settings of a regular expression.
type reFlags struct {
	literal, extended, basic bool // q, e, b; none: advanced
	icase                    bool
	expanded                 bool
	nlStop                   bool // . and [^…] do not match a newline
	nlAnchor                 bool // ^ and $ match at lines
	global                   bool
}

// parseRegexFlags is parse_re_flags.
func parseRegexFlags(s string) (reFlags, error) {
	var f reFlags
	for i := 0; i < len(s); i++ {
		if s[i] == 'g' {
			f.global = true
			continue
		}
		option := s[i]
		if option == 'e' { // PostgreSQL takes away the bit that ERE has in common with ARE (parse_re_flags)
			option = 'b'
		}
		if !f.set(option) {
			return f, pgerr.New(pgerrcode.InvalidParameterValue, `invalid regular expression option: "%s"`, firstRune(s[i:]))
		}
	}
	return f, nil
}

func (f *reFlags) set(c byte) bool {
	switch c {
	case 'b':
		f.basic, f.extended, f.literal = true, false, false
	case 'c':
		f.icase = false
	case 'e':
		f.extended, f.basic, f.literal = true, false, false
	case 'i':
		f.icase = true
	case 'm', 'n':
		f.nlStop, f.nlAnchor = true, true
	case 'p':
		f.nlStop, f.nlAnchor = true, false
	case 'q':
		f.literal, f.extended, f.basic = true, false, false
	case 's':
		f.nlStop, f.nlAnchor = false, false
	case 't':
		f.expanded = false
	case 'w':
		f.nlStop, f.nlAnchor = false, true
	case 'x':
		f.expanded = true
	default:
		return false
	}
	return true
}

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
	if len(rest) < 3 || rest[0] != '(' || rest[1] != '?' || !asciiLetter(rest[2]) {
		return nil
	}
	i := 2
	for ; i < len(rest) && asciiLetter(rest[i]); i++ {
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

func asciiLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

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

// escape parses what follows a backslash outside of brackets.
func (p *reParser) escape() (*reNode, error) {
	if !p.more() {
		return nil, errRegex(reBadEscape)
	}
	c := p.s[p.pos]
	if p.flags.extended || !(asciiLetter(c) || c >= '0' && c <= '9') {
		return &reNode{kind: reLiteral, r: p.rune()}, nil
	}
	switch c {
	case 'd', 's', 'w', 'D', 'S', 'W':
		p.pos++
		return &reNode{kind: reClass, set: []reItem{{class: string(rune(c))}}}, nil
	case 'A', 'Z', 'm', 'M', 'y', 'Y':
		p.pos++
		p.back = p.back || c != 'A' && c != 'Z'
		return &reNode{kind: reAssert, n: int(c)}, nil
	}
	if c >= '1' && c <= '9' {
		from, n := p.pos, 0
		for p.digitAt(p.pos) && n < math.MaxInt16 {
			n = n*10 + int(p.s[p.pos]-'0')
			p.pos++
		}
		// A single digit is always a back reference; more are one if there are so
		// many groups, else an octal character.
		if p.pos == from+1 || n <= p.groups {
			return p.backref(n)
		}
		p.pos = from
	}
	r, err := p.charEscape()
	return &reNode{kind: reLiteral, r: r}, err
}

func (p *reParser) backref(n int) (*reNode, error) {
	if n > p.groups || !p.closed[n] || p.look {
		return nil, errRegex(reBadBackref)
	}
	p.back = true
	return &reNode{kind: reBackref, n: n}, nil
}

// charEscape parses an escape that stands for one character.
func (p *reParser) charEscape() (rune, error) {
	c := p.s[p.pos]
	p.pos++
	switch c {
	case 'a':
		return 7, nil
	case 'b':
		return 8, nil
	case 'B':
		return '\\', nil
	case 'c':
		if !p.more() {
			return 0, errRegex(reBadEscape)
		}
		return p.rune() & 0o37, nil
	case 'e':
		return 27, nil
	case 'f':
		return 12, nil
	case 'n':
		return 10, nil
	case 'r':
		return 13, nil
	case 't':
		return 9, nil
	case 'v':
		return 11, nil
	case 'u':
		return p.digits(16, 4, 4)
	case 'U':
		return p.digits(16, 8, 8)
	case 'x':
		return p.digits(16, 1, 255)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		p.pos--
		return p.digits(8, 1, 3)
	}
	return 0, errRegex(reBadEscape)
}

func (p *reParser) digits(base, least, most int) (rune, error) {
	v, n := 0, 0
	for ; n < most && p.more(); n++ {
		d := hexDigit(p.s[p.pos])
		if d < 0 || d >= base {
			break
		}
		if v = v*base + d; v > 0x10ffff {
			return 0, errRegex(reBadEscape)
		}
		p.pos++
	}
	if n < least || v >= 0xd800 && v < 0xe000 {
		return 0, errRegex(reBadEscape)
	}
	return rune(v), nil
}

// bracket parses a bracket expression after its [.
func (p *reParser) bracket() (*reNode, error) {
	for kind, word := range map[int]string{'m': "[:<:]]", 'M': "[:>:]]"} {
		if p.is(word) {
			p.pos += len(word)
			p.back = true
			return &reNode{kind: reAssert, n: kind}, nil
		}
	}
	n := &reNode{kind: reClass}
	if p.is("^") {
		n.negated = true
		p.pos++
	}
	for first := true; ; first = false {
		if !p.more() {
			return nil, errRegex(reBadBracket)
		}
		if p.s[p.pos] == ']' && !first {
			p.pos++
			return n, nil
		}
		lo, class, err := p.bracketItem(first)
		if err != nil {
			return nil, err
		}
		if class != "" {
			if p.is("-") && !p.is("-]") {
				return nil, errRegex(reBadRange)
			}
			n.set = append(n.set, reItem{class: class})
			continue
		}
		hi := lo
		if p.is("-") && !p.is("-]") {
			p.pos++
			if !p.more() {
				return nil, errRegex(reBadBracket)
			}
			if hi, class, err = p.bracketItem(true); err != nil {
				return nil, err
			}
			if class != "" || hi < lo {
				return nil, errRegex(reBadRange)
			}
		}
		n.set = append(n.set, reItem{lo: lo, hi: hi})
	}
}

// bracketItem reads a character or a class in a bracket expression.
func (p *reParser) bracketItem(first bool) (rune, string, error) {
	switch {
	case p.is("[:"), p.is("[."), p.is("[="):
		kind := p.s[p.pos+1]
		p.pos += 2
		i := strings.Index(p.s[p.pos:], string(kind)+"]")
		if i < 0 {
			return 0, "", errRegex(reBadBracket)
		}
		name := p.s[p.pos : p.pos+i]
		p.pos += i + 2
		if kind == ':' {
			if !knownClass(name) {
				return 0, "", errRegex(reBadClass)
			}
			return 0, name, nil
		}
		r, ok := collating(name)
		if !ok {
			return 0, "", errRegex(reBadCollate)
		}
		return r, "", nil
	case p.s[p.pos] == '-' && !first && !p.is("-]"):
		return 0, "", errRegex(reBadRange)
	case p.s[p.pos] == '\\' && p.advanced():
		p.pos++
		if !p.more() {
			return 0, "", errRegex(reBadEscape)
		}
		c := p.s[p.pos]
		switch c {
		case 'd', 's', 'w', 'D', 'S', 'W':
			p.pos++
			return 0, string(rune(c)), nil
		}
		if !asciiLetter(c) && (c < '0' || c > '9') {
			return p.rune(), "", nil
		}
		r, err := p.charEscape()
		return r, "", err
	}
	return p.rune(), "", nil
}

func knownClass(name string) bool {
	switch name {
	case "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word":
		return true
	}
	return false
}

// collating gives the character of a collating element: itself or its POSIX
// name.
func collating(name string) (rune, bool) {
	if r, n := utf8.DecodeRuneInString(name); n > 0 && n == len(name) {
		return r, true
	}
	names := map[string]rune{
		"NUL": 0, "alert": 7, "backspace": 8, "tab": 9, "newline": 10, "vertical-tab": 11, "form-feed": 12,
		"carriage-return": 13, "space": ' ', "exclamation-mark": '!', "quotation-mark": '"', "number-sign": '#', "dollar-sign": '$',
		"percent-sign": '%', "ampersand": '&', "apostrophe": '\'', "left-parenthesis": '(', "right-parenthesis": ')',
		"asterisk": '*', "plus-sign": '+', "comma": ',', "hyphen": '-', "hyphen-minus": '-', "period": '.', "full-stop": '.',
		"slash": '/', "solidus": '/', "zero": '0', "one": '1', "two": '2', "three": '3', "four": '4', "five": '5', "six": '6',
		"seven": '7', "eight": '8', "nine": '9', "colon": ':', "semicolon": ';', "less-than-sign": '<', "equals-sign": '=',
		"greater-than-sign": '>', "question-mark": '?', "commercial-at": '@', "left-square-bracket": '[', "backslash": '\\',
		"reverse-solidus": '\\', "right-square-bracket": ']', "circumflex": '^', "circumflex-accent": '^', "underscore": '_',
		"low-line": '_', "grave-accent": '`', "left-brace": '{', "left-curly-bracket": '{', "vertical-line": '|',
		"right-brace": '}', "right-curly-bracket": '}', "tilde": '~', "DEL": 127,
	}
	r, ok := names[name]
	return r, ok
}
