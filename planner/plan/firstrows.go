package plan

import (
	"math"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// firstRows tells that no more than the first rows of a query's only window are
// wanted, in the window's order.
type firstRows struct {
	window int   // nodes.WindowClause.Ref
	count  int64 // rows
	ties   bool  // with the peers of the last one
	read   bool  // they are the rows as they are read: the window orders nothing
}

// noteFirstRows finds out whether the first rows of the level's window decide all
// that is wanted: a LIMIT, or a condition of the level above on row_number or rank
// (WindowAgg's run condition), and functions that look at no row behind their own.
func (l *level) noteFirstRows(above *firstRows) {
	q := l.q
	l.first = nil
	if !q.HasWindowFuncs || q.SetOp != nil || len(q.Distinct) > 0 || q.HasDistinctOn || q.HasTargetSRFs || q.WithTies || l.b.opt.PushDown == PushDownOff {
		return
	}
	w := l.onlyWindow()
	if w == nil || l.b.volatileQuery(&nodes.Query{TargetList: q.TargetList}) {
		return
	}
	first := above
	if n, ok := l.limitRows(); ok && l.inOrderOf(w) {
		first = &firstRows{count: n}
	} else if q.LimitCount != nil || q.LimitOffset != nil {
		return
	}
	if first == nil {
		return
	}
	c := *first
	c.window, c.read = w.Ref, len(w.Partition)+len(w.Order) == 0
	if c.ties && c.read {
		return // all rows are peers
	}
	l.first = &c
}

// onlyWindow gives the one window that a level's functions are of, when none of
// them looks at rows behind its own; nil: there is more to it.
func (l *level) onlyWindow() *nodes.WindowClause {
	var w *nodes.WindowClause
	ok := true
	for _, t := range l.q.TargetList {
		nodes.Walk(t.Expr, func(n nodes.Expr) bool {
			f, is := n.(*nodes.WindowFunc)
			if !is {
				return ok
			}
			for _, c := range l.q.Windows {
				if c.Ref == f.Window && (w == nil || w == c) {
					w = c
					ok = ok && l.b.looksBack(f, c)
					return false
				}
			}
			ok = false
			return false
		})
	}
	if !ok {
		return nil
	}
	return w
}

// looksBack tells whether a window function's value depends on no row behind its
// own.
func (b *builder) looksBack(f *nodes.WindowFunc, w *nodes.WindowClause) bool {
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil || p.Schema != "pg_catalog" {
		return false
	}
	switch p.Name {
	case "row_number", "rank", "dense_rank":
		return true
	case "lag":
		if len(f.Args) == 1 {
			return true
		}
		k, ok := b.fold(f.Args[1], true).(*nodes.Const)
		n, isInt := int32(-1), false
		if ok {
			n, isInt = k.Value.(int32)
		}
		return isInt && n >= 0
	case "lead", "ntile", "percent_rank", "cume_dist":
		return false
	}
	return w.Frame.Mode == nodes.FrameRows && w.Frame.Exclude == nodes.ExcludeNone && (w.Frame.End == nodes.CurrentRow || w.Frame.End == nodes.OffsetPreceding)
}

// limitRows gives how many first rows LIMIT and OFFSET let through, when that is
// known.
func (l *level) limitRows() (int64, bool) {
	count, ok := l.constInt(l.q.LimitCount)
	if !ok || count < 0 {
		return 0, false
	}
	offset, ok := l.constInt(l.q.LimitOffset)
	if l.q.LimitOffset != nil && (!ok || offset < 0) || count > math.MaxInt64-offset {
		return 0, false
	}
	return count + offset, true
}

// inOrderOf tells whether the level's ORDER BY, if any, asks for no other order
// than the rows of a window come in.
func (l *level) inOrderOf(w *nodes.WindowClause) bool {
	q := l.q
	if len(q.Sort) == 1 && len(w.Partition) == 0 && !q.Sort[0].Desc { // ORDER BY the number itself
		if f, ok := targetByRef(q.TargetList, q.Sort[0].Ref).(*nodes.WindowFunc); ok {
			if p := l.b.opt.Catalog.ProcByOID(f.Func); p != nil && p.Schema == "pg_catalog" && p.Name == "row_number" {
				return true
			}
		}
	}
	order := append(append([]*nodes.SortGroupClause{}, w.Partition...), w.Order...)
	if len(q.Sort) > len(order) {
		return false
	}
	for i, s := range q.Sort {
		o := order[i]
		same := s.Ref == o.Ref || nodes.Equal(targetByRef(q.TargetList, s.Ref), targetByRef(q.TargetList, o.Ref))
		if !same || s.Sort != o.Sort || s.NullsFirst != o.NullsFirst {
			return false
		}
	}
	return true
}

// firstBy gives what conditions on a subquery's row_number or rank say of how many
// of its first rows are wanted; nil: nothing.
func (b *builder) firstBy(q *nodes.Query, id int, conds []nodes.Expr) *firstRows {
	if q.Command != nodes.CmdSelect || !q.HasWindowFuncs || q.LimitCount != nil || q.LimitOffset != nil {
		return nil
	}
	var out *firstRows
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 {
			continue
		}
		f, n, ok := b.numbered(q, id, op.Op, op.Args[0], op.Args[1])
		if !ok && b.commuted(op.Op) != 0 {
			f, n, ok = b.numbered(q, id, b.commuted(op.Op), op.Args[1], op.Args[0])
		}
		if ok && (out == nil || n < out.count) {
			p := b.opt.Catalog.ProcByOID(f.Func)
			out = &firstRows{count: max(n, 0), ties: p.Name == "rank"}
		}
	}
	return out
}

