package adt

import (
	"slices"
	"unicode/utf8"
)

// reDFA is the deterministic automaton of a program that asks of what is around a
// match for no more than whether it is an end of the text.
type reDFA struct {
	prog   *reProg
	search bool // a match may begin anywhere
	states map[string]*reState
	first  *reState // at the start of the text
	later  *reState // elsewhere; nil: not made yet, or the same
	full   int      // times that there were too many states
}

type reState struct {
	pcs    []int32 // the characters that may come,
	ends   []int32 // and the assertions that hold if the text ends here
	accept bool
	last   int8 // whether it accepts at the end of the text: 1, -1: no, 0: not known yet
	next   [utf8.RuneSelf]*reState
	more   map[rune]*reState
}

// maxReStates bounds the states that an automaton keeps, maxReFull how often they
// may be made anew before it is no use.
const (
	maxReStates = 256
	maxReFull   = 16
)

// dead has nothing more to match.
var dead = &reState{}

func (m *reMachine) dfa(p *rePiece) *reDFA {
	if m.dfas[p.id] == nil {
		m.dfas[p.id] = &reDFA{prog: p.prog}
	}
	return m.dfas[p.id]
}

// initial gives the state before the character at a place.
func (m *reMachine) initial(d *reDFA, at int) *reState {
	first, place := &d.first, atStart
	if at > 0 && d.prog.context {
		first, place = &d.later, atMiddle
	}
	if *first == nil {
		seen := m.fresh(0, d.prog)
		m.closure(d.prog, seen, d.prog.start, place)
		*first = m.state(d, seen)
	}
	return *first
}

// state finds or makes the state of a set of instructions.
func (m *reMachine) state(d *reDFA, set *sparse) *reState {
	s := &reState{}
	for _, pc := range set.dense {
		switch d.prog.insts[pc].op {
		case opMatch:
			s.accept = true
		case opRune:
			s.pcs = append(s.pcs, pc)
		case opAssert:
			if n := d.prog.insts[pc].n; n == '$' || n == 'Z' {
				s.ends = append(s.ends, pc)
			}
		}
	}
	if len(s.pcs) == 0 && len(s.ends) == 0 && !s.accept {
		return dead
	}
	slices.Sort(s.pcs)
	slices.Sort(s.ends)
	key := stateKey(s)
	if old := d.states[key]; old != nil {
		return old
	}
	if d.states == nil || len(d.states) >= maxReStates {
		d.full += pick(d.states == nil, 0, 1)
		d.states = map[string]*reState{}
	}
	d.states[key] = s
	return s
}

func stateKey(s *reState) string {
	b := make([]byte, 0, 4*(len(s.pcs)+len(s.ends))+1)
	b = append(b, pick[byte](s.accept, 1, 0))
	for _, list := range [][]int32{s.pcs, s.ends} { // no instruction can be in both
		for _, pc := range list {
			b = append(b, byte(pc), byte(pc>>8), byte(pc>>16), byte(pc>>24))
		}
	}
	return string(b)
}

// step gives the state after a character.
func (m *reMachine) step(d *reDFA, s *reState, r rune) *reState {
	if r < utf8.RuneSelf {
		if n := s.next[r]; n != nil {
			return n
		}
	} else if n := s.more[r]; n != nil {
		return n
	}
	set := m.fresh(0, d.prog)
	for _, pc := range s.pcs {
		if d.prog.insts[pc].set.has(r) {
			m.closure(d.prog, set, d.prog.insts[pc].out, atMiddle)
		}
	}
	if d.search {
		m.closure(d.prog, set, d.prog.start, atMiddle)
	}
	n := m.state(d, set)
	switch {
	case s == dead:
	case r < utf8.RuneSelf:
		s.next[r] = n
	default:
		if s.more == nil || len(s.more) >= maxReStates {
			s.more = map[rune]*reState{}
		}
		s.more[r] = n
	}
	return n
}

// automatic tells whether an automaton can run a program over the text.
func (m *reMachine) automatic(p *reProg) bool {
	return !p.beyond && (!p.context || m.text != "") // whose only place is both ends
}

// advance gives the state after the character at a place, and the next place.
func (m *reMachine) advance(d *reDFA, s *reState, at int) (*reState, int) {
	c := m.text[at]
	if c < utf8.RuneSelf {
		if n := s.next[c]; n != nil {
			return n, at + 1
		}
		return m.step(d, s, rune(c)), at + 1
	}
	r, size := utf8.DecodeRuneInString(m.text[at:])
	return m.step(d, s, r), at + size
}

// accepts tells whether a match may end at a place.
func (m *reMachine) accepts(d *reDFA, s *reState, at int) bool {
	if s.accept || at < len(m.text) || len(s.ends) == 0 {
		return s.accept
	}
	if s.last == 0 {
		set := m.fresh(0, d.prog)
		for _, pc := range s.ends {
			m.closure(d.prog, set, pc, atEnd)
		}
		s.last = -1
		for _, pc := range set.dense {
			if d.prog.insts[pc].op == opMatch {
				s.last = 1
			}
		}
	}
	return s.last > 0
}
