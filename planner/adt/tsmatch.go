package adt

import (
	"math"
	"slices"
	"strings"
)

// TSTri is TSTernaryValue.
type TSTri uint8

// Whether a query matches.
const (
	TSNo TSTri = iota
	TSYes
	TSMaybe // positions would decide, and there are none
)

// TSHits is ExecPhraseData: where an operand matches.
type TSHits struct {
	Pos    []int // ascending
	Width  int   // how many positions before those belong to the match
	negate bool  // everywhere but at Pos
}

// TSMatcher tells whether a word of a query is there and, if hits are asked
// for, where. Its methods evaluate whole queries (TS_execute).
type TSMatcher func(word *TSNode, hits *TSHits) TSTri

// Match is the @@ operator (ts_match_vq).
func (v *TSVector) Match(q *TSQuery) bool {
	return q.Root != nil && TSMatcher(v.check).Match(q.Root)
}

// Match tells whether the query matches.
func (m TSMatcher) Match(n *TSNode) bool { return m.execute(n) != TSNo }

// execute is TS_execute_recurse.
func (m TSMatcher) execute(n *TSNode) TSTri {
	switch n.Op {
	case 0:
		return m(n, nil)
	case TSNot:
		switch r := m.execute(n.Right); r {
		case TSNo:
			return TSYes
		case TSYes:
			return TSNo
		default:
			return r
		}
	case TSAnd:
		l := m.execute(n.Left)
		if l == TSNo {
			return TSNo
		}
		if r := m.execute(n.Right); r != TSYes {
			return r
		}
		return l
	case TSOr:
		l := m.execute(n.Left)
		if l == TSYes {
			return TSYes
		}
		if r := m.execute(n.Right); r != TSNo {
			return r
		}
		return l
	}
	if m.phrase(n, nil) == TSYes {
		return TSYes
	}
	return TSNo
}

// check is checkcondition_str: whether the word is there, and where, if hits
// are asked for.
func (v *TSVector) check(n *TSNode, hits *TSHits) TSTri {
	i, found := v.Find(n.Word)
	if !n.Prefix {
		if !found {
			return TSNo
		}
		return v.Lexemes[i].check(n, hits)
	}
	res := TSNo
	for ; i < len(v.Lexemes) && strings.HasPrefix(v.Lexemes[i].Word, n.Word); i++ {
		switch r := v.Lexemes[i].check(n, hits); {
		case r == TSYes && hits == nil:
			return TSYes
		case r == TSMaybe:
			return TSMaybe
		case r == TSYes:
			res = TSYes
		}
	}
	if hits != nil {
		slices.Sort(hits.Pos)
		hits.Pos = slices.Compact(hits.Pos)
	}
	return res
}

// check is checkclass_str.
func (l *Lexeme) check(n *TSNode, hits *TSHits) TSTri {
	if len(l.Pos) == 0 {
		if hits != nil {
			return TSMaybe
		}
		return TSYes
	}
	if n.Weights == 0 && hits == nil {
		return TSYes
	}
	res := TSNo
	for _, p := range l.Pos {
		if n.Weights != 0 && n.Weights>>p.Weight&1 == 0 {
			continue
		}
		res = TSYes
		if hits != nil {
			hits.Pos = append(hits.Pos, int(p.Pos))
		}
	}
	return res
}

const (
	emitLeft  = 1 << iota // positions of the left side alone
	emitRight             // of the right side alone
	emitBoth
)

