package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// sortPlaces orders an input that comes place by place (plan.Base.Marks) by keys
// of which the places are the first: the rows of a place go out before the next
// is read (ExecIncrementalSort).
func (c *compiler) sortPlaces(n *plan.Sort, keep bool, st *NodeStats) rows {
	x, out := c.x, c.output(n, keep, st)
	cols, skip := c.sortCols(n.Keys), c.skips[n]
	var in rows
	var limit eval
	deps := c.track(func() {
		in = c.node(n.Input, true)
		if n.Limit != nil {
			limit = c.expr(n.Limit)
		}
	})
	k := kept{x: x, deps: deps}
	saved := &store{x: x} // all that were wanted, with k
	put := func(row adt.Row, at *int64, yield func(adt.Row, error) bool) bool {
		*at++
		return skip != nil && *at <= *skip || out.put(row, true, yield)
	}
	return func(yield func(adt.Row, error) bool) {
		at := int64(0)
		if k.fresh() {
			for row, err := range saved.all() {
				if err != nil {
					yield(nil, err)
					return
				}
				if !put(row, &at, yield) {
					return
				}
			}
			return
		}
		most := int64(0)
		if limit != nil {
			v, err := limit(nil)
			if err != nil {
				yield(nil, err)
				return
			}
			most, _ = v.(int64)
		}
		saved.reset()
		k.valid = false
		s := &sorter{x: x, cols: cols}
		defer func() { s.close() }()
		fresh := func() {
			s.close()
			s = &sorter{x: x, cols: cols}
			if left := most - at; most > 0 && left > 0 && left < 1<<30 {
				s.limit = int(left)
			}
		}
		flush := func() (more bool) {
			if err := s.done(); err != nil {
				yield(nil, err)
				return false
			}
			if st != nil {
				s.describe(st)
			}
			for row, err := range s.each(0) {
				if err == nil && limit != nil {
					err = saved.add(row)
				}
				if err != nil {
					yield(nil, err)
					return false
				}
				last := most > 0 && at+1 >= most
				if last {
					k.mark()
				}
				if !put(row, &at, yield) || last {
					return false
				}
			}
			fresh()
			return true
		}
		fresh()
		for row, err := range in {
			if err != nil {
				yield(nil, err)
				return
			}
			if row == nil {
				if !flush() || n.Marks && !yield(nil, nil) {
					return
				}
				continue
			}
			if err := s.add(row); err != nil {
				yield(nil, err)
				return
			}
			if n.Presorted == len(cols) && !flush() {
				return
			}
		}
		if flush() && limit != nil {
			k.mark()
		}
	}
}
