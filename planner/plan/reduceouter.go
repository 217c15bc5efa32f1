package plan

import (
	"maps"

	"github.com/flowgres/flowgres/planner/nodes"
)

// reduceOuter turns outer joins whose padded rows a condition above throws
// away into inner ones (reduce_outer_joins), one round.
func (l *level) reduceOuter(units []*unit, conds []nodes.Expr) ([]*unit, []nodes.Expr, bool) {
	strict := relids{}
	for _, c := range conds {
		strict.add(l.b.rejectsNulls(c, true))
	}
	var out []*unit
	changed := false
	for _, u := range units {
		j, ok := u.item.(*nodes.Join)
		if !ok {
			out = append(out, u)
			continue
		}
		left, right := strict.overlaps(joinRelids(j.Left)), strict.overlaps(joinRelids(j.Right))
		t := j.Type
		switch {
		case t == nodes.FullJoin && left && right:
			t = nodes.InnerJoin
		case t == nodes.FullJoin && left:
			t = nodes.LeftJoin
		case t == nodes.FullJoin && right:
			t = nodes.RightJoin
		case t == nodes.LeftJoin && right, t == nodes.RightJoin && left:
			t = nodes.InnerJoin
		}
		if t == j.Type {
			out = append(out, u)
			continue
		}
		changed = true
		c := *j
		c.Type = t
		out, conds = l.flatten(&c, out, conds)
	}
	return out, conds, changed
}

// rejectsNulls gives range table entries such that the condition is not true
// (top) or is NULL (not top) whenever all columns of one of them are NULL
// (find_nonnullable_rels).
func (b *builder) rejectsNulls(e nodes.Expr, top bool) relids {
	switch e := e.(type) {
	case *nodes.Var:
		return relids{e.RTE: true}
	case *nodes.FuncExpr:
		if b.strict(e.Func) && !e.ReturnsSet {
			return b.anyRejects(e.Args, false)
		}
	case *nodes.OpExpr:
		if b.strict(e.Func) {
			return b.anyRejects(e.Args, false)
		}
	case *nodes.ScalarArrayOpExpr:
		if b.strict(e.Func) && (top && !e.All || isNullOrAny(e) && (!e.All || !top)) {
			return b.rejectsNulls(e.Args[0], false)
		}
	case *nodes.BoolExpr:
		switch {
		case e.Op == nodes.Not:
			return b.rejectsNulls(e.Args[0], false)
		case e.Op == nodes.And && top:
			return b.anyRejects(e.Args, true)
		}
		return b.allReject(e.Args, top)
	case *nodes.RelabelType:
		return b.rejectsNulls(e.Arg, top)
	case *nodes.CollateExpr:
		return b.rejectsNulls(e.Arg, top)
	case *nodes.CoerceViaIO:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.ArrayCoerceExpr:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.NullTest:
		if top && e.Not && !e.Row {
			return b.rejectsNulls(e.Arg, false)
		}
	case *nodes.BooleanTest:
		if top && (e.Test == nodes.IsTrue || e.Test == nodes.IsFalse || e.Test == nodes.IsNotUnknown) {
			return b.rejectsNulls(e.Arg, false)
		}
	}
	return relids{}
}

// isNullOrAny tells that an array comparison is NULL whenever its left side is: its
// array is a constant, and NULL or not all of it has to do.
func isNullOrAny(e *nodes.ScalarArrayOpExpr) bool {
	k, ok := e.Args[1].(*nodes.Const)
	return ok && (k.Value == nil || !e.All)
}

// anyRejects gives what one of the expressions rejects.
func (b *builder) anyRejects(es []nodes.Expr, top bool) relids {
	out := relids{}
	for _, e := range es {
		out.add(b.rejectsNulls(e, top))
	}
	return out
}

// allReject gives what each of the expressions rejects.
func (b *builder) allReject(es []nodes.Expr, top bool) relids {
	var out relids
	for i, e := range es {
		r := b.rejectsNulls(e, top)
		if i == 0 {
			out = r
			continue
		}
		maps.DeleteFunc(out, func(id int, _ bool) bool { return !r[id] })
	}
	return out
}

// strict tells that a routine gives NULL for a NULL argument.
func (b *builder) strict(fn nodes.OID) bool {
	p := b.opt.Catalog.ProcByOID(fn)
	return p != nil && p.Strict
}
