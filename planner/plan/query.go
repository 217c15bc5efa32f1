package plan

import (
	"math"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// planQuery plans the level's query; the node puts out its result columns.
func (l *level) planQuery() (Node, error) {
	if err := l.planCTEs(); err != nil {
		return nil, err
	}
	l.written = l.q
	l.dropEmptySet()
	l.splitExtremes()
	l.noteFirstRows(l.first)
	if err := l.pull(); err != nil {
		return nil, err
	}
	if l.q.Command != nodes.CmdSelect {
		return l.planModify()
	}
	q := l.q
	for _, r := range q.RangeTable { // before all else (preprocess_function_rtes)
		for _, f := range r.Functions {
			l.b.foldEarly(f.Expr)
		}
	}
	if l.b.foldErr != nil {
		return nil, l.b.foldErr
	}
	targets, err := l.prepTargets(q.TargetList)
	if err != nil {
		return nil, err
	}
	l.folded = targets
	var s *stage
	if q.SetOp != nil {
		if err = l.foldBounds(); err != nil {
			return nil, err
		}
		if s, err = l.planSetOp(q.SetOp); err != nil {
			return nil, err
		}
	} else {
		if s, err = l.planSource(targets); err != nil {
			return nil, err
		}
		if s, err = l.planGrouping(s, targets); err != nil {
			return nil, err
		}
		if err = l.planWindows(s, targets); err != nil {
			return nil, err
		}
	}
	return l.finish(s, targets)
}

// planSource plans FROM and WHERE.
func (l *level) planSource(targets []*nodes.TargetEntry) (*stage, error) {
	q := l.q
	from := make([]nodes.JoinNode, len(q.From))
	for i, it := range q.From {
		p, err := l.prepJoin(it)
		if err != nil {
			return nil, err
		}
		from[i] = p
	}
	where, err := l.prep(q.Where)
	if err != nil {
		return nil, err
	}
	if err := l.prepSemis(); err != nil {
		return nil, err
	}
	having, err := l.prep(q.Having)
	if err != nil {
		return nil, err
	}
	if err := l.foldBounds(); err != nil {
		return nil, err
	}
	conds := l.b.conjuncts(where)
	if l.b.checkPatterns(conds); l.b.foldErr != nil {
		return nil, l.b.foldErr
	}
	for _, h := range l.b.conjuncts(having) {
		// A HAVING condition on group keys alone filters as well below the grouping.
		if len(q.Group) > 0 && q.GroupingSets == nil && !hasAggregate(h) && !l.b.volatile(h) {
			conds = append(conds, h)
			continue
		}
		// Without keys it decides all rows and their one group alike (subquery_planner).
		if len(q.Group) == 0 && !hasAggregate(h) && !l.b.volatile(h) && !hasSubPlan(h) {
			conds = append(conds, h)
		}
		if q.GroupingSets != nil && l.b.opt.PushDown != PushDownOff && l.b.belowSets(q, h) {
			conds = append(conds, h)
		}
		l.having = append(l.having, h)
	}
	if q.Having != nil && !q.HasAggs && len(q.Group) == 0 && q.GroupingSets == nil {
		// One row whatever there is to read, which PostgreSQL does not read
		// (create_degenerate_grouping_paths), though it has planned to.
		if l.b.foldLists(q); l.b.foldErr != nil {
			return nil, l.b.foldErr
		}
		from, conds, l.semis = nil, nil, nil
	}
	conds = append(conds, l.gathered(targets)...)
	l.noteFixed(conds)
	from = l.dropUseless(targets, conds, from)
	l.noteNeeded(targets, conds, from)
	l.noteLimit(from)
	refused := l.checkFullJoins()
	r, err := l.planJoins(from, conds, l.semis)
	if err == nil {
		err = refused // what the items of FROM have to say comes first
	}
	if err != nil {
		return nil, err
	}
	return &r.stage, nil
}

// foldBounds folds the bounds of window frames, OFFSET and LIMIT: what fails of them does
// so before what is in FROM (subquery_planner).
func (l *level) foldBounds() error {
	for _, w := range l.q.Windows {
		l.b.foldEarly(w.Frame.StartOffset)
		l.b.foldEarly(w.Frame.EndOffset)
	}
	l.b.foldEarly(l.q.LimitOffset)
	l.b.foldEarly(l.q.LimitCount)
	return l.b.foldErr
}

// foldEarly folds an expression, if there is one, for what fails of it.
func (b *builder) foldEarly(e nodes.Expr) {
	if e != nil {
		b.foldWritten(e)
	}
}

// foldLists folds the VALUES lists and functions of a query's FROM.
func (b *builder) foldLists(q *nodes.Query) {
	for _, r := range q.RangeTable {
		for _, row := range r.Values {
			for _, e := range row {
				b.foldWritten(e)
			}
		}
		for _, f := range r.Functions {
			b.foldWritten(f.Expr)
		}
		if r.Kind == nodes.RTESubquery {
			b.foldLists(r.Query)
		}
	}
}

// prepJoin prepares the conditions of a FROM item.
func (l *level) prepJoin(it nodes.JoinNode) (nodes.JoinNode, error) {
	j, ok := it.(*nodes.Join)
	if !ok {
		return it, nil
	}
	c := *j
	var err error
	if c.Left, err = l.prepJoin(j.Left); err != nil {
		return nil, err
	}
	if c.Right, err = l.prepJoin(j.Right); err != nil {
		return nil, err
	}
	if c.On, err = l.prep(j.On); err != nil || j.Type == nodes.FullJoin {
		return &c, err
	}
	if on := l.b.conjuncts(c.On); len(on) > 1 {
		if more := l.rowConds(on); more != nil {
			c.On = andOf(append(on, more...))
		}
	}
	return &c, nil
}

// constInt gives the value of a LIMIT or OFFSET that is known now.
func (l *level) constInt(e nodes.Expr) (int64, bool) {
	if e == nil {
		return 0, false
	}
	k, ok := l.b.fold(e, true).(*nodes.Const)
	if !ok {
		return 0, false
	}
	n, ok := k.Value.(int64)
	return n, ok
}

// finish adds set-returning functions, DISTINCT, ORDER BY and LIMIT, and drops
// junk columns.
func (l *level) finish(s *stage, targets []*nodes.TargetEntry) (Node, error) {
	q := l.q
	exprs := make([]nodes.Expr, len(targets))
	for i, t := range targets {
		exprs[i] = t.Expr
	}
	limit, err := l.prep(q.LimitCount)
	if err != nil {
		return nil, err
	}
	offset, err := l.prep(q.LimitOffset)
	if err != nil {
		return nil, err
	}
	early, err := l.sortBelow(s, targets, l.sortBound(limit, offset))
	if err != nil {
		return nil, err
	}
	sorted, distinct := early, early
	if q.HasTargetSRFs {
		err = l.projectSet(s, exprs)
	} else {
		err = l.project(s, exprs)
	}
	if err != nil {
		return nil, err
	}
	slotOf := map[int]int{} // by sortgroupref
	visible := 0
	for i, t := range targets {
		if t.Ref != 0 {
			slotOf[t.Ref] = i
		}
		if !t.Resjunk {
			visible++
		}
	}
	switch {
	case distinct:
	case q.HasDistinctOn:
		keys := l.sortKeys(q.Sort, targets, slotOf)
		for _, d := range q.Distinct {
			if !refIn(q.Sort, d.Ref) {
				keys = append(keys, l.sortKeys([]*nodes.SortGroupClause{d}, targets, slotOf)...)
			}
		}
		l.sort(s, keys, nil)
		l.wrap(s, &Unique{Input: s.node, Keys: l.keyColumns(q.Distinct, targets, slotOf)}, 0.5)
		sorted = true
	case len(q.Distinct) > 0 && l.distinctFixed(targets, slotOf):
		l.oneRow(s)
	case len(l.varying(targets, slotOf)) < len(q.Distinct) || !hashable(q.Distinct) && sortable(q.Distinct):
		list := l.varying(targets, slotOf)
		l.sortedDistinct(s, list, l.keyColumns(list, targets, slotOf))
	case len(q.Distinct) > 0:
		l.distinct(s, l.keyColumns(q.Distinct, targets, slotOf))
	}
	if len(q.Sort) > 0 && !sorted {
		l.sort(s, l.unfixed(l.sortKeys(q.Sort, targets, slotOf), targets), l.sortBound(limit, offset))
	}
	if limit != nil || offset != nil {
		lim := &Limit{Input: s.node, Count: limit, Offset: offset}
		if q.WithTies {
			lim.Ties = l.sortKeys(q.Sort, targets, slotOf)
		}
		l.wrap(s, lim, 1)
		if n, ok := l.constInt(q.LimitCount); ok && n >= 0 {
			s.node.Common().Rows = math.Min(s.node.Common().Rows, float64(n))
		}
	}
	if visible < len(targets) {
		var keep []nodes.Expr
		for i, t := range targets {
			if !t.Resjunk {
				info := nodes.TypeOf(t.Expr)
				keep = append(keep, &nodes.Slot{Index: i, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation})
			}
		}
		rows, calls := s.node.Common().Rows, s.node.Common().Calls
		if keep == nil {
			keep = []nodes.Expr{}
		}
		s.node = l.b.node(&Result{Input: s.node}, visible)
		b := s.node.Common()
		b.Targets, b.Rows, b.Calls = keep, rows, calls
	}
	return s.node, nil
}

// wrap puts a node that passes rows through on top of the stage.
func (l *level) wrap(s *stage, n Node, keep float64) {
	in := s.node.Common()
	s.node = l.b.node(n, in.Width)
	n.Common().Rows, n.Common().Calls = math.Max(1, in.Rows*keep), in.Calls
}

// sort puts a Sort on top of the stage.
func (l *level) sort(s *stage, keys []*SortKey, bound nodes.Expr) {
	if len(keys) > 0 {
		l.wrap(s, &Sort{Input: s.node, Keys: keys, Limit: bound}, 1)
	}
}

// sortBound is the number of first rows that LIMIT and OFFSET can need.
func (l *level) sortBound(limit, offset nodes.Expr) nodes.Expr {
	if limit == nil || l.q.WithTies {
		return nil
	}
	if offset == nil {
		return limit
	}
	c, ok1 := l.constInt(limit)
	o, ok2 := l.constInt(offset)
	if !ok1 || !ok2 || c < 0 || o < 0 || c > math.MaxInt64-o {
		return nil
	}
	return &nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: c + o, Location: -1}
}

