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
	}) {
		if _, ok := all[name]; !ok {
			all[name] = f
		}
	}
	return all
}
