package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// stage is a node under construction with what its output row holds: columns
// of range table entries, and expressions computed below.
type stage struct {
	node  Node
	cols  map[varKey]int
	exprs []exprSlot
}

type exprSlot struct {
	expr nodes.Expr
	slot int
}

func (s *stage) width() int { return s.node.Common().Width }

// find gives the slot of an expression that the row holds, or -1.
func (s *stage) find(e nodes.Expr) int {
	if v, ok := e.(*nodes.Var); ok {
		if i, ok := s.cols[varKey{v.RTE, v.Attno}]; ok {
			return i
		}
	}
	for _, x := range s.exprs {
		if nodes.Equal(x.expr, e) {
			return x.slot
		}
	}
	return -1
}

// slots rewrites an expression to run over the stage's row.
func (s *stage) slots(e nodes.Expr) (nodes.Expr, error) {
	return toSlots(e, s.find)
}

// toSlots replaces what find knows by Slots; a column it does not know is an
// internal error.
func toSlots(e nodes.Expr, find func(nodes.Expr) int) (nodes.Expr, error) {
	var fail error
	out := nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		switch n.(type) {
		case *nodes.Const, *nodes.Slot, *nodes.CaseTestExpr, *nodes.SubLinkParam:
			return n, true
		}
		if i := find(n); i >= 0 {
			t := nodes.TypeOf(n)
			return &nodes.Slot{Index: i, Type: t.Type, Typmod: t.Typmod, Collation: t.Collation}, true
		}
		switch v := n.(type) {
		case *nodes.Param: // unless grouped by: it is null in sets without it
			return n, true
		case *nodes.Var:
			fail = pgerr.Internal("column %d of range table entry %d is not in the row", v.Attno, v.RTE)
		case *nodes.Aggref, *nodes.WindowFunc, *nodes.GroupingFunc:
			fail = pgerr.Internal("%T is not in the row", n)
		}
		return nil, false
	})
	return out, fail
}

// slotList rewrites a list.
func (s *stage) slotList(es []nodes.Expr) ([]nodes.Expr, error) {
	if es == nil {
		return nil, nil
	}
	out := make([]nodes.Expr, len(es))
	for i, e := range es {
		x, err := s.slots(e)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// project makes the stage put out just the given expressions, in order.
func (l *level) project(s *stage, es []nodes.Expr) error {
	targets, err := s.slotList(es)
	if err != nil {
		return err
	}
	if targets == nil {
		targets = []nodes.Expr{}
	}
	base := s.node.Common()
	if base.Targets != nil {
		rows, calls := base.Rows, base.Calls
		s.node = l.b.node(&Result{Input: s.node}, 0)
		base = s.node.Common()
		base.Rows, base.Calls = rows, calls
	}
	base.Targets, base.Width = targets, len(targets)
	s.cols, s.exprs = nil, nil
	for i, e := range es {
		if v, ok := e.(*nodes.Var); ok {
			if s.cols == nil {
				s.cols = map[varKey]int{}
			}
			if _, dup := s.cols[varKey{v.RTE, v.Attno}]; !dup {
				s.cols[varKey{v.RTE, v.Attno}] = i
			}
			continue
		}
		s.exprs = append(s.exprs, exprSlot{e, i})
	}
	return nil
}

// extend makes the stage's row hold the given expressions beside what it
// holds, and gives their slots.
func (l *level) extend(s *stage, es []nodes.Expr) ([]int, error) {
	slots := make([]int, len(es))
	width := s.width()
	var added []exprSlot
	var targets []nodes.Expr
	for i, e := range es {
		if slots[i] = s.find(e); slots[i] >= 0 {
			continue
		}
		for _, a := range added {
			if nodes.Equal(a.expr, e) {
				slots[i] = a.slot
			}
		}
		if slots[i] >= 0 {
			continue
		}
		x, err := s.slots(e)
		if err != nil {
			return nil, err
		}
		slots[i] = width + len(added)
		added = append(added, exprSlot{e, slots[i]})
		targets = append(targets, x)
	}
	if len(added) == 0 {
		return slots, nil
	}
	all := make([]nodes.Expr, 0, width+len(added))
	for i := range width {
		all = append(all, s.slotAt(i))
	}
	rows, calls := s.node.Common().Rows, s.node.Common().Calls
	s.node = l.b.node(&Result{Input: s.node}, width+len(added))
	b := s.node.Common()
	b.Targets, b.Rows, b.Calls = append(all, targets...), rows, calls
	s.exprs = append(s.exprs[:len(s.exprs):len(s.exprs)], added...)
	return slots, nil
}

// slotAt gives a Slot that passes column i on; its type matters to none.
func (s *stage) slotAt(i int) nodes.Expr { return &nodes.Slot{Index: i, Typmod: -1} }

// filter makes the stage drop rows that fail a condition.
func (l *level) filter(s *stage, conds []nodes.Expr) error {
	if len(conds) == 0 {
		return nil
	}
	quals, err := s.slotList(conds)
	if err != nil {
		return err
	}
	base := s.node.Common()
	if base.Targets != nil {
		rows, calls, width := base.Rows, base.Calls, base.Width
		s.node = l.b.node(&Result{Input: s.node}, width)
		base = s.node.Common()
		base.Rows, base.Calls = rows, calls
	}
	base.Quals = append(base.Quals, l.b.orderQuals(quals)...)
	base.Rows *= selectivity(conds)
	return nil
}

// selectivity guesses which part of the rows passes conditions.
func selectivity(conds []nodes.Expr) float64 {
	sel := 1.0
	for _, c := range conds {
		switch c := c.(type) {
		case *nodes.OpExpr:
			sel *= 0.1
		case *nodes.ScalarArrayOpExpr:
			sel *= 0.2
		case *nodes.NullTest:
			if c.Not {
				sel *= 0.9
			} else {
				sel *= 0.1
			}
		default:
			sel *= 0.33
		}
	}
	return sel
}
