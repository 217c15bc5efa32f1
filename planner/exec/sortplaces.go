package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// placeSort orders an input that comes place by place (plan.Base.Marks) by keys
// of which the places are the first: the rows of a place go out before the next
// is read (ExecIncrementalSort).
type placeSort struct {
	x     *state
	n     *plan.Sort
	cols  []sortCol
	in    rows
	limit eval   // how many rows are wanted; nil: all
	skip  *int64 // how many of them nobody looks at; nil: none
	out   *output
	st    *NodeStats
	kept  kept
	saved *store // all that were wanted, with kept
}

func (c *compiler) sortPlaces(n *plan.Sort, keep bool, st *NodeStats) rows {
	p := &placeSort{x: c.x, n: n, cols: c.sortCols(n.Keys), skip: c.skips[n], out: c.output(n, keep, st), st: st, saved: &store{x: c.x}}
	p.kept = kept{x: c.x, deps: c.track(func() {
		p.in = c.node(n.Input, true)
		if n.Limit != nil {
			p.limit = c.expr(n.Limit)
		}
	})}
	return func(yield func(adt.Row, error) bool) {
		r := &placeRun{placeSort: p, yield: yield}
		run := r.sort
		if p.kept.fresh() {
			run = r.replay
		}
		if err := run(); err != nil {
			yield(nil, err)
		}
	}
}

// placeRun is one run of a placeSort.
type placeRun struct {
	*placeSort
	yield func(adt.Row, error) bool
	s     *sorter // of the place that is being read
	at    int64   // rows given
	most  int64   // that are wanted; 0: all
}

// replay gives the rows of the run before.
func (r *placeRun) replay() error {
	for row, err := range r.saved.all() {
		if err != nil || !r.put(row) {
			return err
		}
	}
	return nil
}

func (r *placeRun) sort() error {
	if r.limit != nil {
		v, err := r.limit(nil)
		if err != nil {
			return err
		}
		r.most, _ = v.(int64)
	}
	r.saved.reset()
	r.kept.valid = false
	r.begin()
	defer func() { r.s.close() }()
	for row, err := range r.in {
		if err != nil {
			return err
		}
		if row != nil {
			if err := r.s.add(row); err != nil {
				return err
			}
			if r.n.Presorted < len(r.cols) {
				continue
			}
		}
		if more, err := r.flush(); err != nil || !more {
			return err
		}
		if row == nil && r.n.Marks && !r.yield(nil, nil) {
			return nil
		}
	}
	more, err := r.flush()
	if more && r.limit != nil {
		r.kept.mark()
	}
	return err
}

// begin makes a sorter for the next place.
func (r *placeRun) begin() {
	r.s = &sorter{x: r.x, cols: r.cols}
	if left := r.most - r.at; r.most > 0 && left > 0 && left < 1<<30 {
		r.s.limit = int(left)
	}
}

// flush gives the rows of a place, in order. It tells whether more are wanted.
func (r *placeRun) flush() (more bool, err error) {
	if err := r.s.done(); err != nil {
		return false, err
	}
	if r.st != nil {
		r.s.describe(r.st)
	}
	for row, err := range r.s.each(0) {
		if err == nil && r.limit != nil {
			err = r.saved.add(row)
		}
		if err != nil {
			return false, err
		}
		last := r.most > 0 && r.at+1 >= r.most
		if last {
			r.kept.mark()
		}
		if !r.put(row) || last {
			return false, nil
		}
	}
	r.s.close()
	r.begin()
	return true, nil
}

// put gives a row, or passes one over that nobody looks at.
func (r *placeRun) put(row adt.Row) bool {
	r.at++
	return r.skip != nil && r.at <= *r.skip || r.out.put(row, true, r.yield)
}
