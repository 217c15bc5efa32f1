package exec

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"
	"os"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// spill holds sorted runs in one temporary file, which has no name any more
// once it is open where the system allows that.
type spill struct {
	x       *state
	codec   *codec
	file    *os.File
	runs    []run
	written int64
	removed bool
}

// run is a sorted run: a part of the file.
type run struct{ from, to int64 }

func errSpill(err error) error {
	return pgerr.New(pgerrcode.IOError, "could not use a temporary file: %v", err)
}

func newSpill(x *state) (*spill, error) {
	f, err := os.CreateTemp(x.run.TempDir, "flowgres-sort-*")
	if err != nil {
		return nil, errSpill(err)
	}
	s := &spill{x: x, codec: newCodec(x), file: f}
	s.removed = os.Remove(f.Name()) == nil
	return s, nil
}

func (s *spill) close() {
	s.file.Close()
	if !s.removed {
		os.Remove(s.file.Name())
	}
}

// writeRun appends a run of sorted rows, each after its length.
func (s *spill) writeRun(rows []sortItem) error {
	w := bufio.NewWriterSize(io.NewOffsetWriter(s.file, s.written), 1<<16)
	from := s.written
	var buf []byte
	for i, it := range rows {
		if i&255 == 0 {
			if err := s.x.canceled(); err != nil {
				return err
			}
		}
		var err error
		if buf, err = s.codec.appendRow(buf[:0], it.row); err != nil {
			return err
		}
		var head [binary.MaxVarintLen64]byte
		n := binary.PutUvarint(head[:], uint64(len(buf)))
		if _, err := w.Write(head[:n]); err != nil {
			return errSpill(err)
		}
		if _, err := w.Write(buf); err != nil {
			return errSpill(err)
		}
		s.written += int64(n + len(buf))
	}
	if err := w.Flush(); err != nil {
		return errSpill(err)
	}
	s.runs = append(s.runs, run{from, s.written})
	return nil
}

// runReader reads a run's rows.
type runReader struct {
	r    *bufio.Reader
	num  int // the run's, which decides between equal rows
	head sortItem
	buf  []byte
}

// next reads the next row; ok is false at the run's end.
func (r *runReader) next(c *codec, by *sorter) (ok bool, err error) {
	n, err := binary.ReadUvarint(r.r)
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, errSpill(err)
	}
	if uint64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.r, r.buf); err != nil {
		return false, errSpill(err)
	}
	row, err := c.row(r.buf)
	if err != nil {
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

// merge gives all runs' rows in order.
func (s *spill) merge(by *sorter) rows {
	return func(yield func(adt.Row, error) bool) {
		m := &merging{s: by}
		for i, r := range s.runs {
			rd := &runReader{num: i, r: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.to-r.from), 1<<16)}
			ok, err := rd.next(s.codec, by)
			if err != nil {
				yield(nil, err)
				return
			}
			if ok {
				m.runs = append(m.runs, rd)
			}
		}
		heap.Init(m)
		for len(m.runs) > 0 {
			top := m.runs[0]
			if err := s.x.takeCmpErr(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(top.head.row, nil) {
				return
			}
			ok, err := top.next(s.codec, by)
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
