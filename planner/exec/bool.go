package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// truth is a boolean of SQL's three-valued logic.
type truth int8

const (
	unknown truth = iota - 1
	no
	yes
)

// test is a compiled boolean expression.
type test func(row adt.Row) (truth, error)

func truthOf(d adt.Datum) truth {
	b, ok := d.(bool)
	switch {
	case !ok:
		return unknown
	case b:
		return yes
	}
	return no
}

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) datum() adt.Datum {
	switch t {
	case yes:
		return true
	case no:
		return false
	}
	return nil
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func (t test) eval() eval {
	return func(row adt.Row) (adt.Datum, error) {
		v, err := t(row)
		return v.datum(), err
	}
}

func (c *compiler) tests(es []nodes.Expr) []test {
	if len(es) == 0 {
		return nil
	}
	out := make([]test, len(es))
	for i, e := range es {
		out[i] = c.condition(e)
	}
	return out
}

// condition is test, and when it is done, all that was made for it is gone.
func (c *compiler) condition(e nodes.Expr) test {
	longs := c.longs
	t := c.test(e)
	if c.longs == longs {
		return t
	}
	x := c.x
	return func(row adt.Row) (truth, error) {
		made := x.made
		v, err := t(row)
		x.made = made
		return v, err
	}
}

// all tells whether every test is true of a row.
func all(ts []test, row adt.Row) (bool, error) {
	for _, t := range ts {
		if v, err := t(row); err != nil || v != yes {
			return false, err
		}
	}
	return true, nil
}

// test compiles a boolean expression.
func (c *compiler) test(e nodes.Expr) test {
	switch e := e.(type) {
	case *nodes.BoolExpr:
		return c.boolExpr(e)
	case *nodes.OpExpr:
		if t := c.fastTest(e); t != nil {
			return t
		}
	case *nodes.DistinctExpr:
		return c.distinct(e)
	case *nodes.NullTest:
		return c.nullTest(e)
	case *nodes.BooleanTest:
		return c.booleanTest(e)
	case *nodes.RelabelType:
		return c.test(e.Arg)
	}
	f := c.expr(e)
	return func(row adt.Row) (truth, error) {
		v, err := f(row)
		return truthOf(v), err
	}
}

func (c *compiler) boolExpr(e *nodes.BoolExpr) test {
	args := c.tests(e.Args)
	switch e.Op {
	case nodes.Not:
		arg := args[0]
		return func(row adt.Row) (truth, error) {
			v, err := arg(row)
			return v.not(), err
		}
	case nodes.And:
		return func(row adt.Row) (truth, error) {
			out := yes
			for _, a := range args {
				v, err := a(row)
				if err != nil || v == no {
					return no, err
				}
				if v == unknown {
					out = unknown
				}
			}
			return out, nil
		}
	case nodes.Or:
		return func(row adt.Row) (truth, error) {
			out := no
			for _, a := range args {
				v, err := a(row)
				if err != nil || v == yes {
					return v, err
				}
				if v == unknown {
					out = unknown
				}
			}
			return out, nil
		}
	}
	err := pgerr.Internal("unrecognized boolop: %d", e.Op)
	return func(adt.Row) (truth, error) { return unknown, err }
}

// distinct is IS DISTINCT FROM: the = operator is called only for two non-NULL values.
func (c *compiler) distinct(e *nodes.DistinctExpr) test {
	a, b := c.expr(e.Args[0]), c.expr(e.Args[1])
	eq := c.binary(c.opRoutine(&e.OpExpr))
	return func(row adt.Row) (truth, error) {
		v, err := a(row)
		if err != nil {
			return unknown, err
		}
		w, err := b(row)
		if err != nil {
			return unknown, err
		}
		if v == nil || w == nil {
			return is((v == nil) != (w == nil)), nil
		}
		d, err := eq(v, w)
		return truthOf(d).not(), err
	}
}

func (c *compiler) nullTest(e *nodes.NullTest) test {
	not := e.Not
	if e.Row {
		return c.rowNullTest(e)
	}
	if i := slotOf(e.Arg); i >= 0 {
		return func(row adt.Row) (truth, error) { return is((row[i] == nil) != not), nil }
	}
	arg := c.expr(e.Arg)
	return func(row adt.Row) (truth, error) {
		v, err := arg(row)
		return is((v == nil) != not), err
	}
}

// rowNullTest is ExecEvalRowNull and ExecEvalRowNotNull: a row IS NULL when
// all of its fields are, and IS NOT NULL when none is.
func (c *compiler) rowNullTest(e *nodes.NullTest) test {
	arg, not := c.expr(e.Arg), e.Not
	return func(row adt.Row) (truth, error) {
		v, err := arg(row)
		if err != nil {
			return unknown, err
		}
		rec, ok := v.(*adt.Record)
		if !ok {
			return is((v == nil) != not), nil
		}
		for i, f := range rec.Values {
			if rec.Desc != nil && i < len(rec.Desc.Fields) && rec.Desc.Fields[i].Dropped {
				continue
			}
			if (f == nil) == not {
				return no, nil
			}
		}
		return yes, nil
	}
}

func (c *compiler) booleanTest(e *nodes.BooleanTest) test {
	arg := c.test(e.Arg)
	want, not := yes, false
	switch e.Test {
	case nodes.IsNotTrue:
		not = true
	case nodes.IsFalse:
		want = no
	case nodes.IsNotFalse:
		want, not = no, true
	case nodes.IsUnknown:
		want = unknown
	case nodes.IsNotUnknown:
		want, not = unknown, true
	}
	return func(row adt.Row) (truth, error) {
		v, err := arg(row)
		return is((v == want) != not), err
	}
}
