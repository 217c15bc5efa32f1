package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// windowFuncs are the bodies of PostgreSQL's window functions (windowfuncs.c).
func windowFuncs() Funcs {
	win := func(f func(w Window) (Datum, error)) Func { return Func{Window: f} }
	return Funcs{
		"window_row_number":                   win(func(w Window) (Datum, error) { return w.Pos() + 1, nil }),
		"window_rank":                         win(windowRank),
		"window_dense_rank":                   win(windowDenseRank),
		"window_percent_rank":                 win(windowPercentRank),
		"window_cume_dist":                    win(windowCumeDist),
		"window_ntile":                        win(windowNtile),
		"window_lag":                          win(func(w Window) (Datum, error) { return leadLag(w, -1, false, false) }),
		"window_lag_with_offset":              win(func(w Window) (Datum, error) { return leadLag(w, -1, true, false) }),
		"window_lag_with_offset_and_default":  win(func(w Window) (Datum, error) { return leadLag(w, -1, true, true) }),
		"window_lead":                         win(func(w Window) (Datum, error) { return leadLag(w, 1, false, false) }),
		"window_lead_with_offset":             win(func(w Window) (Datum, error) { return leadLag(w, 1, true, false) }),
		"window_lead_with_offset_and_default": win(func(w Window) (Datum, error) { return leadLag(w, 1, true, true) }),
		"window_first_value":                  win(func(w Window) (Datum, error) { return frameValue(w, 0, false) }),
		"window_last_value":                   win(func(w Window) (Datum, error) { return frameValue(w, 0, true) }),
		"window_nth_value":                    win(windowNthValue),
	}
}

// rankState is the partition-local memory of the rank family.
type rankState struct{ rank int64 }

// rankUp tells whether the current row is no peer of the one before, keeping
// the rank in the partition's memory; first gives the state its start.
func rankUp(w Window) (st *rankState, up bool, err error) {
	m := w.Memory()
	if *m == nil {
		*m = &rankState{rank: 1}
		return (*m).(*rankState), false, nil
	}
	st = (*m).(*rankState)
	same, err := w.Peers(w.Pos()-1, w.Pos())
	return st, !same, err
}

func windowRank(w Window) (Datum, error) {
	st, up, err := rankUp(w)
	if up {
		st.rank = w.Pos() + 1
	}
	return st.rank, err
}

func windowDenseRank(w Window) (Datum, error) {
	st, up, err := rankUp(w)
	if up {
		st.rank++
	}
	return st.rank, err
}

func windowPercentRank(w Window) (Datum, error) {
	st, up, err := rankUp(w)
	if up {
		st.rank = w.Pos() + 1
	}
	if w.Rows() <= 1 {
		return float64(0), err
	}
	return float64(st.rank-1) / float64(w.Rows()-1), err
}

func windowCumeDist(w Window) (Datum, error) {
	m := w.Memory()
	st, _ := (*m).(*rankState)
	if st == nil || w.Pos() >= st.rank {
		// The last row of this group of peers is what counts.
		last := w.Pos() + 1
		for last < w.Rows() {
			same, err := w.Peers(w.Pos(), last)
			if err != nil {
				return nil, err
			}
			if !same {
				break
			}
			last++
		}
		st = &rankState{rank: last}
		*m = st
	}
	return float64(st.rank) / float64(w.Rows()), nil
}

// ntileState is the partition-local memory of ntile.
type ntileState struct {
	bucket         int32
	inBucket, size int64
	larger         int64 // buckets that hold one row more
}

func windowNtile(w Window) (Datum, error) {
	m := w.Memory()
	st, _ := (*m).(*ntileState)
	if st == nil {
		arg, err := w.Arg(0)
		if err != nil {
			return nil, err
		}
		if arg == nil {
			return nil, nil
		}
		n := arg.(int32)
		if n <= 0 {
			return nil, pgerr.New(pgerrcode.InvalidArgumentForNtileFunction, "argument of ntile must be greater than zero")
		}
		st = &ntileState{bucket: 1, size: w.Rows() / int64(n)}
		if st.size <= 0 {
			st.size = 1
		} else if st.larger = w.Rows() % int64(n); st.larger != 0 {
			st.size++
		}
		*m = st
	}
	st.inBucket++
	if st.inBucket > st.size {
		if st.larger != 0 && int64(st.bucket) == st.larger {
			st.larger = 0
			st.size--
		}
		st.bucket++
		st.inBucket = 1
	}
	return st.bucket, nil
}

// leadLag gives the value some rows after (dir 1) or before (dir -1) the
// current one.
func leadLag(w Window, dir int64, withOffset, withDefault bool) (Datum, error) {
	offset := int64(1)
	if withOffset {
		o, err := w.Arg(1)
		if err != nil || o == nil {
			return nil, err
		}
		offset = int64(o.(int32))
	}
	d, out, err := w.ArgInPartition(0, w.Pos()+dir*offset)
	if err != nil {
		return nil, err
	}
	if out && withDefault {
		return w.Arg(2)
	}
	return d, nil
}

// frameValue gives the value at a row of the frame.
func frameValue(w Window, row int64, fromTail bool) (Datum, error) {
	d, _, err := w.ArgInFrame(0, row, fromTail)
	return d, err
}

func windowNthValue(w Window) (Datum, error) {
	n, err := w.Arg(1)
	if err != nil || n == nil {
		return nil, err
	}
	if n.(int32) <= 0 {
		return nil, pgerr.New(pgerrcode.InvalidArgumentForNthValueFunction, "argument of nth_value must be greater than zero")
	}
	return frameValue(w, int64(n.(int32))-1, false)
}
