package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// sorter sorts rows: in memory while they fit into WorkMem, else by merging
// sorted runs from a temporary file.
type sorter struct {
	x     *state
	cols  []sortCol
	rows  []sortItem[adt.Row]
	limit int // only so many first rows are wanted; 0: all
	top   *topRows
	cur   sortItem[adt.Row] // the row that is put in
	n     int64             // rows put in
	size  int64             // bytes of rows
	runs  *runs             // nil: all rows are in memory
	ticks int
}

const itemSize = 40

// tie compares rows whose first keys have the same number.
func (s *sorter) tie(a, b *sortItem[adt.Row]) int {
	if s.ticks++; s.ticks&127 == 0 && s.x.cmpErr == nil {
		s.x.cmpErr = s.x.canceled()
	}
	if len(s.cols) > 0 && s.cols[0].decided(a.key) {
		return compareRows(s.cols[1:], a.row, b.row)
	}
	return compareRows(s.cols, a.row, b.row)
}

func (s *sorter) item(row adt.Row) sortItem[adt.Row] {
	if len(s.cols) == 0 {
		return sortItem[adt.Row]{row: row}
	}
	return sortItem[adt.Row]{s.cols[0].number(row[s.cols[0].slot]), row}
}

func (s *sorter) add(row adt.Row) error {
	s.n++
	size := rowSize(row) + itemSize
	s.cur = s.item(row)
	if s.top != nil {
		last := s.top.rows[0]
		if s.top.offer(&s.cur) {
			s.size += size
			s.drop(rowSize(last.row) + itemSize)
			if err := s.x.hold(size); err != nil {
				return err
			}
		}
		if s.size > s.x.workMem && s.x.cmpErr == nil {
			return s.flush()
		}
		return s.x.cmpErr
	}
	s.rows = append(s.rows, s.cur)
	s.size += size
	if err := s.x.hold(size); err != nil {
		return err
	}
	if s.limit > 0 && len(s.rows) > 2*s.limit {
		s.bound()
		return s.x.cmpErr
	}
	if s.size > s.x.workMem {
		return s.flush()
	}
	return nil
}

func (s *sorter) drop(size int64) {
	s.size -= size
	s.x.release(size)
}

// bound goes over to keeping the first rows only (make_bounded_heap).
func (s *sorter) bound() {
	s.top = &topRows{tie: s.tie}
	for i := range s.rows {
		it := &s.rows[i]
		if len(s.top.rows) < s.limit {
			s.top.insert(it)
			continue
		}
		last := s.top.rows[0]
		if !s.top.offer(it) {
			last = *it
		}
		s.drop(rowSize(last.row) + itemSize)
	}
	s.rows = nil
}

func (s *sorter) sort() error {
	if s.top != nil {
		s.top.sort()
		s.rows = s.top.rows
	} else {
		sortRows(s.rows, s.tie, s.x.stopped)
	}
	return s.x.takeCmpErr()
}

// flush writes the rows held as a sorted run.
func (s *sorter) flush() error {
	if err := s.sort(); err != nil {
		return err
	}
	if s.runs == nil {
		s.runs = &runs{x: s.x, codec: newCodec(nil), keys: s, first: int64(s.limit)}
		s.limit, s.top = 0, nil
	}
	w, err := s.runs.begin(0)
	if err != nil {
		return err
	}
	for i := range s.rows {
		if err := w.addRow(s.rows[i].row); err != nil {
			return err
		}
	}
	clear(s.rows)
	s.rows = s.rows[:0]
	s.drop(s.size)
	return w.end()
}

// done ends the input: the rows are sorted.
func (s *sorter) done() error {
	if s.runs == nil {
		return s.sort()
	}
	if len(s.rows) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return s.runs.final()
}

// each gives the sorted rows but for the first ones.
func (s *sorter) each(skip int64) rows {
	if s.runs != nil {
		return s.runs.each(skip, func(r *run) (adt.Row, error) { return r.item.row, nil })
	}
	return func(yield func(adt.Row, error) bool) {
		for i := int(min(skip, int64(len(s.rows)))); i < len(s.rows); i++ {
			if !yield(s.rows[i].row, nil) {
				return
			}
		}
	}
}

func (s *sorter) close() {
	s.drop(s.size)
	s.rows, s.top = nil, nil
	if s.runs != nil {
		s.runs.close()
		s.runs = nil
	}
}

func (s *sorter) bytes() int64              { return s.size }
func (s *sorter) spilled() bool             { return s.runs != nil }
func (s *sorter) len() int                  { return len(s.rows) }
func (s *sorter) at(i int) (adt.Row, error) { return s.rows[i].row, nil }

// loadRun is runKeys'.
func (s *sorter) loadRun(r *run) error {
	row, err := s.runs.codec.row(r.row, nil)
	if err == nil {
		r.item = s.item(row)
	}
	return err
}

// compareRuns is runKeys'.
func (s *sorter) compareRuns(a, b *run) int { return inOrder(&a.item, &b.item, s.tie) }

func (s *sorter) describe(st *NodeStats) {
	st.SortMethod, st.SpaceKB, st.OnDisk = "quicksort", (s.size+1023)/1024, s.runs != nil
	switch {
	case s.top != nil:
		st.SortMethod = "top-N heapsort"
	case s.runs != nil:
		st.SortMethod, st.SpaceKB = "external merge", (s.runs.most+1023)/1024
	}
}

// sorting is what sorts rows: a sorter or a packedSorter.
type sorting interface {
	add(row adt.Row) error
	done() error
	each(skip int64) rows
	close()
	describe(st *NodeStats)
	bytes() int64  // of the rows held
	spilled() bool // rows are in a temporary file
	len() int      // rows held
	at(i int) (adt.Row, error)
}

// sort orders its input.
func (c *compiler) sort(n *plan.Sort, keep bool, st *NodeStats) rows {
	if n.Presorted > 0 {
		return c.sortPlaces(n, keep, st)
	}
	x, out := c.x, c.output(n, keep, st)
	var in rows
	var limit eval
	cols, skip := c.sortCols(n.Keys), c.skips[n]
	packed := n.Limit == nil && packs(cols)
	var thin *narrow
	if !packed {
		thin = newNarrow(live(n.Input), width(n.Input))
		cols = thin.slots(cols)
	}
	deps := c.track(func() {
		in = c.node(n.Input, !packed && thin == nil)
		if n.Limit != nil {
			limit = c.expr(n.Limit)
		}
	})
	k := kept{x: x, deps: deps}
	var s sorting
	fill := func() error {
		if k.fresh() {
			return nil
		}
		if s != nil {
			s.close()
		}
		most := int64(0)
		if limit != nil {
			v, err := limit(nil)
			if err != nil {
				return err
			}
			most, _ = v.(int64)
		}
		if packed {
			s = newPackedSorter(x, cols, live(n.Input), width(n.Input))
		} else {
			o := &sorter{x: x, cols: cols}
			if most > 0 && most < 1<<30 {
				o.limit = int(most)
			}
			s = o
		}
		for row, err := range in {
			if err != nil {
				return err
			}
			if err := s.add(thin.take(row)); err != nil {
				return err
			}
		}
		if err := s.done(); err != nil {
			return err
		}
		k.mark()
		if st != nil {
			s.describe(st)
		}
		return nil
	}
	return func(yield func(adt.Row, error) bool) {
		if err := fill(); err != nil {
			yield(nil, err)
			return
		}
		from := int64(0)
		if skip != nil {
			from = *skip
		}
		for row, err := range s.each(from) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !out.put(thin.widen(row), packed || thin != nil, yield) {
				return
			}
		}
	}
}
