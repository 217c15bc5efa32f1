package exec

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"

	"github.com/flowgres/flowgres/planner/adt"
)

// runs are sorted runs of rows in temporary files. Where there are as many as
// may be read at once they are merged into one of the next level, so that
// reading them all takes no more memory than WorkMem (tuplesort.c's merge passes).
type runs struct {
	x      *state
	codec  *codec
	keys   runKeys
	first  int64 // only so many first rows are wanted; 0: all
	levels []runLevel
	most   int64 // the most bytes that the files had
}

// runKeys knows the order of rows from their bytes.
type runKeys interface {
	// loadRun makes a run's first row ready to be compared.
	loadRun(r *run) error
	// compareRuns orders the first rows of two runs.
	compareRuns(a, b *run) int
}

// runLevel holds runs that were merged equally often, in one file.
type runLevel struct {
	file *tempFile
	runs []extent
}

const (
	fileBuffer = 1 << 16
	readBuffer = 4 << 10 // the least, of a run that is read
	leastOrder = 6       // runs that are merged at once however little WorkMem is (MINORDER)
)

// order is how many runs are merged at once.
func (s *runs) order() int { return int(max(leastOrder, s.x.workMem/(2*readBuffer))) }

// runWriter appends a run to a level's file.
type runWriter struct {
	s     *runs
	level int
	run   extent
	buf   []byte
}

// begin begins a run of a level.
func (s *runs) begin(level int) (*runWriter, error) {
	for len(s.levels) <= level {
		s.levels = append(s.levels, runLevel{})
	}
	l := &s.levels[level]
	if l.file == nil {
		var err error
		if l.file, err = newTempFile(s.x, s.codec); err != nil {
			return nil, err
		}
	}
	return &runWriter{s: s, level: level, run: extent{from: l.file.size}}, nil
}

// add appends the bytes of a row.
func (w *runWriter) add(row []byte) error {
	w.buf = append(binary.LittleEndian.AppendUint32(w.buf, uint32(len(row))), row...)
	return w.spare()
}

// addWhole appends the bytes of a row after its length, which they begin with.
func (w *runWriter) addWhole(row string) error {
	w.buf = append(w.buf, row...)
	return w.spare()
}

// addRow is add of a row that the codec has not written yet.
func (w *runWriter) addRow(row adt.Row) error {
	w.buf = w.s.levels[w.level].file.encode(w.buf, row)
	return w.spare()
}

// spare writes the buffer when it is full.
func (w *runWriter) spare() error {
	if len(w.buf) < min(fileBuffer, max(readBuffer, int(w.s.x.workMem/8))) {
		return nil
	}
	return w.flush()
}

