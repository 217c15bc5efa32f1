package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// OrderedSet is the transition state of an ordered-set or hypothetical-set
// aggregate, which the executor collects and sorts itself in place of
// ordered_set_transition. The final function gets a *OrderedSet, never nil, then the
// direct arguments, then, for aggfinalextra, a nil for each aggregated one.
// Call.Args holds the types in the same order.
type OrderedSet struct {
	// Len is the number of input rows and At gives the aggregated arguments of one,
	// from 0 on, in WITHIN GROUP's order. Rows with a NULL are left out for
	// ordered_set_transition, kept for ordered_set_transition_multi.
	Len int
	At  func(i int) (Row, error)
	// Types are the types of a row's columns.
	Types []OID
	// Compare orders two rows under WITHIN GROUP (ORDER BY …): for a hypothetical
	// row, or to find equal ones.
	Compare func(a, b Row) (int, error)
}

// orderedSetFuncs are the final functions of ordered-set and hypothetical-set
// aggregates (orderedsetaggs.c).
func orderedSetFuncs() Funcs {
	interval := intervalFuncs()
	lerp := func(lo, hi Datum, part float64) (Datum, error) {
		d, err := interval["interval_mi"].Call(&Call{}, []Datum{hi, lo})
		if err != nil {
			return nil, err
		}
		if d, err = interval["interval_mul"].Call(&Call{}, []Datum{d, part}); err != nil {
			return nil, err
		}
		return interval["interval_pl"].Call(&Call{}, []Datum{lo, d})
	}
	floatLerp := func(lo, hi Datum, part float64) (Datum, error) {
		return lo.(float64) + part*(hi.(float64)-lo.(float64)), nil
	}
	const float8Type, intervalType OID = 701, 1186
	disc := func(s *OrderedSet, p float64) (Datum, error) {
		return s.first(max(int(math.Ceil(p*float64(s.Len))), 1) - 1)
	}
	cont := func(lerp func(lo, hi Datum, part float64) (Datum, error)) percentile {
		return func(s *OrderedSet, p float64) (Datum, error) {
			at := p * float64(s.Len-1)
			first, second := math.Floor(at), math.Ceil(at)
			lo, err := s.first(int(first))
			if err != nil || first == second {
				return lo, err
			}
			hi, err := s.first(int(second))
			if err != nil {
				return nil, err
			}
			return lerp(lo, hi, at-first)
		}
	}
	return Funcs{
		"percentile_disc_final":                Raw(onePercentile(disc)),
		"percentile_cont_float8_final":         Raw(onePercentile(cont(floatLerp))),
		"percentile_cont_interval_final":       Raw(onePercentile(cont(lerp))),
		"percentile_disc_multi_final":          Raw(manyPercentiles(disc, 0)),
		"percentile_cont_float8_multi_final":   Raw(manyPercentiles(cont(floatLerp), float8Type)),
		"percentile_cont_interval_multi_final": Raw(manyPercentiles(cont(lerp), intervalType)),
		"mode_final":                           Raw(modeFinal),
		"hypothetical_rank_final": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s := a[0].(*OrderedSet)
			n, _, _, err := s.place(a[1 : 1+len(s.Types)])
			return n + 1, err
		}),
		"hypothetical_dense_rank_final": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s := a[0].(*OrderedSet)
			_, distinct, _, err := s.place(a[1 : 1+len(s.Types)])
			return distinct + 1, err
		}),
		"hypothetical_percent_rank_final": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s := a[0].(*OrderedSet)
			n, _, _, err := s.place(a[1 : 1+len(s.Types)])
			if s.Len == 0 {
				return float64(0), err
			}
			return float64(n) / float64(s.Len), err
		}),
		"hypothetical_cume_dist_final": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s := a[0].(*OrderedSet)
			_, _, upTo, err := s.place(a[1 : 1+len(s.Types)])
			return float64(upTo+1) / float64(s.Len+1), err
		}),
	}
}

// first gives the first argument of a row.
func (s *OrderedSet) first(i int) (Datum, error) {
	r, err := s.At(i)
	if err != nil {
		return nil, err
	}
	return r[0], nil
}

// place counts the rows, and the different ones, before a hypothetical row,
// and the rows up to its peers.
func (s *OrderedSet) place(row Row) (before, distinct, upTo int64, err error) {
	var last Row
	for i := range s.Len {
		r, err := s.At(i)
		if err != nil {
			return 0, 0, 0, err
		}
		prev := last
		last = r
		n, err := s.Compare(r, row)
		if err != nil {
			return 0, 0, 0, err
		}
		if n > 0 {
			break
		}
		upTo++
		if n == 0 {
			continue
		}
		before++
		if i > 0 {
			if n, err = s.Compare(prev, r); err != nil {
				return 0, 0, 0, err
			}
		}
		if i == 0 || n != 0 {
			distinct++
		}
	}
	return before, distinct, upTo, nil
}

// percentile gives the value at a fraction of the rows, of which there is one
// at least.
type percentile func(s *OrderedSet, p float64) (Datum, error)

func checkFraction(p float64) error {
	if p < 0 || p > 1 || math.IsNaN(p) {
		return pgerr.New(pgerrcode.NumericValueOutOfRange, "percentile value %.6g is not between 0 and 1", p)
	}
	return nil
}

func onePercentile(f percentile) func(*Call, []Datum) (Datum, error) {
	return func(_ *Call, a []Datum) (Datum, error) {
		p, ok := a[1].(float64)
		if !ok {
			return nil, nil
		}
		s := a[0].(*OrderedSet)
		if err := checkFraction(p); err != nil || s.Len == 0 {
			return nil, err
		}
		return f(s, p)
	}
}

// manyPercentiles gives an array of the shape of the array of fractions; elem
// 0 is the type of the rows.
func manyPercentiles(f percentile, elem OID) func(*Call, []Datum) (Datum, error) {
	return func(c *Call, a []Datum) (Datum, error) {
		s, work := a[0].(*OrderedSet), c.work()
		ps, ok := a[1].(*Array)
		if !ok || s.Len == 0 {
			return nil, nil
		}
		typ := elem
		if typ == 0 {
			typ = s.Types[0]
		}
		for _, d := range ps.Values {
			if p, ok := d.(float64); ok {
				if err := checkFraction(p); err != nil {
					return nil, err
				}
			}
		}
		out := &Array{Elem: typ, Dims: ps.Dims, Values: make([]Datum, len(ps.Values))}
		for i, d := range ps.Values {
			p, ok := d.(float64)
			if !ok {
				continue
			}
			v, err := f(s, p)
			if err == nil {
				err = work.done(1000)
			}
			if err != nil {
				return nil, err
			}
			out.Values[i] = v
		}
		return out, nil
	}
}

// modeFinal gives the commonest value, the first of several.
func modeFinal(_ *Call, a []Datum) (Datum, error) {
	s := a[0].(*OrderedSet)
	var best Datum
	run, most := 0, 0
	var last Row
	for i := range s.Len {
		r, err := s.At(i)
		if err != nil {
			return nil, err
		}
		prev := last
		last = r
		run++
		if i > 0 {
			n, err := s.Compare(prev, r)
			if err != nil {
				return nil, err
			}
			if n != 0 {
				run = 1
			}
		}
		if run > most {
			best, most = r[0], run
		}
	}
	return best, nil
}
