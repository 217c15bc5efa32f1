package exec

import (
	"sort"

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
	blocks []storeBlock
	held   int64          // bytes of blocks and cache
	cached []*cachedBlock // the last one read first
}

// storeBlock is a part of the file that is read at once; it ends where the next begins.
type storeBlock struct {
	first int // its first row
	from  int64
}

type cachedBlock struct {
	first int
	rows  []adt.Row
	size  int64
}

// Blocks end after so many rows, or bytes.
const (
	storeRows  = 128
	storeBytes = 8 << 10
	storeCache = 16 // blocks at most
)

func (s *store) len() int { return s.base + len(s.rows) }

func (s *store) add(row adt.Row) error {
	row = s.thin.take(row)
	n := rowSize(row)
	s.size += n
	s.rows = append(s.rows, row)
	if err := s.x.hold(n); err != nil {
		return err
	}
	if s.size > s.x.workMem {
		return s.flush()
	}
	return nil
}

// flush moves the rows held to the file.
func (s *store) flush() (err error) {
	if s.file == nil {
		if s.file, err = newTempFile(s.x, newCodec(nil)); err != nil {
			return err
		}
	}
	var buf []byte
	written, at := s.file.size, 0
	held := s.held
	for i, r := range s.rows {
		if i == at {
			s.blocks = append(s.blocks, storeBlock{s.base + i, written + int64(len(buf))})
			s.held += 16
		}
		buf = s.file.encode(buf, r)
		b := s.blocks[len(s.blocks)-1]
		if s.base+i+1-b.first >= storeRows || written+int64(len(buf))-b.from >= storeBytes {
			at = i + 1 // where the next one begins
		}
		if len(buf) < fileBuffer && i < len(s.rows)-1 {
			continue
		}
		if _, err := s.file.write(buf); err != nil {
			return err
		}
		written, buf = s.file.size, buf[:0]
	}
	s.base += len(s.rows)
	clear(s.rows)
	s.rows = s.rows[:0]
	s.x.release(s.size)
	s.size = 0
	return s.x.hold(s.held - held)
}

// at gives a row.
func (s *store) at(i int) (adt.Row, error) {
	if i >= s.base {
		return s.thin.widen(s.rows[i-s.base]), nil
	}
	for n, c := range s.cached {
		if k := i - c.first; k >= 0 && k < len(c.rows) {
			if n > 0 {
				copy(s.cached[1:n+1], s.cached[:n])
				s.cached[0] = c
			}
			return s.thin.widen(c.rows[k]), nil
		}
	}
	c, err := s.load(sort.Search(len(s.blocks), func(b int) bool { return s.blocks[b].first > i }) - 1)
	if err != nil {
		return nil, err
	}
	return s.thin.widen(c.rows[i-c.first]), nil
}

// load reads a block into the cache.
func (s *store) load(num int) (*cachedBlock, error) {
	b, end := s.blocks[num], storeBlock{s.base, s.file.size}
	if num+1 < len(s.blocks) {
		end = s.blocks[num+1]
	}
	c := &cachedBlock{first: b.first, rows: make([]adt.Row, end.first-b.first)}
	r := s.file.reader(extent{b.from, end.from}, int(end.from-b.from))
	for i := range c.rows {
		row, err := r.next()
		if err != nil {
			return nil, err
		}
		c.rows[i] = row
		c.size += rowSize(row)
	}
	size := c.size
	for _, old := range s.cached {
		size += old.size
	}
	for n := len(s.cached); n > 0 && (n >= storeCache || n > 1 && size > s.x.workMem/2); n-- {
		size -= s.cached[n-1].size
		s.held -= s.cached[n-1].size
		s.x.release(s.cached[n-1].size)
		s.cached[n-1] = nil
		s.cached = s.cached[:n-1]
	}
	s.cached = append(s.cached, nil)
	copy(s.cached[1:], s.cached)
	s.cached[0] = c
	s.held += c.size
	return c, s.x.hold(c.size)
}

// reset forgets all rows.
func (s *store) reset() {
	s.x.release(s.size + s.held)
	clear(s.rows)
	s.rows, s.base, s.size, s.held, s.blocks, s.cached = s.rows[:0], 0, 0, 0, nil, nil
	if s.file != nil {
		s.file.close()
		s.file = nil
	}
}

// all visits the rows; those added meanwhile too. What is made for a row is gone when the next comes.
func (s *store) all() rows {
	return func(yield func(adt.Row, error) bool) {
		for i := 0; i < s.len(); i++ {
			made := s.x.made
			row, err := s.at(i)
			if !yield(row, err) || err != nil {
				return
			}
			s.x.made = made
		}
	}
}

// Store keeps rows as a query's nodes do, beyond the end of a query.
type Store struct {
	x *state
	s store
}

// NewStore makes an empty store that holds what WorkMem allows and puts the rest
// into a temporary file.
func NewStore(r *Runtime) *Store {
	x := newState(r, 0)
	return &Store{x: x, s: store{x: x}}
}

// Len is the number of its rows.
func (s *Store) Len() int { return s.s.len() }

// Add adds a row, which the store keeps.
func (s *Store) Add(row adt.Row) error { return s.s.add(row) }

// Row gives a row by number, from 0 on.
func (s *Store) Row(i int) (adt.Row, error) { return s.s.at(i) }

// Reset forgets all rows.
func (s *Store) Reset() { s.s.reset() }

// Close gives back what the store takes of memory and disk.
func (s *Store) Close() {
	s.s.reset()
	s.x.close()
}