func (w *runWriter) flush() error {
	_, err := w.s.levels[w.level].file.write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// end ends the run, and merges those of its level if they have become too many.
func (w *runWriter) end() error {
	if err := w.flush(); err != nil {
		return err
	}
	l := &w.s.levels[w.level]
	w.run.to = l.file.size
	l.runs = append(l.runs, w.run)
	w.s.most = max(w.s.most, w.s.size())
	if len(l.runs) < w.s.order() {
		return nil
	}
	return w.s.lift(w.level)
}

// lift merges the runs of a level into one of the next.
func (s *runs) lift(level int) error {
	w, err := s.begin(level + 1)
	if err != nil {
		return err
	}
	err = s.merge(level, level+1, func(r *run) error { return w.add(r.row) })
	if err != nil {
		return err
	}
	l := &s.levels[level]
	l.runs = l.runs[:0]
	if err := l.file.empty(); err != nil {
		return err
	}
	return w.end()
}

func (s *runs) size() (n int64) {
	for _, l := range s.levels {
		if l.file != nil {
			n += l.file.size
		}
	}
	return n
}

func (s *runs) close() {
	for _, l := range s.levels {
		if l.file != nil {
			l.file.close()
		}
	}
	s.levels = nil
}

// run is one that is read.
type run struct {
	r    *bufio.Reader
	num  int               // decides between equal rows
	read int               // bytes of r that row takes
	row  []byte            // good until the next
	room []byte            // for a row that is longer than what r holds
	text string            // the keys' own: the row again,
	item sortItem[adt.Row] // or read back
}

// next reads a run's next row; false is its end.
func (s *runs) next(r *run) (bool, error) {
	if _, err := r.r.Discard(r.read); err != nil {
		return false, errSpill(err)
	}
	head, err := r.r.Peek(4)
	if r.read = 4; err == io.EOF && len(head) == 0 {
		return false, nil
	} else if err != nil {
		return false, errSpill(err)
	}
	n := int(binary.LittleEndian.Uint32(head))
	if r.row, err = r.r.Peek(4 + n); err == nil {
		r.read, r.row = 4+n, r.row[4:]
		return true, s.keys.loadRun(r)
	}
	if err != bufio.ErrBufferFull {
		return false, errSpill(err)
	}
	if cap(r.room) < n {
		r.room = make([]byte, n+n/2)
	}
	r.row, r.read = r.room[:n], 0
	if _, err := r.r.Discard(4); err != nil {
		return false, errSpill(err)
	}
	if _, err := io.ReadFull(r.r, r.row); err != nil {
		return false, errSpill(err)
	}
	return true, s.keys.loadRun(r)
}

// merging is a heap of runs by their first rows.
type merging struct {
	s    *runs
	runs []*run
}

func (m *merging) Len() int      { return len(m.runs) }
func (m *merging) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *merging) Push(v any)    { m.runs = append(m.runs, v.(*run)) }
func (m *merging) Less(i, j int) bool {
	if n := m.s.keys.compareRuns(m.runs[i], m.runs[j]); n != 0 {
		return n < 0
	}
	return m.runs[i].num < m.runs[j].num
}

func (m *merging) Pop() any {
	r := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return r
}

// final merges levels until what is left can be read at once.
func (s *runs) final() error {
	for level := range s.levels {
		n := 0
		for _, l := range s.levels {
			n += len(l.runs)
		}
		if n <= s.order() {
			return nil
		}
		if len(s.levels[level].runs) > 0 {
			if err := s.lift(level); err != nil {
				return err
			}
		}
	}
	return nil
}

// each gives all rows in order but for the first ones, as row makes them.
func (s *runs) each(skip int64, row func(r *run) (adt.Row, error)) rows {
	return func(yield func(adt.Row, error) bool) {
		n := int64(0)
		err := s.merge(0, len(s.levels), func(r *run) error {
			if n++; n <= skip {
				return nil
			}
			out, err := row(r)
			if err == nil && !yield(out, nil) {
				err = errStopped
			}
			return err
		})
		if err != nil && err != errStopped {
			yield(nil, err)
		}
	}
}

// merge gives the rows of levels from one on up to another in order; a row is
// good until the next. Rows of higher levels came in first.
func (s *runs) merge(from, to int, each func(r *run) error) error {
	m := &merging{s: s}
	count := 0
	for _, l := range s.levels[from:to] {
		count += len(l.runs)
	}
	buffer := min(fileBuffer, max(readBuffer, s.x.workMem/int64(count+1)))
	held := buffer * int64(count)
	if err := s.x.hold(held); err != nil {
		return err
	}
	defer s.x.release(held)
	num := 0
	for level := to - 1; level >= from; level-- {
		l := &s.levels[level]
		for _, e := range l.runs {
			r := &run{num: num, r: bufio.NewReaderSize(io.NewSectionReader(watchedFile{l.file}, e.from, e.to-e.from), int(buffer))}
			num++
			ok, err := s.next(r)
			if err != nil {
				return err
			}
			if ok {
				m.runs = append(m.runs, r)
			}
		}
	}
	heap.Init(m)
	for n := int64(1); len(m.runs) > 0; n++ {
		top := m.runs[0]
		err := s.x.tick()
		if err == nil {
			err = s.x.takeCmpErr()
		}
		if err == nil {
			err = each(top)
		}
		if err != nil || n == s.first {
			return err
		}
		ok, err := s.next(top)
		if err != nil {
			return err
		}
		if ok {
			heap.Fix(m, 0)
		} else {
			heap.Pop(m)
		}
	}
	return nil
}
