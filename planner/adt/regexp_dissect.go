package adt

import (
	"slices"
	"unicode/utf8"
)

// Taking a match apart (regexec.c): given that a piece matches a stretch of the
// text, find what its groups match, each piece as long or as short as it prefers, and whether
// back references agree.

// prev and next give the places before and after one of the text.
func (m *reMachine) prev(at int) int {
	_, n := utf8.DecodeLastRuneInString(m.text[:at])
	return at - n
}

func (m *reMachine) next(at int) int {
	_, n := utf8.DecodeRuneInString(m.text[at:])
	return at + n
}

// fits tells whether a piece matches a stretch, going by its program alone.
func (m *reMachine) fits(p *rePiece, from, to int) bool {
	return m.match(p, from, to, to, true) == to
}

// forget makes the groups in a piece unset.
func (m *reMachine) forget(p *rePiece) {
	if p.group > 0 {
		m.groups[2*p.group], m.groups[2*p.group+1] = -1, -1
	}
	for _, s := range p.sub {
		m.forget(s)
	}
}

// dissect sets the groups of a piece that its program matches with a stretch; it
// fails only for back references.
func (m *reMachine) dissect(p *rePiece, from, to int) bool {
	if !m.tick() {
		return false
	}
	ok := true
	switch p.kind {
	case pieceBackref:
		ok = m.refers(p, from, to)
	case pieceConcat:
		ok = m.concat(p, from, to, p.sub[0].flags&shorter != 0)
	case pieceAlternate:
		ok = slices.ContainsFunc(p.sub, func(s *rePiece) bool {
			return m.fits(s, from, to) && m.dissect(s, from, to)
		})
	case pieceIterate:
		ok = m.iterate(p, from, to, p.sub[0].flags&shorter != 0)
	case pieceWrap:
		ok = m.dissect(p.sub[0], from, to)
	}
	if ok && p.group > 0 {
		m.groups[2*p.group], m.groups[2*p.group+1] = from, to
	}
	return ok
}

// concat finds where the first of two pieces ends.
func (m *reMachine) concat(p *rePiece, from, to int, short bool) bool {
	first, second := p.sub[0], p.sub[1]
	for mid := m.match(first, from, from, to, short); mid >= 0 && m.err == nil; {
		if m.fits(second, mid, to) {
			if m.dissect(first, from, mid) {
				if m.dissect(second, mid, to) {
					return true
				}
				m.forget(first)
			}
			m.forget(second)
		}
		if mid == pick(short, to, from) {
			return false
		}
		if short {
			mid = m.match(first, from, m.next(mid), to, true)
		} else {
			mid = m.match(first, from, from, m.prev(mid), false)
		}
	}
	return false
}

// refers tells whether a stretch is what a group has matched, some number of times
// (cbrdissect).
func (m *reMachine) refers(p *rePiece, from, to int) bool {
	a, b := m.groups[2*p.refersTo], m.groups[2*p.refersTo+1]
	if a < 0 {
		return false
	}
	switch {
	case a == b:
		return from == to
	case from == to:
		return p.min == 0
	}
	group, rest := m.text[a:b], m.text[from:to]
	n := 0
	for ; rest != ""; n++ {
		for _, r := range group {
			got, size := utf8.DecodeRuneInString(rest)
			if size == 0 || got != r && !(m.e.flags.icase && sameRunes(got, r)) {
				return false
			}
			rest = rest[size:]
		}
	}
	return n >= p.min && (p.max < 0 || n <= p.max)
}

// iterate divides a stretch among the repetitions of a piece (citerdissect and
// creviterdissect): it first finds ends that the piece's program agrees with, then
// takes the repetitions apart, and goes back where one fails.
func (m *reMachine) iterate(p *rePiece, from, to int, short bool) bool {
	if short && p.min == 0 && from == to {
		return true
	}
	least := max(p.min, 1) // else rather an empty repetition than none: it sets groups
	s, length := p.sub[0], utf8.RuneCountInString(m.text[from:to])
	most := length
	if p.max >= 0 {
		most = min(most, p.max)
	}
	most = max(most, least)
	left := func(at int) int { return utf8.RuneCountInString(m.text[at:to]) }
	ends := make([]int, most+1)
	ends[0] = from
	limit := pick(short, from, to)
	verified, k := 0, 1
	for k > 0 && m.err == nil {
		if short {
			// No empty repetition unless there would be too few.
			if limit == ends[k-1] && limit != to && (k >= least || least-k < left(limit)) {
				limit = m.next(limit)
			}
			if k >= most {
				limit = to
			}
			ends[k] = m.match(s, ends[k-1], limit, to, true)
		} else {
			ends[k] = m.match(s, ends[k-1], ends[k-1], limit, false)
		}
		switch {
		case ends[k] < 0:
			k--
		case ends[k] != to:
			verified = min(verified, k-1)
			switch {
			case k >= most:
				k--
			case !short && ends[k] == ends[k-1] && (k >= least || least-k < left(ends[k])):
			default:
				k++
				limit = pick(short, ends[k-1], to)
				continue
			}
		case k >= least:
			verified = min(verified, k-1)
			i := verified + 1
			for ; i <= k; i++ {
				m.forget(s)
				if !m.dissect(s, ends[i-1], ends[i]) {
					break
				}
				verified = i
			}
			if i > k {
				return true
			}
			k = i
		default:
			verified = min(verified, k-1)
		}
		if short {
			for ; k > 0; k-- {
				if ends[k] < to {
					limit = m.next(ends[k])
					break
				}
			}
			continue
		}
		for ; k > 0; k-- {
			if before := ends[k-1]; ends[k] > before {
				limit = m.prev(ends[k])
				if limit > before || k < least && least-k >= left(before) {
					break
				}
			}
		}
	}
	return p.min == 0 && from == to && m.err == nil
}
