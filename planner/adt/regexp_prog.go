package adt

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Automata of regular expressions: a program says which strings a piece of an
// expression matches, without preferences.

type reOp uint8

const (
	opMatch  reOp = iota
	opRune        // one of set, then out
	opSplit       // out or out1
	opAssert      // out, where the assertion n holds
	opLook        // out, where the lookaround n holds
)

type reInst struct {
	op        reOp
	out, out1 int32
	n         int
	set       *runeSet
}

// reProg is the automaton of a piece. Instruction 0 is the match.
type reProg struct {
	insts   []reInst
	start   int32
	context bool // it has assertions: what it matches depends on what is around
	beyond  bool // it has some that look at more than whether a place is an end of the text
}

// Limits of an automaton, about those of REG_MAX_COMPILE_SPACE.
const (
	maxReInsts = 200_000
	maxReArcs  = 2_500_000
)

// reLooker is a lookaround constraint.
type reLooker struct {
	prog             *reProg
	behind, negative bool
}

// reCompiler makes programs of an expression's pieces.
type reCompiler struct {
	flags  reFlags
	groups map[int]*reNode // what back references refer to
	sets   map[string]*runeSet
	env    *Env // nil: compiling cannot be ended
	err    error
	lookers
}

// set gives the characters of a node, once for all that are like it.
func (c *reCompiler) set(n *reNode) *runeSet {
	key := n.setKey()
	s := c.sets[key]
	if s == nil {
		if c.err == nil {
			c.err = c.env.Interrupted()
		}
		if c.err != nil {
			return &runeSet{}
		}
		s = n.runes(c.flags)
		c.sets[key] = s
	}
	return s
}

// setKey tells nodes for one character apart.
func (n *reNode) setKey() string {
	b := utf8.AppendRune([]byte{byte(n.kind), pick(n.negated, byte(1), byte(0))}, n.r)
	for _, i := range n.set {
		b = utf8.AppendRune(utf8.AppendRune(b, i.lo), i.hi)
		b = append(append(b, i.class...), 0)
	}
	return string(b)
}

// lookers are the lookarounds of an expression, found by their nodes.
type lookers struct {
	looks   []reLooker
	numbers map[*reNode]int
}

// compile makes the program of a piece.
func (c *reCompiler) compile(n *reNode) (*reProg, error) {
	b := &reProgBuilder{c: c, prog: &reProg{insts: []reInst{{op: opMatch}}}}
	b.prog.start = b.node(n, 0)
	if err := cmp.Or(c.err, b.err); err != nil {
		return nil, err
	}
	return b.prog, nil
}

type reProgBuilder struct {
	c     *reCompiler
	prog  *reProg
	plain bool // constraints are left out
	err   error
}

func (b *reProgBuilder) add(i reInst) int32 {
	if len(b.prog.insts) >= maxReInsts {
		b.err = errRegex(reTooBig)
		return 0
	}
	b.prog.insts = append(b.prog.insts, i)
	return int32(len(b.prog.insts) - 1)
}

// node adds a node that goes on at next; it gives where it begins.
func (b *reProgBuilder) node(n *reNode, next int32) int32 {
	if b.err != nil {
		return 0
	}
	switch n.kind {
	case reLiteral, reAny, reClass:
		return b.add(reInst{op: opRune, out: next, set: b.c.set(n)})
	case reSeq:
		for _, s := range slices.Backward(n.sub) {
			next = b.node(s, next)
		}
	case reGroup:
		return b.node(n.sub[0], next)
	case reAlt:
		start := b.node(n.sub[len(n.sub)-1], next)
		for _, s := range slices.Backward(n.sub[:len(n.sub)-1]) {
			start = b.add(reInst{op: opSplit, out: b.node(s, next), out1: start})
		}
		return start
	case reRepeat:
		return b.repeat(n, next)
	case reBackref:
		// What the group can match, wherever that may be.
		outer := b.plain
		b.plain = true
		next = b.node(b.c.groups[n.n], next)
		b.plain = outer
	case reAssert:
		if !b.plain {
			b.prog.context = true
			b.prog.beyond = b.prog.beyond || b.c.flags.nlAnchor || !edges(n.n)
			return b.add(reInst{op: opAssert, out: next, n: n.n})
		}
	case reLook:
		if !b.plain {
			b.prog.context, b.prog.beyond = true, true
			return b.add(reInst{op: opLook, out: next, n: b.look(n)})
		}
	}
	return next
}

// edges tells of assertions that hold at an end of the text alone.
func edges(kind int) bool { return kind == '^' || kind == '$' || kind == 'A' || kind == 'Z' }

func (b *reProgBuilder) repeat(n *reNode, next int32) int32 {
	sub, from := n.sub[0], n.min
	if n.max < 0 {
		loop := b.add(reInst{op: opSplit, out1: next})
		if b.err != nil {
			return 0
		}
		start := b.node(sub, loop)
		b.prog.insts[loop].out = start
		if next = loop; n.min > 0 {
			next, from = start, n.min-1
		}
	} else {
		end := next
		for i := n.min; i < n.max && b.err == nil; i++ {
			next = b.add(reInst{op: opSplit, out: b.node(sub, next), out1: end})
		}
	}
	for i := 0; i < from && b.err == nil; i++ {
		next = b.node(sub, next)
	}
	return next
}

// look numbers a lookaround, whose program the pieces share.
func (b *reProgBuilder) look(n *reNode) int {
	c := b.c
	if i, ok := c.numbers[n]; ok {
		return i
	}
	prog, err := c.compile(n.sub[0])
	if err != nil {
		b.err = err
		return 0
	}
	if c.numbers == nil {
		c.numbers = map[*reNode]int{}
	}
	c.numbers[n] = len(c.looks)
	c.looks = append(c.looks, reLooker{prog: prog, behind: n.n >= 2, negative: n.n%2 == 1})
	return len(c.looks) - 1
}

// tooBig tells whether PostgreSQL's automaton of a program, which has no empty
// transitions, would have too many.
func (p *reProg) tooBig() bool {
	if len(p.insts) < 1500 {
		return false
	}
	arcs, visits := 0, 0
	seen, stack := newSparse(len(p.insts)), []int32{}
	for i := range p.insts {
		if p.insts[i].op != opRune {
			continue
		}
		seen.clear()
		stack = append(stack[:0], p.insts[i].out)
		for len(stack) > 0 {
			pc := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !seen.add(pc) {
				continue
			}
			if visits++; visits > 8*maxReArcs {
				return true
			}
			switch in := &p.insts[pc]; in.op {
			case opRune:
				if arcs++; arcs > maxReArcs {
					return true
				}
			case opSplit:
				stack = append(stack, in.out, in.out1)
			case opAssert, opLook:
				stack = append(stack, in.out)
			}
		}
	}
	return false
}

// sparse is a set of instructions that keeps the order of adding.
type sparse struct {
	dense  []int32
	places []int32
}

func newSparse(n int) *sparse { return &sparse{places: make([]int32, n)} }

func (s *sparse) clear() { s.dense = s.dense[:0] }

// add adds an instruction; it tells whether it is new.
func (s *sparse) add(pc int32) bool {
	if i := s.places[pc]; int(i) < len(s.dense) && s.dense[i] == pc {
		return false
	}
	s.places[pc] = int32(len(s.dense))
	s.dense = append(s.dense, pc)
	return true
}
