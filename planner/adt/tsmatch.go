package adt

import (
	"math"
	"slices"
	"strings"
)

// tsTri is TSTernaryValue.
type tsTri uint8

const (
	tsNo tsTri = iota
	tsYes
	tsMaybe // positions would decide, and there are none
)

// tsHits is ExecPhraseData: where an operand matches.
type tsHits struct {
	pos    []int
	negate bool // everywhere but at pos
	width  int
}

// tsMatch is ts_match_vq: the @@ operator.
func tsMatch(v *TSVector, q *TSQuery) bool {
	if q.Root == nil {
		return false
	}
	return v.execute(q.Root) != tsNo
}

// execute is TS_execute_recurse.
func (v *TSVector) execute(n *TSNode) tsTri {
	switch n.Op {
	case 0:
		return v.check(n, nil)
	case tsNot:
		switch r := v.execute(n.Right); r {
		case tsNo:
			return tsYes
		case tsYes:
			return tsNo
		default:
			return r
		}
	case tsAnd:
		l := v.execute(n.Left)
		if l == tsNo {
			return tsNo
		}
		if r := v.execute(n.Right); r != tsYes {
			return r
		}
		return l
	case tsOr:
		l := v.execute(n.Left)
		if l == tsYes {
			return tsYes
		}
		if r := v.execute(n.Right); r != tsNo {
			return r
		}
		return l
	}
	if v.phrase(n, nil) == tsYes {
		return tsYes
	}
	return tsNo
}

// check is checkcondition_str: whether the word is there, and where, if hits
// are asked for.
func (v *TSVector) check(n *TSNode, hits *tsHits) tsTri {
	i, found := v.find(n.Word)
	if !n.Prefix {
		if !found {
			return tsNo
		}
		return v.Lexemes[i].check(n, hits)
	}
	res := tsNo
	for ; i < len(v.Lexemes) && strings.HasPrefix(v.Lexemes[i].Word, n.Word); i++ {
		switch r := v.Lexemes[i].check(n, hits); {
		case r == tsYes && hits == nil:
			return tsYes
		case r == tsMaybe:
			return tsMaybe
		case r == tsYes:
			res = tsYes
		}
	}
	if hits != nil {
		slices.Sort(hits.pos)
		hits.pos = slices.Compact(hits.pos)
	}
	return res
}

// check is checkclass_str.
func (l *Lexeme) check(n *TSNode, hits *tsHits) tsTri {
	if len(l.Pos) == 0 {
		if hits != nil {
			return tsMaybe
		}
		return tsYes
	}
	if n.Weights == 0 && hits == nil {
		return tsYes
	}
	res := tsNo
	for _, p := range l.Pos {
		if n.Weights != 0 && n.Weights>>p.Weight&1 == 0 {
			continue
		}
		res = tsYes
		if hits != nil {
			hits.pos = append(hits.pos, int(p.Pos))
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
func (v *TSVector) phrase(n *TSNode, out *tsHits) tsTri {
	switch n.Op {
	case 0:
		if out == nil {
			out = &tsHits{}
		}
		return v.check(n, out)
	case tsNot:
		if out == nil {
			out = &tsHits{}
		}
		switch r := v.phrase(n.Right, out); {
		case r == tsMaybe:
			return tsMaybe
		case r == tsNo:
			out.negate = true
			return tsYes
		case len(out.pos) > 0:
			out.negate = !out.negate
			return tsYes
		}
		out.negate = false
		return tsNo
	}
	if out == nil {
		out = &tsHits{}
	}
	var l, r tsHits
	lm := v.phrase(n.Left, &l)
	if lm == tsNo && n.Op != tsOr {
		return tsNo
	}
	rm := v.phrase(n.Right, &r)
	switch {
	case rm == tsNo && (n.Op != tsOr || lm == tsNo):
		return tsNo
	case lm == tsMaybe || rm == tsMaybe:
		return tsMaybe
	}
	if lm == tsNo {
		l.width = 0
	}
	if rm == tsNo {
		r.width = 0
	}
	var lo, ro int
	if n.Op == tsPhrase {
		lo = int(n.Distance) + r.width
		out.width = int(n.Distance) + l.width + r.width
	} else {
		out.width = max(l.width, r.width)
		lo, ro = out.width-l.width, out.width-r.width
	}
	emit, negate := emitBoth, false
	if n.Op == tsOr {
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
	out.merge(l.pos, r.pos, lo, ro, emit)
	if negate {
		out.negate = true
		return tsYes
	}
	if len(out.pos) > 0 {
		return tsYes
	}
	return tsNo
}

// merge is TS_phrase_output.
func (h *tsHits) merge(l, r []int, lo, ro, emit int) {
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
			h.pos = append(h.pos, p)
		}
	}
}
