package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// add is advance_windowaggregate.
func (a *windowAgg) add(row adt.Row) error {
	g := a.agg
	if !a.moving || g.count != 0 {
		return g.step(&a.st, row)
	}
	skip, err := a.load(row)
	if err != nil || skip {
		return err
	}
	if g.trans.proc.Strict {
		for _, v := range g.buf[1:] {
			if v == nil {
				return nil
			}
		}
		if a.st.empty {
			a.st.val, a.st.empty = g.buf[1], false
			a.moves = 1
			return nil
		}
		if a.st.val == nil {
			return nil
		}
	}
	g.buf[0] = a.st.val
	v, err := g.transBody(g.trans.call, g.buf)
	if err == nil && v == nil {
		err = pgerr.New(pgerrcode.NullValueNotAllowedDataException, "moving-aggregate transition function must not return null")
	}
	a.st.val = v
	a.moves++
	return err
}

// load evaluates the arguments for a row; skip tells that FILTER drops it.
func (a *windowAgg) load(row adt.Row) (skip bool, err error) {
	g := a.agg
	if g.filter != nil {
		if v, err := g.filter(row); err != nil || v != yes {
			return true, err
		}
	}
	for i, f := range g.args {
		if g.buf[i+1], err = f(row); err != nil {
			return false, err
		}
	}
	return false, nil
}

// drop takes a row out of the state (advance_windowaggregate_base); ok is
// false when the state has to be made anew.
func (a *windowAgg) drop(row adt.Row) (ok bool, err error) {
	g := a.agg
	skip, err := a.load(row)
	if err != nil || skip {
		return true, err
	}
	switch g.count {
	case 's':
		a.st.n--
		return true, nil
	case 'c':
		if g.buf[1] != nil {
			a.st.n--
		}
		return true, nil
	}
	if g.inverse.proc.Strict {
		for _, v := range g.buf[1:] {
			if v == nil {
				return true, nil
			}
		}
	}
	if a.moves == 1 { // the state becomes that of no rows
		a.st, a.moves = aggState{}, 0
		return true, g.start(&a.st)
	}
	if a.st.val == nil {
		return false, pgerr.Internal("aggregate transition value is NULL before inverse transition")
	}
	g.buf[0] = a.st.val
	v, err := g.inverse.proc.Body.Call(g.inverse.call, g.buf)
	if err != nil || v == nil {
		return false, err
	}
	a.st.val = v
	a.moves--
	return true, nil
}