// numbered takes row_number or rank of a subquery < number apart: n rows at most
// pass, and the peers of the last for rank.
func (b *builder) numbered(q *nodes.Query, id int, op nodes.OID, left, right nodes.Expr) (f *nodes.WindowFunc, n int64, ok bool) {
	v := columnOf(left, id)
	k, isConst := right.(*nodes.Const)
	if v == nil || !isConst || v.Attno > len(q.TargetList) {
		return nil, 0, false
	}
	f, ok = q.TargetList[v.Attno-1].Expr.(*nodes.WindowFunc)
	if !ok {
		return nil, 0, false
	}
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil || p.Schema != "pg_catalog" || p.Name != "row_number" && p.Name != "rank" {
		return nil, 0, false
	}
	for _, w := range q.Windows {
		if w.Ref == f.Window && len(w.Partition) > 0 {
			return nil, 0, false
		}
	}
	switch x := k.Value.(type) {
	case int16:
		n = int64(x)
	case int32:
		n = int64(x)
	case int64:
		n = x
	default:
		return nil, 0, false
	}
	for _, m := range b.opt.Catalog.OpFamilyMembers(op) {
		if m.Method != catalog.BtreeAM {
			continue
		}
		switch m.Strategy {
		case 1:
			return f, max(n, math.MinInt64+1) - 1, true
		case 2, 3:
			return f, n, true
		}
	}
	return nil, 0, false
}

// cutWindow leaves the first rows alone below the level's window, which are in its
// order.
func (l *level) cutWindow(s *stage, w *nodes.WindowClause, keys []*SortKey) {
	if l.first == nil || l.first.window != w.Ref {
		l.sort(s, keys, nil)
		return
	}
	count := &nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: l.first.count, Location: -1}
	lim := &Limit{Count: count}
	if l.first.ties {
		l.sort(s, keys, nil)
		lim.Ties = keys
	} else {
		l.sort(s, keys, count)
	}
	lim.Input = s.node
	l.wrap(s, lim, 1)
	s.node.Common().Rows = math.Min(s.node.Common().Rows, math.Max(1, float64(l.first.count)))
}
