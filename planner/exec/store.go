package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
)

// store keeps rows to be read again, from any place: in memory while they fit
// into WorkMem, the earlier ones in a temporary file after that (tuplestore.c).
type store struct {
	x      *state
	thin   *narrow   // rows given are good until the next is asked for
	rows   []adt.Row // those from base on
	base   int
	size   int64 // bytes of rows
	file   *tempFile
	blocks []extent
	cache  [16]cachedBlock
	clock  int
}

// storeBlock is the number of rows that are written and read at once.
const storeBlock = 128

type cachedBlock struct {
	num  int // 1-based; 0: none
	rows []adt.Row
}

func (s *store) len() int { return s.base + len(s.rows) }

func (s *store) add(row adt.Row) error {
	row = s.thin.take(row)
	n := rowSize(row)
	s.size += n
	s.rows = append(s.rows, row)
	if err := s.x.hold(n); err != nil {
		return err
	}
	if s.size > s.x.workMem && len(s.rows) > storeBlock {
		return s.flush()
	}
	return nil
}

// flush moves whole blocks to the file.
func (s *store) flush() (err error) {
	if s.file == nil {
		if s.file, err = newTempFile(s.x, nil); err != nil {
			return err
		}
	}
	var buf []byte
	for len(s.rows) >= storeBlock {
		buf = buf[:0]
		for _, r := range s.rows[:storeBlock] {
			buf = s.file.encode(buf, r)
		}
		e, err := s.file.write(buf)
		if err != nil {
			return err
		}
		s.blocks = append(s.blocks, e)
		s.rows = s.rows[storeBlock:]
		s.base += storeBlock
	}
	s.rows = append([]adt.Row(nil), s.rows...)
	left := int64(0)
	for _, r := range s.rows {
		left += rowSize(r)
	}
	s.x.release(s.size - left)
	s.size = left
	return nil
}

// at gives a row.
func (s *store) at(i int) (adt.Row, error) {
	if i >= s.base {
		return s.thin.widen(s.rows[i-s.base]), nil
	}
	num := i/storeBlock + 1
	for c := range s.cache {
		if s.cache[c].num == num {
			return s.thin.widen(s.cache[c].rows[i%storeBlock]), nil
		}
	}
	s.clock = (s.clock + 1) % len(s.cache)
	c := &s.cache[s.clock]
	*c = cachedBlock{}
	e := s.blocks[num-1]
	r := s.file.reader(e, int(e.to-e.from))
	rows := make([]adt.Row, storeBlock)
	for i := range rows {
		var err error
		if rows[i], err = r.next(); err != nil {
			return nil, err
		}
	}
	*c = cachedBlock{num, rows}
	return s.thin.widen(rows[i%storeBlock]), nil
}

// reset forgets all rows.
func (s *store) reset() {
	s.x.release(s.size)
	clear(s.rows)
	s.rows, s.base, s.size, s.blocks, s.cache = s.rows[:0], 0, 0, nil, [16]cachedBlock{}
	if s.file != nil {
		s.file.close()
		s.file = nil
	}
}

// all visits the rows; those added meanwhile too.
func (s *store) all() rows {
	return func(yield func(adt.Row, error) bool) {
		for i := 0; i < s.len(); i++ {
			row, err := s.at(i)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
