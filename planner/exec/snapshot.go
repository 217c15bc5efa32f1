package exec

import (
	"context"
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// snapshot holds the rows of one scan of a statement that also writes in a
// WITH. All parts of such a statement see the tables as they were before it
// (documentation section "Data-Modifying Statements in WITH"), so a scan's rows
// are taken before the first write to its table and kept. A scan with values
// that come late is not taken: its rows are as they are when it opens.
type snapshot struct {
	x     *state
	scan  *plan.Scan
	taken bool
	rows  *store
	err   error
}

// snapshot gives the snapshot that a scan must read from, or nil.
func (c *compiler) snapshot(n *plan.Scan) *snapshot {
	if len(n.Args) > 0 || n.Relation == nil {
		return nil
	}
	for _, w := range c.plan.CTEs {
		if w.Modifying {
			s := &snapshot{x: c.x, scan: n}
			c.x.snapshots = append(c.x.snapshots, s)
			return s
		}
	}
	return nil
}

// take reads the scan to its end, once.
func (s *snapshot) take(ctx context.Context) {
	if s.taken {
		return
	}
	s.taken, s.rows = true, &store{x: s.x}
	for page, err := range s.scan.Fdw.Open(ctx, nil) {
		for _, row := range page {
			if err == nil {
				err = s.rows.add(row)
			}
		}
		if err != nil {
			s.err = err
			return
		}
	}
}

// pages gives the rows taken.
func (s *snapshot) pages(ctx context.Context) iter.Seq2[[]adt.Row, error] {
	return func(yield func([]adt.Row, error) bool) {
		s.take(ctx)
		page := make([]adt.Row, 0, storeRows)
		for row, err := range s.rows.all() {
			if err != nil {
				yield(nil, err)
				return
			}
			if page = append(page, row); len(page) < storeRows {
				continue
			}
			if !yield(page, nil) {
				return
			}
			page = make([]adt.Row, 0, storeRows)
		}
		if len(page) > 0 && !yield(page, nil) {
			return
		}
		if s.err != nil {
			yield(nil, s.err)
		}
	}
}

// takeSnapshots takes those of a table that is about to be written.
func (x *state) takeSnapshots(r *nodes.Relation) {
	for _, s := range x.snapshots {
		if s.scan.Relation.OID == r.OID {
			s.take(x.ctx)
		}
	}
}
