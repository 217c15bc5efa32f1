package exec

import (
	"container/heap"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// sortEntry is a row to sort with its place in the input, which decides
// between equal rows: the order is stable.
type sortEntry struct {
	row adt.Row
	at  int64
}

// sorter sorts rows: in memory while they fit into WorkMem, else by merging
// sorted runs from temporary files.
type sorter struct {
	x       *state
	cols    []sortCol
	entries []sortEntry
	n       int64
	size    int64 // bytes of entries
	spill   *spill
	ticks   int
}

func (s *sorter) compare(a, b sortEntry) int {
	if s.ticks++; s.ticks&4095 == 0 && s.x.cmpErr == nil {
		s.x.cmpErr = s.x.canceled()
	}
	if n := compareRows(s.cols, a.row, b.row); n != 0 {
		return n
	}
	if a.at < b.at {
		return -1
	}
	return 1
}

func (s *sorter) add(row adt.Row) error {
	s.entries = append(s.entries, sortEntry{row, s.n})
	s.n++
	size := rowSize(row) + 32
	s.size += size
	if err := s.x.hold(size); err != nil {
		return err
	}
	if s.size > s.x.workMem {
		return s.flush()
	}
	return nil
}

func (s *sorter) sort() error {
	slices.SortFunc(s.entries, s.compare)
	return s.x.takeCmpErr()
}

// flush writes the rows held as a sorted run.
func (s *sorter) flush() error {
	if err := s.sort(); err != nil {
		return err
	}
	if s.spill == nil {
		var err error
		if s.spill, err = newSpill(s.x); err != nil {
			return err
		}
	}
	if err := s.spill.writeRun(s.entries); err != nil {
		return err
	}
	clear(s.entries)
	s.entries = s.entries[:0]
	s.x.release(s.size)
	s.size = 0
	return nil
}

// rows gives the sorted rows.
func (s *sorter) rows() rows {
	if err := s.sort(); err != nil {
		return failRows(err)
	}
	if s.spill != nil {
		return s.spill.merge(s)
	}
	return func(yield func(adt.Row, error) bool) {
		for _, e := range s.entries {
			if !yield(e.row, nil) {
				return
			}
		}
	}
}

func (s *sorter) close() {
	s.x.release(s.size)
	s.entries, s.size = nil, 0
	if s.spill != nil {
		s.spill.close()
		s.spill = nil
	}
}

// topN keeps the first rows of the order only: a heap with the last on top.
type topN struct{ *sorter }

func (t topN) Len() int           { return len(t.entries) }
func (t topN) Less(i, j int) bool { return t.compare(t.entries[i], t.entries[j]) > 0 }
func (t topN) Swap(i, j int)      { t.entries[i], t.entries[j] = t.entries[j], t.entries[i] }
func (t topN) Push(v any)         { t.entries = append(t.entries, v.(sortEntry)) }
func (t topN) Pop() any {
	last := len(t.entries) - 1
	e := t.entries[last]
	t.entries[last] = sortEntry{}
	t.entries = t.entries[:last]
	return e
}

// add takes a row in if it is among the first limit rows so far.
func (t topN) add(row adt.Row, limit int) error {
	e := sortEntry{row, t.n}
	t.n++
	if len(t.entries) < limit {
		size := rowSize(row) + 32
		t.size += size
		heap.Push(t, e)
		return t.x.hold(size)
	}
	if t.compare(e, t.entries[0]) < 0 {
		old, size := rowSize(t.entries[0].row), rowSize(row)
		t.entries[0] = e
		heap.Fix(t, 0)
		t.size += size - old
		t.x.release(old)
		if err := t.x.hold(size); err != nil {
			return err
		}
	}
	return t.x.cmpErr
}

// sort orders its input. A limit that is small keeps only that many rows.
func (c *compiler) sort(n *plan.Sort, keep bool, st *NodeStats) rows {
	const maxHeap = 100_000
	x, out := c.x, c.output(n, keep, st)
	var in rows
	var limit eval
	deps := c.track(func() {
		in = c.node(n.Input, true)
		if n.Limit != nil {
			limit = c.expr(n.Limit)
		}
	})
	cols := c.sortCols(n.Keys)
	k := kept{x: x, deps: deps}
	var s *sorter
	fill := func() error {
		if k.fresh() {
			return nil
		}
		if s != nil {
			s.close()
		} else {
			x.closers = append(x.closers, func() { s.close() })
		}
		s = &sorter{x: x, cols: cols}
		most := int64(0)
		if limit != nil {
			v, err := limit(nil)
			if err != nil {
				return err
			}
			most, _ = v.(int64)
		}
		bounded := most > 0 && most <= maxHeap
		for row, err := range in {
			if err != nil {
				return err
			}
			if bounded {
				err = topN{s}.add(row, int(most))
			} else {
				err = s.add(row)
			}
			if err != nil {
				return err
			}
		}
		k.mark()
		if st != nil {
			st.SortMethod, st.SpaceKB, st.OnDisk = "quicksort", (s.size+1023)/1024, s.spill != nil
			switch {
			case bounded && s.n > most:
				st.SortMethod = "top-N heapsort"
			case s.spill != nil:
				st.SortMethod, st.SpaceKB = "external merge", (s.spill.written+1023)/1024
			}
		}
		return nil
	}
	return func(yield func(adt.Row, error) bool) {
		if err := fill(); err != nil {
			yield(nil, err)
			return
		}
		for row, err := range s.rows() {
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
