package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// eval is a compiled expression: its value over an input row.
type eval func(row adt.Row) (adt.Datum, error)

func fail(err error) eval {
	return func(adt.Row) (adt.Datum, error) { return nil, err }
}

func constant(d adt.Datum) eval {
	return func(adt.Row) (adt.Datum, error) { return d, nil }
}

func (c *compiler) exprs(es []nodes.Expr) []eval {
	out := make([]eval, len(es))
	for i, e := range es {
		if e != nil {
			out[i] = c.expr(e)
		}
	}
	return out
}

func typesOf(es []nodes.Expr) []OID {
	out := make([]OID, len(es))
	for i, e := range es {
		out[i] = nodes.TypeOf(e).Type
	}
	return out
}

// slotsOf gives the columns that expressions are, nil unless all are columns.
func slotsOf(es []nodes.Expr) []int {
	out := make([]int, len(es))
	for i, e := range es {
		s, ok := e.(*nodes.Slot)
		if !ok {
			return nil
		}
		out[i] = s.Index
	}
	return out
}

// expr compiles an expression.
func (c *compiler) expr(e nodes.Expr) eval {
	switch e := e.(type) {
	case *nodes.Slot:
		i := e.Index
		return func(row adt.Row) (adt.Datum, error) { return row[i], nil }
	case *nodes.Const:
		return constant(e.Value)
	case *nodes.Param:
		return c.param(e)
	case *nodes.FuncExpr:
		return c.funcExpr(e)
	case *nodes.OpExpr:
		return c.opExpr(e)
	case *nodes.DistinctExpr, *nodes.BoolExpr, *nodes.NullTest, *nodes.BooleanTest:
		return c.test(e).eval()
	case *nodes.NullIfExpr:
		return c.nullIf(e)
	case *nodes.ScalarArrayOpExpr:
		return c.scalarArrayOp(e)
	case *nodes.SubscriptingRef:
		return c.subscript(e)
	case *nodes.SubLinkParam:
		return c.sublinkParam(e)
	case *nodes.FieldSelect:
		return c.fieldSelect(e)
	case *nodes.RelabelType:
		return c.relabel(e)
	case *nodes.CollateExpr:
		return c.expr(e.Arg)
	case *nodes.CoerceViaIO:
		return c.coerceViaIO(e)
	case *nodes.ArrayCoerceExpr:
		return c.arrayCoerce(e)
	case *nodes.ConvertRowtypeExpr:
		return c.convertRowtype(e)
	case *nodes.CaseExpr:
		return c.caseExpr(e)
	case *nodes.CaseTestExpr:
		cell := c.caseTest
		if cell == nil {
			return fail(pgerr.Internal("CaseTestExpr outside of a CASE"))
		}
		return func(adt.Row) (adt.Datum, error) { return *cell, nil }
	case *nodes.ArrayExpr:
		return c.arrayExpr(e)
	case *nodes.RowExpr:
		return c.rowExpr(e)
	case *nodes.RowCompareExpr:
		return c.rowCompare(e)
	case *nodes.CoalesceExpr:
		return c.coalesce(e)
	case *nodes.MinMaxExpr:
		return c.minMax(e)
	case *nodes.SQLValueFunction:
		return c.sqlValue(e)
	case *nodes.CursorKey:
		k := &cursorKey{expr: e}
		c.cursors = append(c.cursors, k)
		return func(adt.Row) (adt.Datum, error) { return k.value, nil }
	case *nodes.CoerceToDomain:
		return c.coerceToDomain(e)
	case *nodes.JSONConstructorExpr:
		return c.jsonConstructor(e)
	case *nodes.XMLExpr:
		return c.xmlExpr(e)
	case *nodes.JSONIsPredicate:
		return c.jsonIs(e)
	case *plan.SubPlanExpr:
		c.once = true
		return c.subPlanExpr(e)
	}
	return fail(pgerr.Internal("unrecognized node type: %T", e))
}

func (c *compiler) param(e *nodes.Param) eval {
	x, i := c.x, e.Number
	if !e.Exec {
		if i < 1 || i > len(x.run.Params) {
			return fail(pgerr.New("42P02", "there is no parameter $%d", i).At(e.Location))
		}
		return constant(x.run.Params[i-1])
	}
	if i < 0 || i >= len(x.params) {
		return fail(pgerr.Internal("no executor parameter %d", i))
	}
	c.free[i] = true
	return func(adt.Row) (adt.Datum, error) { return x.params[i], nil }
}

func (c *compiler) sublinkParam(e *nodes.SubLinkParam) eval {
	if e.Column < 1 || e.Column > len(c.sublink) {
		return fail(pgerr.Internal("no subquery column %d", e.Column))
	}
	cell := c.sublink[e.Column-1]
	return func(adt.Row) (adt.Datum, error) { return *cell, nil }
}

// constOf gives the value of an expression that is known now.
func (c *compiler) constOf(e nodes.Expr) (adt.Datum, bool) {
	switch e := e.(type) {
	case *nodes.Const:
		return e.Value, true
	case *nodes.Param:
		if !e.Exec && e.Number >= 1 && e.Number <= len(c.x.run.Params) {
			return c.x.run.Params[e.Number-1], true
		}
	case *nodes.RelabelType:
		if v, ok := c.constOf(e.Arg); ok && !relabels(e) {
			return v, ok
		}
	case *nodes.CollateExpr:
		return c.constOf(e.Arg)
	}
	return nil, false
}

// slotOf gives the column that an expression is, -1 if it is none.
func slotOf(e nodes.Expr) int {
	switch e := e.(type) {
	case *nodes.Slot:
		return e.Index
	case *nodes.RelabelType:
		if !relabels(e) {
			return slotOf(e.Arg)
		}
	case *nodes.CollateExpr:
		return slotOf(e.Arg)
	}
	return -1
}

// relabels tells whether a binary-compatible coercion changes the Go type of
// values: between int4, or a domain over it, and the oid types.
func relabels(e *nodes.RelabelType) bool {
	const int4 = 23
	from := nodes.TypeOf(e.Arg).Type
	return from != e.Type && (from == int4 || e.Type == int4 || adt.OfOIDs(e.Type) && !adt.OfOIDs(from))
}

func (c *compiler) relabel(e *nodes.RelabelType) eval {
	f := c.expr(e.Arg)
	if !relabels(e) {
		return f
	}
	return func(row adt.Row) (adt.Datum, error) {
		v, err := f(row)
		return adt.Relabel(v, e.Type), err
	}
}
