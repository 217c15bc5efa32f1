package tsearch

import (
	"cmp"
	"math"
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// place is a position of a document with the words of the query that are there
// (DocRepresentation).
type place struct {
	adt.LexemePos
	entry int
	items []*adt.TSNode
}

// places gives a document's positions that the query speaks of (get_docrep).
func places(v *adt.TSVector, q *adt.TSQuery) []place {
	var all []place
	q.Root.Each(func(n *adt.TSNode) {
		if n.Op != 0 {
			return
		}
		from, count := entries(v, n)
		for i, l := range v.Lexemes[from : from+count] {
			for _, p := range l.Pos {
				if n.Weights == 0 || n.Weights>>p.Weight&1 == 1 {
					all = append(all, place{p, from + i, []*adt.TSNode{n}})
				}
			}
		}
	})
	slices.SortStableFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Weight, b.Weight), cmp.Compare(a.entry, b.entry))
	})
	var out []place
	for _, p := range all {
		if n := len(out); n > 0 && out[n-1].LexemePos == p.LexemePos && out[n-1].entry == p.entry {
			out[n-1].items = append(out[n-1].items, p.items...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// seen is which words of a query have been met, and where
// (QueryRepresentation).
type seen map[*adt.TSNode][]int

func (s seen) add(p place, down bool) {
	for _, n := range p.items {
		pos := s[n]
		at := int(p.Pos)
		switch {
		case len(pos) == 0:
			s[n] = []int{at}
		case down && pos[0] != at:
			s[n] = append([]int{at}, pos...)
		case !down && pos[len(pos)-1] != at:
			s[n] = append(pos, at)
		}
	}
}

func (s seen) matches(q *adt.TSQuery) bool {
	return adt.TSMatcher(func(n *adt.TSNode, hits *adt.TSHits) adt.TSTri {
		pos, ok := s[n]
		if !ok {
			return adt.TSNo
		}
		if hits != nil {
			hits.Pos = append(hits.Pos, pos...)
		}
		return adt.TSYes
	}).Match(q.Root)
}

// extent is a shortest part of a document that satisfies a query: from place
// begin to place end, which are at positions p and q.
type extent struct{ begin, end, p, q int }

// nextExtent finds the first extent from a place on, and where to look for the
// next (Cover). It fails when the statement has ended.
func nextExtent(env *adt.Env, doc []place, q *adt.TSQuery, from int) (e extent, next int, ok bool, err error) {
	for ; ; from++ {
		if err := env.Interrupted(); err != nil {
			return e, 0, false, err
		}
		e.end = -1
		s := seen{}
		for i := from; i < len(doc); i++ {
			s.add(doc[i], false)
			if s.matches(q) {
				if doc[i].Pos > 0 {
					e.end, e.q = i, int(doc[i].Pos)
				}
				break
			}
		}
		if e.end < 0 {
			return e, 0, false, nil
		}
		e.p = math.MaxInt32
		s = seen{}
		i := e.end
		for ; i >= from; i-- {
			s.add(doc[i], true)
			if s.matches(q) {
				e.begin, e.p = i, int(doc[i].Pos)
				break
			}
		}
		if e.p <= e.q {
			return e, i + 1, true, nil
		}
	}
}

// rankCover is ts_rank_cd (calc_rank_cd): short and near extents count most.
func rankCover(env *adt.Env, w *[4]float32, v *adt.TSVector, q *adt.TSQuery, method int32) (float32, error) {
	var inverse [4]float64
	for i := range w {
		if w[i] > 1 {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "weight out of range")
		}
		inverse[i] = 1 / float64(w[i])
	}
	doc := places(v, q)
	if len(doc) == 0 {
		return 0, nil
	}
	var res, sumDist, before float64
	extents := 0
	for from := 0; ; {
		e, next, ok, err := nextExtent(env, doc, q, from)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		from = next
		sum := 0.0
		for _, p := range doc[e.begin : e.end+1] {
			sum += inverse[p.Weight]
		}
		noise := e.q - e.p - (e.end - e.begin)
		if noise < 0 {
			noise = (e.end - e.begin) / 2
		}
		res += float64(e.end-e.begin+1) / sum / float64(1+noise)
		middle := float64(e.q+e.p) / 2
		if extents > 0 && middle > before {
			sumDist += 1 / (middle - before)
		}
		before = middle
		extents++
	}
	if method&normLogLength != 0 && len(v.Lexemes) > 0 {
		res /= math.Log(float64(documentLength(v) + 1))
	}
	if method&normLength != 0 {
		if n := documentLength(v); n > 0 {
			res /= float64(n)
		}
	}
	if method&normDistance != 0 && extents > 0 && sumDist > 0 {
		res /= float64(extents) / sumDist
	}
	if method&normUnique != 0 && len(v.Lexemes) > 0 {
		res /= float64(len(v.Lexemes))
	}
	if method&normLogUnique != 0 && len(v.Lexemes) > 0 {
		res /= math.Log(float64(len(v.Lexemes)+1)) / math.Log(2)
	}
	if method&normRdivRplus1 != 0 {
		res /= res + 1
	}
	return float32(res), nil
}
