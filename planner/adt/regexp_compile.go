package adt

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Compiled regular expressions. Whether and where there is a match Go's regexp
// finds, in time linear in the text, where it can say the same: without back references,
// lookaround and word boundaries. What the groups match, and all that is beyond it, is the
// work of an engine of our own.
//
// The match is the leftmost one, and of those the longest or, if the expression as a whole
// prefers so, the shortest (documentation section "Regular Expression Matching Rules").

// Regex is a compiled regular expression. It is safe for concurrent use.
type Regex struct {
	groups   int
	fast     *regexp.Regexp // nil: only the engine can do it
	anchored bool           // has assertions that look at what is before the match
	lazy     bool           // parts of it prefer to be short
	literal  string         // the text to look for is all that there is to it; "": it is not
	prefix   bool           // a match begins with a text that is found at once
	engine   func() (*reEngine, error)
	machines sync.Pool // of *reMachine
}

// reEngine is what machines share: the tree of an expression and its programs.
type reEngine struct {
	lookers
	flags   reFlags
	tree    *rePiece
	pieces  int
	refers  bool // has back references
	shorter bool
	word    *runeSet
}

// matchLimit bounds a match.
const matchLimit = 30 * time.Second

// CompileRegex compiles a pattern with regexp_match-style flags.
func CompileRegex(pattern string, flags reFlags) (*Regex, error) {
	return compileRegex(nil, pattern, flags)
}

