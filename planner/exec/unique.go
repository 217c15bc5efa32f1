package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// unique drops rows that equal the row before.
func (c *compiler) unique(n *plan.Unique, keep bool, st *NodeStats) rows {
	out, in, same := c.output(n, keep, st), c.node(n.Input, true), c.same(n.Keys)
	return func(yield func(adt.Row, error) bool) {
		var last adt.Row
		for row, err := range in {
			dup := false
			if err == nil && last != nil {
				dup, err = same(last, row)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if dup {
				continue
			}
			last = row
			if !out.put(row, false, yield) {
				return
			}
		}
	}
}

// skip lets a Sort below leave out the rows that a Limit skips, where nothing
// but EXPLAIN ANALYZE could see that; nil if it cannot.
func (c *compiler) skip(n *plan.Limit) *int64 {
	s, ok := n.Input.(*plan.Sort)
	if !ok || n.Offset == nil || c.x.stats != nil || len(s.Quals) > 0 || s.Targets != nil && slotsOf(s.Targets) == nil {
		return nil
	}
	if c.skips == nil {
		c.skips = map[*plan.Sort]*int64{}
	}
	p := new(int64)
	c.skips[s] = p
	return p
}

// limit skips Offset rows and stops after Count, or, WITH TIES, after the
// last peer of the Count'th row.
func (c *compiler) limit(n *plan.Limit, keep bool, st *NodeStats) rows {
	out := c.output(n, keep, st)
	skip := c.skip(n)
	in := c.node(n.Input, keep && out.targets == nil || n.Ties != nil)
	bounds := c.exprs([]nodes.Expr{n.Offset, n.Count})
	ties := c.sortCols(n.Ties)
	return func(yield func(adt.Row, error) bool) {
		offset, err := rowBound(bounds[0], 0, pgerrcode.InvalidRowCountInResultOffsetClause, "OFFSET")
		if err != nil {
			yield(nil, err)
			return
		}
		count, err := rowBound(bounds[1], -1, pgerrcode.InvalidRowCountInLimitClause, "LIMIT")
		if err != nil {
			yield(nil, err)
			return
		}
		if count == 0 {
			return
		}
		if skip != nil {
			*skip, offset = offset, 0
		}
		var last adt.Row
		seen := int64(0)
		for row, err := range in {
			if err != nil {
				yield(nil, err)
				return
			}
			full := count >= 0 && seen >= count
			switch {
			case row == nil && n.Input.Common().Marks: // there are no ties in another place
				if full {
					return
				}
				continue
			case offset > 0:
				offset--
				continue
			case full:
				differs := compareRows(ties, last, row) != 0
				if err := c.x.takeCmpErr(); err != nil {
					yield(nil, err)
					return
				}
				if differs {
					return
				}
			}
			last = row
			seen++
			if !out.put(row, false, yield) || count >= 0 && seen >= count && len(ties) == 0 {
				return
			}
		}
	}
}

// rowBound gives a number of rows (recompute_limits), none where there is no bound
// or it is NULL.
func rowBound(bound eval, none int64, code, what string) (int64, error) {
	if bound == nil {
		return none, nil
	}
	v, err := bound(nil)
	if err != nil || v == nil {
		return none, err
	}
	b := v.(int64)
	if b < 0 {
		return 0, pgerr.New(code, "%s must not be negative", what)
	}
	return b, nil
}
