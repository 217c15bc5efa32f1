package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// planWindows adds window functions, one Sort and WindowAgg a window that is
// used.
func (l *level) planWindows(s *stage, targets []*nodes.TargetEntry) error {
	if !l.q.HasWindowFuncs {
		return nil
	}
	var calls []*nodes.WindowFunc
	for _, t := range targets {
		nodes.Walk(t.Expr, func(n nodes.Expr) bool {
			w, ok := n.(*nodes.WindowFunc)
			if !ok {
				return true
			}
			for _, have := range calls {
				if nodes.Equal(have, w) {
					return false
				}
			}
			calls = append(calls, w)
			return false
		})
	}
	for _, clause := range l.q.Windows {
		var mine []*nodes.WindowFunc
		for _, c := range calls {
			if c.Window == clause.Ref {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			continue
		}
		if err := l.planWindow(s, targets, clause, mine); err != nil {
			return err
		}
	}
	return nil
}

func (l *level) planWindow(s *stage, targets []*nodes.TargetEntry, clause *nodes.WindowClause, calls []*nodes.WindowFunc) error {
	if err := checkWindow(clause); err != nil {
		return err
	}
	var keys []nodes.Expr
	all := append(append([]*nodes.SortGroupClause{}, clause.Partition...), clause.Order...)
	for _, c := range all {
		keys = append(keys, targetByRef(targets, c.Ref))
	}
	slots, err := l.extend(s, keys)
	if err != nil {
		return err
	}
	w := &WindowAgg{}
	var order []*SortKey
	seen := map[int]bool{}
	for i, c := range all {
		info := nodes.TypeOf(keys[i])
		key := &SortKey{Slot: slots[i], Type: info.Type, Collation: info.Collation, Op: c.Sort, Desc: c.Desc, NullsFirst: c.NullsFirst}
		if i < len(clause.Partition) {
			w.Partition = append(w.Partition, &KeyColumn{Slot: slots[i], Type: info.Type, Collation: info.Collation, Eq: c.Eq})
		} else {
			w.Order = append(w.Order, key)
		}
		if !seen[key.Slot] {
			order = append(order, key)
			seen[key.Slot] = true
		}
	}
	l.cutWindow(s, clause, order)
	cl := *clause
	if cl.Frame.StartOffset, err = l.prep(clause.Frame.StartOffset); err != nil {
		return err
	}
	if cl.Frame.EndOffset, err = l.prep(clause.Frame.EndOffset); err != nil {
		return err
	}
	w.Clause = &cl
	width := s.width()
	added := s.exprs[:len(s.exprs):len(s.exprs)]
	for i, c := range calls {
		x := *c
		if x.Args, err = s.slotList(c.Args); err != nil {
			return err
		}
		if c.Filter != nil {
			if x.Filter, err = s.slots(c.Filter); err != nil {
				return err
			}
		}
		w.Funcs = append(w.Funcs, &x)
		added = append(added, exprSlot{c, width + i})
	}
	w.Input = s.node
	in := s.node.Common()
	s.node = l.b.node(w, width+len(calls))
	w.Rows, w.Calls = in.Rows, in.Calls
	s.exprs = added
	return nil
}
