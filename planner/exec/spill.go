package exec

import (
	"container/heap"

	"github.com/flowgres/flowgres/planner/adt"
)

// spill holds a sort's runs in one temporary file.
type spill struct {
	*tempFile
	runs []extent
}

func newSpill(x *state) (*spill, error) {
	f, err := newTempFile(x, nil)
	if err != nil {
		return nil, err
	}
	return &spill{tempFile: f}, nil
}

const fileBuffer = 1 << 16

// writeRun appends a run of sorted rows.
func (s *spill) writeRun(rows []sortItem) error {
	run := extent{from: s.size}
	var buf []byte
	for i := range rows {
		buf = s.encode(buf, rows[i].row)
		if len(buf) < fileBuffer && i < len(rows)-1 {
			continue
		}
		if _, err := s.write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	run.to = s.size
	s.runs = append(s.runs, run)
	return nil
}

// runReader reads a run's rows.
type runReader struct {
	*fileReader
	num  int // the run's, which decides between equal rows
	head sortItem
}

// advance reads the next row; ok is false at the run's end.
func (r *runReader) advance(by *sorter) (ok bool, err error) {
	row, err := r.next()
	if row == nil || err != nil {
		return false, err
	}
	r.head = by.item(row)
	return true, nil
}

// merging is a heap of runs by their first rows.
type merging struct {
	s    *sorter
	runs []*runReader
}

func (m *merging) Len() int      { return len(m.runs) }
func (m *merging) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *merging) Push(v any)    { m.runs = append(m.runs, v.(*runReader)) }
func (m *merging) Less(i, j int) bool {
	if n := m.s.compare(&m.runs[i].head, &m.runs[j].head); n != 0 {
		return n < 0
	}
	return m.runs[i].num < m.runs[j].num
}

func (m *merging) Pop() any {
	r := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return r
}

// merge gives all runs' rows in order, but for the first ones.
func (s *spill) merge(by *sorter, skip int64) rows {
	return func(yield func(adt.Row, error) bool) {
		m := &merging{s: by}
		buffer := int(min(fileBuffer, max(4096, s.x.workMem/int64(len(s.runs)+1))))
		for i, r := range s.runs {
			rd := &runReader{num: i, fileReader: s.reader(r, buffer)}
			ok, err := rd.advance(by)
			if err != nil {
				yield(nil, err)
				return
			}
			if ok {
				m.runs = append(m.runs, rd)
			}
		}
		heap.Init(m)
		for n := int64(1); len(m.runs) > 0; n++ {
			top := m.runs[0]
			if err := s.x.takeCmpErr(); err != nil {
				yield(nil, err)
				return
			}
			if n > skip && !yield(top.head.row, nil) || n == by.first {
				return
			}
			ok, err := top.advance(by)
			if err != nil {
				yield(nil, err)
				return
			}
			if ok {
				heap.Fix(m, 0)
			} else {
				heap.Pop(m)
			}
		}
	}
}