// distinct drops duplicate rows by hashing.
func (l *level) distinct(s *stage, keys []*KeyColumn) {
	in := s.node.Common()
	a := &Agg{Input: s.node, Keys: keys}
	slots := make([]int, in.Width)
	for i := range slots {
		slots[i] = -1
	}
	for i, k := range keys {
		a.Groups = append(a.Groups, &nodes.Slot{Index: k.Slot, Type: k.Type, Typmod: -1, Collation: k.Collation})
		slots[k.Slot] = i
	}
	width := in.Width
	s.node = l.b.node(a, width)
	a.Rows, a.Calls = math.Max(1, in.Rows/2), in.Calls
	a.Targets = make([]nodes.Expr, width)
	for i := range a.Targets {
		a.Targets[i] = nullConst(adt.TextOID) // a junk column, which nothing above reads
		if slots[i] >= 0 {
			a.Targets[i] = s.slotAt(slots[i])
		}
	}
}

// sortKeys gives the keys of sort clauses over the projected row.
func (l *level) sortKeys(clauses []*nodes.SortGroupClause, targets []*nodes.TargetEntry, slotOf map[int]int) []*SortKey {
	var out []*SortKey
	for _, c := range clauses {
		i := slotOf[c.Ref]
		info := nodes.TypeOf(targets[i].Expr)
		out = append(out, &SortKey{Slot: i, Type: info.Type, Collation: info.Collation, Op: c.Sort, Desc: c.Desc, NullsFirst: c.NullsFirst})
	}
	return out
}

// keyColumns gives the equality columns of clauses over the projected row.
func (l *level) keyColumns(clauses []*nodes.SortGroupClause, targets []*nodes.TargetEntry, slotOf map[int]int) []*KeyColumn {
	var out []*KeyColumn
	for _, c := range clauses {
		i := slotOf[c.Ref]
		info := nodes.TypeOf(targets[i].Expr)
		out = append(out, &KeyColumn{Slot: i, Type: info.Type, Collation: info.Collation, Eq: c.Eq})
	}
	return out
}
