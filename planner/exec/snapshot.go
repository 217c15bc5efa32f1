package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// snapshot holds the rows of a Frozen scan, taken before the first write to its table
// and kept.
type snapshot struct {
	x     *state
	table OID
	open  func() (iter.Seq2[[]adt.Row, error], error)
	taken bool
	rows  *store
	err   error
}

// snapshot gives the snapshot that a scan must read from, or nil.
func (c *compiler) snapshot(n *plan.Scan, open func() (iter.Seq2[[]adt.Row, error], error)) *snapshot {
	if !n.Frozen {
		return nil
	}
	s := &snapshot{x: c.x, table: n.Relation.OID, open: open}
	c.x.snapshots = append(c.x.snapshots, s)
	return s
}

// take reads the scan to its end, once.
func (s *snapshot) take() {
	if s.taken {
		return
	}
	s.taken, s.rows = true, &store{x: s.x}
	pages, err := s.open()
	if err != nil {
		s.err = err
		return
	}
	for page, err := range pages {
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
func (s *snapshot) pages() iter.Seq2[[]adt.Row, error] {
	return func(yield func([]adt.Row, error) bool) {
		s.take()
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
		if s.table == r.OID {
			s.take()
		}
	}
}
