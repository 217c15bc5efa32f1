package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// projectSet projects a target list with set-returning functions.
func (l *level) projectSet(s *stage, exprs []nodes.Expr) error {
	if err := l.runSets(s, exprs); err != nil {
		return err
	}
	return l.project(s, exprs)
}

// runSets makes the stage's row hold the set-returning calls in expressions.
// Calls that are arguments of others are run below them, together with all others of
// their height: one ProjectSet a height (split_pathtarget_at_srfs).
func (l *level) runSets(s *stage, exprs []nodes.Expr) error {
	var heights [][]nodes.Expr
	for _, e := range exprs {
		heights, _ = s.setsByHeight(e, heights)
	}
	for _, list := range heights {
		var targets []nodes.Expr
		var added []exprSlot
		for i := range s.width() {
			targets = append(targets, s.slotAt(i))
		}
		for _, e := range list {
			dup := s.find(e) >= 0
			for _, a := range added {
				dup = dup || nodes.Equal(a.expr, e)
			}
			if dup {
				continue
			}
			x, err := s.slots(e)
			if err != nil {
				return err
			}
			added = append(added, exprSlot{e, len(targets)})
			targets = append(targets, x)
		}
		if len(added) > 0 {
			in := s.node.Common()
			p := &ProjectSet{Input: s.node}
			s.node = l.b.node(p, len(targets))
			p.Targets, p.Rows, p.Calls = targets, in.Rows*10, in.Calls
			s.exprs = append(s.exprs[:len(s.exprs):len(s.exprs)], added...)
		}
	}
	return nil
}

// setsByHeight adds the set-returning calls in an expression to those of their
// height, which is that of calls in their arguments and one. What the row holds, as
// a group key, need not be run.
func (s *stage) setsByHeight(e nodes.Expr, heights [][]nodes.Expr) ([][]nodes.Expr, int) {
	if s.find(e) >= 0 {
		return heights, 0
	}
	height := 0
	for _, child := range nodes.Children(e) {
		var h int
		heights, h = s.setsByHeight(child, heights)
		height = max(height, h)
	}
	if !nodes.ReturnsSet(e) {
		return heights, height
	}
	if len(heights) == height {
		heights = append(heights, nil)
	}
	heights[height] = append(heights[height], e)
	return heights, height + 1
}
