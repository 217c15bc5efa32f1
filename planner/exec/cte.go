package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// cte is a WITH query that its scans share: its rows are made as the first scan
// asks for them and kept for the others.
type cte struct {
	x    *state
	rows rows
	kept kept // while the parameters that it reads stay
	buf  *store
	done bool
	err  error
	next func() (adt.Row, error, bool)
	stop func()
}

func (c *compiler) cte(id int) *cte {
	w := c.ctes[id]
	if w == nil {
		w = &cte{x: c.x, buf: &store{x: c.x}}
		c.ctes[id] = w
		deps := c.track(func() { w.rows = c.node(c.plan.CTEs[id].Plan, true) })
		w.kept = kept{x: c.x, deps: deps}
	}
	c.uses(w.kept.deps)
	return w
}

// start begins the query, anew when what it depends on has changed.
func (w *cte) start() {
	if w.kept.fresh() {
		return
	}
	if w.stop != nil {
		w.stop()
	}
	w.buf.reset()
	w.done, w.err = false, nil
	w.next, w.stop = iter.Pull2(w.rows)
	w.x.closers = append(w.x.closers, w.stop)
	w.kept.mark()
}

// at gives row number i; ok is false past the end.
func (w *cte) at(i int) (row adt.Row, ok bool, err error) {
	for i >= w.buf.len() {
		if w.done {
			return nil, false, w.err
		}
		row, err, more := w.next()
		if err == nil && more {
			if err = w.buf.add(row); err == nil {
				continue
			}
		}
		w.done, w.err = true, err
	}
	row, err = w.buf.at(i)
	return row, err == nil, err
}

// finish runs the query to its end: modifying CTEs do all their work even if
// nobody reads them.
func (w *cte) finish() error {
	w.start()
	for !w.done {
		if _, _, err := w.at(w.buf.len()); err != nil {
			return err
		}
	}
	return w.err
}

func (c *compiler) cteScan(n *plan.CTEScan, keep bool, st *NodeStats) rows {
	if n.CTE < 0 || n.CTE >= len(c.ctes) {
		return failRows(pgerr.Internal("no CTE %d", n.CTE))
	}
	out, w := c.output(n, keep, st), c.cte(n.CTE)
	return func(yield func(adt.Row, error) bool) {
		w.start()
		for i := 0; ; i++ {
			row, ok, err := w.at(i)
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok || !out.put(row, false, yield) {
				return
			}
		}
	}
}

// workTable holds the rows that the last round of a RecursiveUnion put out.
type workTable struct {
	rows  *store
	input int // what reads the table depends on this
}

func (c *compiler) workTable(id int) *workTable {
	if c.tables == nil {
		c.tables = map[int]*workTable{}
	}
	t := c.tables[id]
	if t == nil {
		t = &workTable{input: c.input()}
		c.tables[id] = t
	}
	return t
}

func (c *compiler) workTableScan(n *plan.WorkTableScan, keep bool, st *NodeStats) rows {
	out, t := c.output(n, keep, st), c.workTable(n.Table)
	c.free[t.input] = true
	return func(yield func(adt.Row, error) bool) {
		if t.rows == nil {
			return
		}
		for row, err := range t.rows.all() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !out.put(row, false, yield) {
				return
			}
		}
	}
}

// recursiveUnion puts out First, then Next over the rows of the round before,
// until a round gives none.
func (c *compiler) recursiveUnion(n *plan.RecursiveUnion, keep bool, st *NodeStats) rows {
	out, x, t := c.output(n, keep, st), c.x, c.workTable(n.Table)
	var first, next rows
	first = c.node(n.First, true)
	c.track(func() { next = c.node(n.Next, true) }, t.input)
	var seen *grouper
	var vals adt.Row
	if n.Group != nil {
		seen, vals = c.grouper(n.Group), make(adt.Row, len(n.Group))
	}
	return func(yield func(adt.Row, error) bool) {
		if seen != nil {
			seen.reset()
		}
		work, last := &store{x: x}, &store{x: x}
		defer func() {
			work.reset()
			last.reset()
			t.rows = nil
			x.version[t.input]++
		}()
		more := true
		round := func(in rows) {
			for row, err := range in {
				fresh := true
				if err == nil && seen != nil {
					for i, k := range n.Group {
						vals[i] = row[k.Slot]
					}
					_, fresh, err = seen.find(vals)
				}
				if err == nil && fresh {
					err = work.add(row)
				}
				if err == nil && !fresh {
					err = x.tick()
				}
				if err != nil {
					yield(nil, err)
					more = false
					return
				}
				if !fresh {
					continue
				}
				if !out.put(row, false, yield) {
					more = false
					return
				}
			}
		}
		round(first)
		for more && work.len() > 0 {
			last.reset()
			work, last = last, work
			t.rows = last
			x.version[t.input]++
			round(next)
		}
	}
}
