package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
)

// testFuncs are the bodies that tests need and adt may not have yet: simple
// ones, for the shapes of calls more than for the routines.
func testFuncs() adt.Funcs {
	all := adt.Builtins()
	for name, f := range (adt.Funcs{
		"generate_series_int4": adt.Set(func(_ *adt.Call, args []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				for i := args[0].(int32); i <= args[1].(int32); i++ {
					if !yield(i, nil) {
						return
					}
				}
			}
		}),
		"window_row_number": {Window: func(w adt.Window) (adt.Datum, error) { return w.Pos() + 1, nil }},
		"window_first_value": {Window: func(w adt.Window) (adt.Datum, error) {
			d, _, err := w.ArgInFrame(0, 0, false)
			return d, err
		}},
		"window_last_value": {Window: func(w adt.Window) (adt.Datum, error) {
			d, _, err := w.ArgInFrame(0, 0, true)
			return d, err
		}},
		"percentile_disc_final": adt.Raw(func(_ *adt.Call, args []adt.Datum) (adt.Datum, error) {
			rows := args[0].(*adt.OrderedSet).Rows
			return rows[int(float64(len(rows))*args[1].(float64)+0.999999)-1][0], nil
		}),
		"mode_final": adt.Raw(func(_ *adt.Call, args []adt.Datum) (adt.Datum, error) {
			s := args[0].(*adt.OrderedSet)
			var best adt.Datum
			run, most := 0, 0
			for i, r := range s.Rows {
				run++
				if i > 0 {
					if n, err := s.Compare(s.Rows[i-1], r); err != nil {
						return nil, err
					} else if n != 0 {
						run = 1
					}
				}
				if run > most {
					best, most = r[0], run
				}
			}
			return best, nil
		}),
		"hypothetical_rank_final": adt.Raw(func(_ *adt.Call, args []adt.Datum) (adt.Datum, error) {
			s, rank := args[0].(*adt.OrderedSet), int64(1)
			for _, r := range s.Rows {
				n, err := s.Compare(r, args[1:1+len(s.Types)])
				if err != nil {
					return nil, err
				}
				if n < 0 {
					rank++
				}
			}
			return rank, nil
		}),
	}) {
		if _, ok := all[name]; !ok {
			all[name] = f
		}
	}
	return all
}
