package tsearch

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// defaultWeights are the weights of D, C, B and A.
var defaultWeights = [4]float32{0.1, 0.2, 0.4, 1}

// Flags of how a rank is normalised.
const (
	normLogLength  = 1 << iota // by the logarithm of the document's length
	normLength                 // by the length
	normDistance               // by the mean distance between extents
	normUnique                 // by the number of lexemes
	normLogUnique              // by its logarithm
	normRdivRplus1             // to rank / (rank + 1)
)

// rankWeights reads the array of weights (getWeights).
func rankWeights(a *adt.Array) ([4]float32, error) {
	w := defaultWeights
	switch {
	case len(a.Dims) != 1:
		return w, pgerr.New(pgerrcode.ArraySubscriptError, "array of weight must be one-dimensional")
	case len(a.Values) < len(w):
		return w, pgerr.New(pgerrcode.ArraySubscriptError, "array of weight is too short")
	case slices.Contains(a.Values, nil):
		return w, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "array of weight must not contain nulls")
	}
	for i := range w {
		if v := a.Values[i].(float32); v >= 0 {
			w[i] = v
		}
		if w[i] > 1 {
			return w, pgerr.New(pgerrcode.InvalidParameterValue, "weight out of range")
		}
	}
	return w, nil
}

// documentLength counts the words of a document (cnt_length).
func documentLength(v *adt.TSVector) int {
	n := 0
	for _, l := range v.Lexemes {
		n += max(len(l.Pos), 1)
	}
	return n
}

// entries gives the lexemes that a word of a query finds (find_wordentry): from
// index, so many.
func entries(v *adt.TSVector, n *adt.TSNode) (from, count int) {
	from, found := v.Find(n.Word)
	if !n.Prefix {
		if found {
			return from, 1
		}
		return from, 0
	}
	for from+count < len(v.Lexemes) && strings.HasPrefix(v.Lexemes[from+count].Word, n.Word) {
		count++
	}
	return from, count
}

// operands gives a query's words, sorted, each once (SortAndUniqItems).
func operands(q *adt.TSQuery) []*adt.TSNode {
	var out []*adt.TSNode
	q.Root.Each(func(n *adt.TSNode) {
		if n.Op == 0 {
			out = append(out, n)
		}
	})
	slices.SortStableFunc(out, func(a, b *adt.TSNode) int { return cmp.Compare(a.Word, b.Word) })
	return slices.CompactFunc(out, func(a, b *adt.TSNode) bool { return a.Word == b.Word })
}

// wordDistance weighs two words by how far they are apart (word_distance).
func wordDistance(d int) float32 {
	if d > 100 {
		return 1e-30
	}
	return float32(1 / (1.005 + 0.05*math.Exp(float64(float32(d))/1.5-2)))
}

// nowhere are the positions of a stripped lexeme.
var nowhere = []adt.LexemePos{{Pos: adt.TSMaxPos}}

// rankAnd is calc_rank_and: near pairs of words count. The arithmetic is C's,
// partly in single precision.
func rankAnd(env *adt.Env, w *[4]float32, v *adt.TSVector, q *adt.TSQuery) (float32, error) {
	items := operands(q)
	if len(items) < 2 {
		return rankOr(w, v, q), nil
	}
	res := float32(-1)
	pos := make([][]adt.LexemePos, len(items))
	stripped := make([]bool, len(items))
	for i, item := range items {
		from, count := entries(v, item)
		for _, l := range v.Lexemes[from : from+count] {
			pos[i], stripped[i] = l.Pos, false
			if len(l.Pos) == 0 {
				pos[i], stripped[i] = nowhere, true
			}
			for k := range i {
				if err := env.Interrupted(); err != nil {
					return 0, err
				}
				for _, a := range pos[i] {
					for _, b := range pos[k] {
						dist := int(a.Pos) - int(b.Pos)
						if dist < 0 {
							dist = -dist
						}
						if dist == 0 {
							if !stripped[i] && !stripped[k] {
								continue
							}
							dist = adt.TSMaxPos + 1
						}
						product := float32(w[a.Weight]*w[b.Weight]) * wordDistance(dist)
						cur := float32(math.Sqrt(float64(product)))
						if res < 0 {
							res = cur
						} else {
							res = float32(1 - (1-float64(res))*(1-float64(cur)))
						}
					}
				}
			}
		}
	}
	return res, nil
}

// rankOr is calc_rank_or: every word counts for itself.
func rankOr(w *[4]float32, v *adt.TSVector, q *adt.TSQuery) float32 {
	items := operands(q)
	res := float32(0)
	for _, item := range items {
		from, count := entries(v, item)
		for _, l := range v.Lexemes[from : from+count] {
			pos := l.Pos
			if len(pos) == 0 {
				pos = nowhere
			}
			sum, best, at := float32(0), float32(-1), 0
			for j, p := range pos {
				sum += w[p.Weight] / float32((j+1)*(j+1))
				if w[p.Weight] > best {
					best, at = w[p.Weight], j
				}
			}
			more := float32(best+sum) - best/float32((at+1)*(at+1))
			res = float32(float64(res) + float64(more)/1.64493406685)
		}
	}
	if len(items) > 0 {
		res /= float32(len(items))
	}
	return res
}

// rank is ts_rank (calc_rank).
func rank(env *adt.Env, w *[4]float32, v *adt.TSVector, q *adt.TSQuery, method int32) (float32, error) {
	if len(v.Lexemes) == 0 || q.Root == nil {
		return 0, nil
	}
	var res float32
	if q.Root.Op == adt.TSAnd || q.Root.Op == adt.TSPhrase {
		var err error
		if res, err = rankAnd(env, w, v, q); err != nil {
			return 0, err
		}
	} else {
		res = rankOr(w, v, q)
	}
	if res < 0 {
		res = 1e-20
	}
	if method&normLogLength != 0 {
		res = float32(float64(res) / (math.Log(float64(documentLength(v)+1)) / math.Log(2)))
	}
	if method&normLength != 0 {
		if n := documentLength(v); n > 0 {
			res /= float32(n)
		}
	}
	if method&normUnique != 0 {
		res /= float32(len(v.Lexemes))
	}
	if method&normLogUnique != 0 {
		res = float32(float64(res) / (math.Log(float64(len(v.Lexemes)+1)) / math.Log(2)))
	}
	if method&normRdivRplus1 != 0 {
		res /= res + 1
	}
	return res, nil
}
