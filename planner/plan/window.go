package plan

import (
	"cmp"
	"slices"

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
	var order []*SortKey // of the rows so far
	for _, clause := range sortedWindows(l.q.Windows) {
		var mine []*nodes.WindowFunc
		for _, c := range calls {
			if c.Window == clause.Ref {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			continue
		}
		var err error
		if order, err = l.planWindow(s, targets, clause, mine, order); err != nil {
			return err
		}
	}
	return nil
}

// sortedWindows orders windows as PostgreSQL computes them, which decides how rows
// that are alike follow each other: those that need the same order stand together, the
// one that needs most of it first (select_active_windows, common_prefix_cmp).
func sortedWindows(windows []*nodes.WindowClause) []*nodes.WindowClause {
	key := func(w *nodes.WindowClause) []*nodes.SortGroupClause {
		keys := slices.Clone(w.Partition)
		for _, o := range w.Order {
			if !slices.ContainsFunc(w.Partition, func(p *nodes.SortGroupClause) bool { return *p == *o }) {
				keys = append(keys, o)
			}
		}
		return keys
	}
	first := func(c *nodes.SortGroupClause) int {
		if c.NullsFirst {
			return 1
		}
		return 0
	}
	windows = slices.Clone(windows)
	slices.SortStableFunc(windows, func(v, w *nodes.WindowClause) int {
		a, b := key(v), key(w)
		for i := range min(len(a), len(b)) {
			if c := cmp.Or(cmp.Compare(b[i].Ref, a[i].Ref), cmp.Compare(b[i].Sort, a[i].Sort), first(b[i])-first(a[i])); c != 0 {
				return c
			}
		}
		return len(b) - len(a)
	})
	return windows
}

// planWindow adds a window to rows that have an order already. It gives the order that
// the rows have then.
func (l *level) planWindow(s *stage, targets []*nodes.TargetEntry, clause *nodes.WindowClause, calls []*nodes.WindowFunc, have []*SortKey) ([]*SortKey, error) {
	if err := checkWindow(clause); err != nil {
		return nil, err
	}
	var keys []nodes.Expr
	all := append(append([]*nodes.SortGroupClause{}, clause.Partition...), clause.Order...)
	for _, c := range all {
		keys = append(keys, targetByRef(targets, c.Ref))
	}
	if err := l.runSets(s, keys); err != nil {
		return nil, err
	}
	slots, err := l.extend(s, keys)
	if err != nil {
		return nil, err
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
	if len(have) > 0 && len(order) <= len(have) && slices.EqualFunc(order, have[:len(order)], func(a, b *SortKey) bool { return *a == *b }) {
		order = have // nothing to sort
	} else {
		l.cutWindow(s, clause, order)
	}
	cl := *clause
	if cl.Frame.StartOffset, err = l.prep(clause.Frame.StartOffset); err != nil {
		return nil, err
	}
	if cl.Frame.EndOffset, err = l.prep(clause.Frame.EndOffset); err != nil {
		return nil, err
	}
	w.Clause = &cl
	width := s.width()
	added := s.exprs[:len(s.exprs):len(s.exprs)]
	for i, c := range calls {
		x := *c
		if x.Args, err = s.slotList(c.Args); err != nil {
			return nil, err
		}
		if c.Filter != nil {
			if x.Filter, err = s.slots(c.Filter); err != nil {
				return nil, err
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
	return order, nil
}
