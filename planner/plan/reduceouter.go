package plan

import (
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
	all := func(args []nodes.Expr) relids {
		out := relids{}
		for _, a := range args {
			out.add(b.rejectsNulls(a, false))
		}
		return out
	}
	strict := func(fn nodes.OID) bool {
		p := b.opt.Catalog.ProcByOID(fn)
		return p != nil && p.Strict
	}
	switch e := e.(type) {
	case *nodes.Var:
		return relids{e.RTE: true}
	case *nodes.FuncExpr:
		if strict(e.Func) && !e.ReturnsSet {
			return all(e.Args)
		}
	case *nodes.OpExpr:
		if strict(e.Func) {
			return all(e.Args)
		}
	case *nodes.ScalarArrayOpExpr:
		if strict(e.Func) && (!e.All || !top) {
			if k, ok := e.Args[1].(*nodes.Const); ok && (k.Value == nil || !e.All) {
				return b.rejectsNulls(e.Args[0], false)
			}
			if top && !e.All {
				return b.rejectsNulls(e.Args[0], false)
			}
		}
	case *nodes.BoolExpr:
		switch e.Op {
		case nodes.And:
			if top {
				out := relids{}
				for _, a := range e.Args {
					out.add(b.rejectsNulls(a, true))
				}
				return out
			}
			fallthrough
		case nodes.Or:
			var out relids
			for i, a := range e.Args {
				r := b.rejectsNulls(a, top)
				if i == 0 {
					out = r
					continue
				}
				for id := range out {
					if !r[id] {
						delete(out, id)
					}
				}
			}
			return out
		case nodes.Not:
			return b.rejectsNulls(e.Args[0], false)
		}
	case *nodes.RelabelType:
		return b.rejectsNulls(e.Arg, top)
	case *nodes.CoerceViaIO:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.ArrayCoerceExpr:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.CollateExpr:
		return b.rejectsNulls(e.Arg, top)
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