// compileRegex is CompileRegex for a statement, which may end meanwhile.
func compileRegex(env *Env, pattern string, flags reFlags) (*Regex, error) {
	n, p, err := parseRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	re := &Regex{groups: p.groups, anchored: n.anchored(), lazy: n.anyLazy()}
	re.engine = sync.OnceValues(func() (*reEngine, error) { return newEngine(nil, n, p.flags) })
	if !p.back && len(pattern) < maxFastPattern {
		e := reEmitter{flags: p.flags}
		e.emit(n)
		if g, err := regexp.Compile(e.b.String()); err == nil {
			g.Longest()
			re.fast = g
			text, all := g.LiteralPrefix()
			// All that there is, LiteralPrefix says of ^a$, too.
			if re.prefix = len(text) > 2; all && !strings.ContainsAny(pattern, `^$\`) {
				re.literal = text
			}
			return re, nil
		}
	}
	e, err := newEngine(env, n, p.flags)
	re.engine = func() (*reEngine, error) { return e, err }
	return re, err
}

// maxFastPattern is the length from which a pattern may be too complex for
// PostgreSQL, which the engine tells.
const maxFastPattern = 1500

// maxEngineInsts bounds the programs of an expression together.
const maxEngineInsts = 1_000_000

func newEngine(env *Env, n *reNode, flags reFlags) (*reEngine, error) {
	b := reTreeBuilder{groups: map[int]*reNode{}}
	tree := b.alternatives(n)
	e := &reEngine{flags: flags, tree: tree, shorter: tree.flags&shorter != 0, word: wordRunes()}
	c := &reCompiler{flags: flags, groups: b.groups, sets: map[string]*runeSet{}, env: env}
	total := 0
	var compile func(p *rePiece) error
	compile = func(p *rePiece) (err error) {
		p.id = e.pieces
		e.pieces++
		e.refers = e.refers || p.kind == pieceBackref
		if p.prog, err = c.compile(p.node); err != nil {
			return err
		}
		if total += len(p.prog.insts); total > maxEngineInsts || p == tree && p.prog.tooBig() {
			return errRegex(reTooBig)
		}
		for _, s := range p.sub {
			if err := compile(s); err != nil {
				return err
			}
		}
		return nil
	}
	if err := compile(tree); err != nil {
		return nil, err
	}
	e.lookers = c.lookers
	return e, nil
}

func (n *reNode) anchored() bool {
	return n.kind == reAssert || n.kind == reLook || slices.ContainsFunc(n.sub, (*reNode).anchored)
}

func (n *reNode) anyLazy() bool {
	return n.lazy || slices.ContainsFunc(n.sub, (*reNode).anyLazy)
}

// reEmitter writes a tree in Go's syntax. It is to say what matches: groups and
// preferences do not matter.
type reEmitter struct {
	b     strings.Builder
	flags reFlags
}

func (e *reEmitter) emit(n *reNode) {
	w := func(s string) { e.b.WriteString(s) }
	switch n.kind {
	case reLiteral:
		if e.flags.icase && (unicode.ToLower(n.r) != n.r || unicode.ToUpper(n.r) != n.r) {
			e.class(&reNode{kind: reClass, set: []reItem{{lo: n.r, hi: n.r}}})
			return
		}
		w(regexp.QuoteMeta(string(n.r)))
	case reAny:
		w(pick(e.flags.nlStop, `[^\n]`, `[\s\S]`))
	case reClass:
		e.class(n)
	case reSeq:
		for _, s := range n.sub {
			e.emit(s)
		}
	case reAlt:
		w("(?:")
		for i, s := range n.sub {
			if i > 0 {
				w("|")
			}
			e.emit(s)
		}
		w(")")
	case reGroup:
		w("(?:")
		e.emit(n.sub[0])
		w(")")
	case reAssert:
		switch n.n {
		case '^':
			w(pick(e.flags.nlAnchor, `(?m:^)`, `\A`))
		case '$':
			w(pick(e.flags.nlAnchor, `(?m:$)`, `\z`))
		case 'A':
			w(`\A`)
		case 'Z':
			w(`\z`)
		}
	case reRepeat:
		w("(?:")
		e.emit(n.sub[0])
		w(")")
		switch {
		case n.min == 0 && n.max == -1:
			w("*")
		case n.min == 1 && n.max == -1:
			w("+")
		case n.min == 0 && n.max == 1:
			w("?")
		case n.max == -1:
			w("{" + strconv.Itoa(n.min) + ",}")
		default:
			w("{" + strconv.Itoa(n.min) + "," + strconv.Itoa(n.max) + "}")
		}
	}
}

func (e *reEmitter) class(n *reNode) {
	if slices.ContainsFunc(n.set, func(i reItem) bool { _, c := complementClass(i.class); return c }) {
		e.complement(n)
		return
	}
	e.b.WriteString(pick(n.negated, "[^", "["))
	if n.negated && e.flags.nlStop {
		e.b.WriteString(`\n`)
	}
	var ranges []rune
	for _, item := range n.set {
		if item.class != "" {
			e.b.WriteString(classSet(item.class, e.flags.icase))
			continue
		}
		ranges = append(ranges, item.lo, item.hi)
	}
	if e.flags.icase { // in which Go knows more cases than PostgreSQL
		ranges = withCases(ranges)
	}
	e.ranges(ranges)
	e.b.WriteByte(']')
}

// ranges writes characters as they stand in brackets.
func (e *reEmitter) ranges(ranges []rune) {
	for i := 0; i+1 < len(ranges); i += 2 {
		e.classRune(ranges[i])
		if ranges[i+1] != ranges[i] {
			e.b.WriteByte('-')
			e.classRune(ranges[i+1])
		}
	}
}

// complement writes a bracket expression with the complement of a class in it:
// alone as such, else by its characters.
func (e *reEmitter) complement(n *reNode) {
	if len(n.set) == 1 && !n.negated {
		positive, _ := complementClass(n.set[0].class)
		e.b.WriteString("[^" + classSet(positive, e.flags.icase) + "]")
		return
	}
	ranges := n.runes(e.flags).ranges
	if len(ranges) == 0 {
		ranges = []rune{utf8.MaxRune, utf8.MaxRune} // no set is empty in Go
	}
	e.b.WriteByte('[')
	e.ranges(ranges)
	e.b.WriteByte(']')
}

func (e *reEmitter) classRune(r rune) {
	if r >= 0xd800 && r < 0xe000 { // surrogates have no form but this
		e.b.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + `}`)
		return
	}
	if r < utf8.RuneSelf && strings.ContainsRune(`\[]^-`, r) {
		e.b.WriteByte('\\')
	}
	e.b.WriteRune(r)
}

// maxFastText is the length of texts from which on Go's regexp, which nothing ends
// before its answer, is not asked.
const maxFastText = 1 << 18

// quick tells whether Go's regexp may look at a text.
func (re *Regex) quick(s string) bool { return re.fast != nil && len(s) <= maxFastText }

// Find gives the leftmost match at or after byte offset from: pairs of byte
// offsets, of the whole and of each group (-1: unset); nil when there is none.
func (re *Regex) Find(ctx context.Context, s string, from int) ([]int, error) {
	begin, end := from, -1
	quick := re.quick(s[from:]) && !re.lazy && (from == 0 || !re.anchored)
	if quick {
		m := re.fast.FindStringIndex(s[from:])
		if m == nil {
			return nil, nil
		}
		begin, end = from+m[0], from+m[1]
	}
	e, err := re.engine()
	if err != nil {
		return nil, err
	}
	if quick && re.groups == 0 {
		return []int{begin, end}, nil
	}
	m := re.machine(e)
	defer re.machines.Put(m)
	m.begin(ctx, s)
	found := false
	if quick {
		m.groups = m.unset(re.groups)
		found = m.dissect(e.tree, begin, end)
	} else {
		begin, end, found = m.find(re.groups, from)
	}
	if m.err != nil || !found {
		return nil, m.err
	}
	out := m.groups
	out[0], out[1] = begin, end
	m.groups = nil // they are the caller's now
	return out, nil
}

func (re *Regex) machine(e *reEngine) *reMachine {
	if m, ok := re.machines.Get().(*reMachine); ok {
		return m
	}
	return &reMachine{e: e, dfas: make([]*reDFA, e.pieces), behind: make([][]bool, len(e.looks))}
}

// unset makes room for a match's groups.
func (m *reMachine) unset(groups int) []int {
	out := m.groups
	if len(out) != 2*(groups+1) {
		out = make([]int, 2*(groups+1))
	}
	for i := range out {
		out[i] = -1
	}
	return out
}

// find looks for a match at or after a place with the engine alone (cfindloop).
func (m *reMachine) find(groups, from int) (begin, end int, found bool) {
	for m.err == nil {
		last := m.close(from)
		if last < 0 {
			return 0, 0, false
		}
		for begin = from; begin <= last && m.err == nil; begin = m.next(begin) {
			least, limit := begin, len(m.text)
			for m.err == nil {
				end = m.match(m.e.tree, begin, least, limit, m.e.shorter)
				if end < 0 {
					break
				}
				m.groups = m.unset(groups)
				if m.dissect(m.e.tree, begin, end) {
					return begin, end, true
				}
				if end == pick(m.e.shorter, limit, begin) {
					break
				}
				if m.e.shorter {
					least = m.next(end)
				} else {
					limit = m.prev(end)
				}
			}
			if begin == len(m.text) {
				return 0, 0, false
			}
		}
		// All that begin before have failed for their back references. PostgreSQL does
		// not look for an empty match at the end then.
		if from = begin; from >= len(m.text) {
			break
		}
	}
	return 0, 0, false
}

// Match tells whether there is a match.
func (re *Regex) Match(ctx context.Context, s string) (bool, error) {
	if re.literal != "" {
		return strings.Contains(s, re.literal), nil
	}
	e, err := re.engine()
	if err != nil {
		return false, err
	}
	m := re.machine(e)
	defer re.machines.Put(m)
	m.begin(ctx, s)
	if !e.refers {
		if re.quick(s) && (re.prefix || !m.automatic(e.tree.prog) || m.search != nil && m.search.full > maxReFull) {
			return re.fast.MatchString(s), nil
		}
		found := m.close(0) >= 0
		return found, m.err
	}
	_, _, found := m.find(re.groups, 0)
	return found, m.err
}
