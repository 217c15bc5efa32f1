package adt

import (
	"context"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Running programs over a text. One without assertions becomes a deterministic
// automaton as it runs, of which a machine keeps the states.

// reMachine matches one text at a time; it is not safe for concurrent use.
type reMachine struct {
	e       *reEngine
	text    string
	groups  []int // where the groups are, as in Find's answer
	dfas    []*reDFA
	search  *reDFA
	behind  [][]bool // by lookaround: the places behind which it matches
	set     [2]*sparse
	stack   []int32
	ctx     context.Context
	steps   int
	started time.Time
	err     error
}

// tick counts work and stops what takes too long or is cancelled.
func (m *reMachine) tick() bool {
	if m.steps++; m.steps&0xfff != 0 {
		return m.err == nil
	}
	switch {
	case m.err != nil:
	case m.ctx != nil && m.ctx.Err() != nil:
		m.err = context.Cause(m.ctx)
	case m.started.IsZero():
		m.started = time.Now()
	case time.Since(m.started) > matchLimit:
		m.err = pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to regular expression time limit")
	}
	return m.err == nil
}

// fresh gives one of the machine's sets, empty, for a program.
func (m *reMachine) fresh(i int, p *reProg) *sparse {
	if m.set[i] == nil || len(m.set[i].places) < len(p.insts) {
		m.set[i] = newSparse(len(p.insts))
	}
	m.set[i].clear()
	return m.set[i]
}

// Places of a text that is not known: its start, one after it that may be its end,
// and its end. Assertions that ask whether it is the end wait there.
const (
	atStart  = -1
	atMiddle = -2
	atEnd    = -3
)

// closure adds an instruction and what it leads to without a character, at a place
// of the text.
func (m *reMachine) closure(p *reProg, set *sparse, pc int32, at int) {
	base := len(m.stack)
	m.stack = append(m.stack, pc)
	for len(m.stack) > base {
		pc := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if !set.add(pc) || !m.tick() {
			continue
		}
		switch in := &p.insts[pc]; in.op {
		case opSplit:
			m.stack = append(m.stack, in.out1, in.out)
		case opAssert:
			begins := in.n == '^' || in.n == 'A'
			if at >= 0 && m.holds(byte(in.n), at) || at == atStart && begins || at == atEnd && !begins {
				m.stack = append(m.stack, in.out)
			}
		case opLook:
			if m.looks(in.n, at) {
				m.stack = append(m.stack, in.out)
			}
		}
	}
}

// before and after tell of the characters around a place; -1: none.
func (m *reMachine) before(at int) rune {
	if at == 0 {
		return -1
	}
	r, _ := utf8.DecodeLastRuneInString(m.text[:at])
	return r
}

func (m *reMachine) after(at int) rune {
	if at >= len(m.text) {
		return -1
	}
	r, _ := utf8.DecodeRuneInString(m.text[at:])
	return r
}

// holds tells whether an assertion holds at a place.
func (m *reMachine) holds(kind byte, at int) bool {
	word := func(r rune) bool { return r >= 0 && m.e.word.has(r) }
	switch kind {
	case '^':
		return at == 0 || m.e.flags.nlAnchor && m.text[at-1] == '\n'
	case '$':
		return at == len(m.text) || m.e.flags.nlAnchor && m.text[at] == '\n'
	case 'A':
		return at == 0
	case 'Z':
		return at == len(m.text)
	case 'm':
		return !word(m.before(at)) && word(m.after(at))
	case 'M':
		return word(m.before(at)) && !word(m.after(at))
	case 'y':
		return word(m.before(at)) != word(m.after(at))
	}
	return word(m.before(at)) == word(m.after(at))
}

// looks tells whether a lookaround holds at a place. It runs programs of its
// own, with sets of their own.
func (m *reMachine) looks(n, at int) bool {
	l := m.e.looks[n]
	outer, stack := m.set, m.stack
	m.set, m.stack = [2]*sparse{}, nil
	found := false
	if l.behind {
		if m.behind[n] == nil {
			m.behind[n] = m.matchEnds(l.prog)
		}
		found = m.behind[n][at]
	} else {
		found = m.simulate(l.prog, at, at, len(m.text), true) >= 0
	}
	m.set, m.stack = outer, stack
	return found != l.negative
}

// matchEnds gives the places where a match of a program ends, wherever it begins.
func (m *reMachine) matchEnds(p *reProg) []bool {
	ends := make([]bool, len(m.text)+1)
	cur, next := m.fresh(0, p), m.fresh(1, p)
	for at := 0; ; {
		m.closure(p, cur, p.start, at)
		r, size := utf8.DecodeRuneInString(m.text[at:])
		next.clear()
		for _, pc := range cur.dense {
			switch in := &p.insts[pc]; in.op {
			case opMatch:
				ends[at] = true
			case opRune:
				if size > 0 && in.set.has(r) {
					m.closure(p, next, in.out, at+size)
				}
			}
		}
		if size == 0 || !m.tick() {
			return ends
		}
		cur, next = next, cur
		at += size
	}
}

// simulate runs a program from a place: it gives where the longest match ends that ends
// by limit, or the shortest that ends at least at least; -1: none.
func (m *reMachine) simulate(p *reProg, from, least, limit int, short bool) int {
	cur, next := m.fresh(0, p), m.fresh(1, p)
	m.closure(p, cur, p.start, from)
	last := -1
	for at := from; ; {
		r, size := utf8.DecodeRuneInString(m.text[at:])
		if at >= limit {
			size = 0
		}
		next.clear()
		for _, pc := range cur.dense {
			switch in := &p.insts[pc]; in.op {
			case opMatch:
				if at >= least {
					if last = at; short {
						return last
					}
				}
			case opRune:
				if size > 0 && in.set.has(r) {
					m.closure(p, next, in.out, at+size)
				}
			}
		}
		if size == 0 || len(next.dense) == 0 || !m.tick() {
			return last
		}
		cur, next = next, cur
		at += size
	}
}

// match runs a piece's program as simulate does.
func (m *reMachine) match(p *rePiece, from, least, limit int, short bool) int {
	if !m.automatic(p.prog) {
		return m.simulate(p.prog, from, least, limit, short)
	}
	d := m.dfa(p)
	s, last := m.initial(d, from), -1
	for at := from; ; {
		if at >= least && m.accepts(d, s, at) {
			if last = at; short {
				return last
			}
		}
		if at >= limit || len(s.pcs) == 0 || !m.tick() {
			return last
		}
		s, at = m.advance(d, s, at)
	}
}

// close finds where the first match to end ends, of those that begin at or after a
// place; -1: there is none.
func (m *reMachine) close(from int) int {
	p := m.e.tree.prog
	if m.automatic(p) {
		if m.search == nil {
			m.search = &reDFA{prog: p, search: true}
		}
		s := m.initial(m.search, from)
		for at := from; ; {
			if m.accepts(m.search, s, at) {
				return at
			}
			if at >= len(m.text) || s == dead || !m.tick() {
				return -1
			}
			s, at = m.advance(m.search, s, at)
		}
	}
	cur, next := m.fresh(0, p), m.fresh(1, p)
	for at := from; ; {
		m.closure(p, cur, p.start, at)
		r, size := utf8.DecodeRuneInString(m.text[at:])
		next.clear()
		for _, pc := range cur.dense {
			switch in := &p.insts[pc]; in.op {
			case opMatch:
				return at
			case opRune:
				if size > 0 && in.set.has(r) {
					m.closure(p, next, in.out, at+size)
				}
			}
		}
		if size == 0 || !m.tick() {
			return -1
		}
		cur, next = next, cur
		at += size
	}
}

// begin readies the machine for a text.
func (m *reMachine) begin(ctx context.Context, text string) {
	if len(m.text) != len(text) || unsafe.StringData(m.text) != unsafe.StringData(text) {
		clear(m.behind)
	}
	m.text, m.ctx, m.steps, m.started, m.err = text, ctx, 0, time.Time{}, nil
}

// sameRunes compares without regard to case (casecmp).
func sameRunes(a, b rune) bool { return a == b || unicode.ToLower(a) == unicode.ToLower(b) }