// phrase is TS_phrase_execute.
func (m TSMatcher) phrase(n *TSNode, out *TSHits) TSTri {
	switch n.Op {
	case 0:
		if out == nil {
			out = &TSHits{}
		}
		return m(n, out)
	case TSNot:
		if out == nil {
			out = &TSHits{}
		}
		switch r := m.phrase(n.Right, out); {
		case r == TSMaybe:
			return TSMaybe
		case r == TSNo:
			out.negate = true
			return TSYes
		case len(out.Pos) > 0:
			out.negate = !out.negate
			return TSYes
		}
		out.negate = false
		return TSNo
	}
	if out == nil {
		out = &TSHits{}
	}
	var l, r TSHits
	lm := m.phrase(n.Left, &l)
	if lm == TSNo && n.Op != TSOr {
		return TSNo
	}
	rm := m.phrase(n.Right, &r)
	switch {
	case rm == TSNo && (n.Op != TSOr || lm == TSNo):
		return TSNo
	case lm == TSMaybe || rm == TSMaybe:
		return TSMaybe
	}
	if lm == TSNo {
		l.Width = 0
	}
	if rm == TSNo {
		r.Width = 0
	}
	var lo, ro int
	if n.Op == TSPhrase {
		lo = int(n.Distance) + r.Width
		out.Width = int(n.Distance) + l.Width + r.Width
	} else {
		out.Width = max(l.Width, r.Width)
		lo, ro = out.Width-l.Width, out.Width-r.Width
	}
	emit, negate := emitBoth, false
	if n.Op == TSOr {
		switch {
		case l.negate && r.negate: // !l | !r is !(l & r)
			negate = true
		case l.negate:
			emit, negate = emitLeft, true
		case r.negate:
			emit, negate = emitRight, true
		default:
			emit = emitBoth | emitLeft | emitRight
		}
	} else {
		switch {
		case l.negate && r.negate:
			emit, negate = emitBoth|emitLeft|emitRight, true
		case l.negate:
			emit = emitRight
		case r.negate:
			emit = emitLeft
		}
	}
	out.merge(l.Pos, r.Pos, lo, ro, emit)
	if negate {
		out.negate = true
		return TSYes
	}
	if len(out.Pos) > 0 {
		return TSYes
	}
	return TSNo
}

// merge is TS_phrase_output.
func (h *TSHits) merge(l, r []int, lo, ro, emit int) {
	i, j := 0, 0
	for i < len(l) || j < len(r) {
		lp, rp := math.MaxInt, math.MaxInt
		if i < len(l) {
			lp = l[i] + lo
		} else if emit&emitRight == 0 {
			return
		}
		if j < len(r) {
			rp = r[j] + ro
		} else if emit&emitLeft == 0 {
			return
		}
		p := 0
		switch {
		case lp < rp:
			if emit&emitLeft != 0 {
				p = lp
			}
			i++
		case lp == rp:
			if emit&emitBoth != 0 {
				p = rp
			}
			i++
			j++
		default:
			if emit&emitRight != 0 {
				p = rp
			}
			j++
		}
		if p > 0 {
			h.Pos = append(h.Pos, p)
		}
	}
}

// Locations is TS_execute_locations: where each part of a query matches that
// must match, nil if it does not match or nothing is known of positions. Parts
// under OR are joined; the width then is the widest.
func (m TSMatcher) Locations(n *TSNode) []*TSHits {
	out, _ := m.locations(n)
	return out
}

func (m TSMatcher) locations(n *TSNode) ([]*TSHits, bool) {
	switch n.Op {
	case 0:
		h := &TSHits{}
		if m(n, h) == TSYes {
			return []*TSHits{h}, true
		}
		return nil, false
	case TSNot:
		_, ok := m.locations(n.Right)
		return nil, !ok
	case TSAnd:
		l, ok := m.locations(n.Left)
		if !ok {
			return nil, false
		}
		r, ok := m.locations(n.Right)
		if !ok {
			return nil, false
		}
		return append(l, r...), true
	case TSOr:
		l, lm := m.locations(n.Left)
		r, rm := m.locations(n.Right)
		switch {
		case !lm && !rm:
			return nil, false
		case len(l) == 0:
			return r, true
		case len(r) == 0:
			return l, true
		}
		var out []*TSHits
		for _, a := range l {
			for _, b := range r {
				h := &TSHits{Width: max(a.Width, b.Width)}
				h.merge(a.Pos, b.Pos, 0, 0, emitBoth|emitLeft|emitRight)
				out = append(out, h)
			}
		}
		return out, true
	}
	h := &TSHits{}
	if m.phrase(n, h) != TSYes {
		return nil, false
	}
	if h.negate {
		return nil, true
	}
	return []*TSHits{h}, true
}
