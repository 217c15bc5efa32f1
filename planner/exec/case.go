package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// testing compiles something whose CaseTestExprs stand for the value put into
// the cell.
func (c *compiler) testing(f func()) *adt.Datum {
	outer, cell := c.caseTest, new(adt.Datum)
	c.caseTest = cell
	f()
	c.caseTest = outer
	return cell
}

func (c *compiler) caseExpr(e *nodes.CaseExpr) eval {
	whens, thens := make([]test, len(e.Whens)), make([]eval, len(e.Whens))
	arms := func() {
		for i, w := range e.Whens {
			whens[i] = c.test(w.When)
		}
	}
	var arg eval
	var cell *adt.Datum
	if e.Arg != nil {
		arg = c.expr(e.Arg)
		cell = c.testing(arms)
	} else {
		arms()
	}
	for i, w := range e.Whens {
		thens[i] = c.expr(w.Then)
	}
	other := constant(nil)
	if e.Default != nil {
		other = c.expr(e.Default)
	}
	return func(row adt.Row) (adt.Datum, error) {
		if arg != nil {
			v, err := arg(row)
			if err != nil {
				return nil, err
			}
			*cell = v
		}
		for i, w := range whens {
			v, err := w(row)
			if err != nil {
				return nil, err
			}
			if v == yes {
				return thens[i](row)
			}
		}
		return other(row)
	}
}

func (c *compiler) coalesce(e *nodes.CoalesceExpr) eval {
	args := c.exprs(e.Args)
	return func(row adt.Row) (adt.Datum, error) {
		for _, a := range args {
			if v, err := a(row); err != nil || v != nil {
				return v, err
			}
		}
		return nil, nil
	}
}

// nullIf gives its first argument unless the = operator says that the second
// equals it.
func (c *compiler) nullIf(e *nodes.NullIfExpr) eval {
	a, b := c.expr(e.Args[0]), c.expr(e.Args[1])
	eq := c.binary(c.routine(e.Func, site{args: typesOf(e.Args), result: adt.BoolOID, collation: e.InputCollation}))
	return func(row adt.Row) (adt.Datum, error) {
		v, err := a(row)
		if err != nil {
			return nil, err
		}
		w, err := b(row)
		if err != nil || v == nil || w == nil {
			return v, err
		}
		same, err := eq(v, w)
		if err != nil || truthOf(same) == yes {
			return nil, err
		}
		return v, nil
	}
}

// minMax is GREATEST and LEAST, which ignore NULLs.
func (c *compiler) minMax(e *nodes.MinMaxExpr) eval {
	args := c.exprs(e.Args)
	lt, _, _, _ := c.cat.SortOperators(e.Type)
	if lt == 0 {
		return fail(pgerr.New(pgerrcode.UndefinedFunction, "could not identify a comparison function for type %s", c.cat.FormatType(e.Type, -1)))
	}
	cmp := c.order(e.Type, lt, e.InputCollation)
	x := c.x
	return func(row adt.Row) (adt.Datum, error) {
		var best adt.Datum
		for _, a := range args {
			v, err := a(row)
			if err != nil {
				return nil, err
			}
			if v == nil {
				continue
			}
			if best == nil {
				best = v
				continue
			}
			n := cmp(best, v)
			if err := x.takeCmpErr(); err != nil {
				return nil, err
			}
			if e.Least && n > 0 || !e.Least && n < 0 {
				best = v
			}
		}
		return best, nil
	}
}
