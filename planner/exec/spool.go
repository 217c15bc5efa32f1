package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
)

// spool holds the arguments that an aggregate with DISTINCT, ORDER BY or WITHIN
// GROUP sorts before it takes them, for all groups of a grouping set. While they fit
// into WorkMem each group's are sorted alone; after that all are sorted together,
// by group first, which takes one temporary file however many groups there are.
type spool struct {
	x      *state
	cols   []sortCol
	width  int // of rows
	groups []sorting
	size   int64 // bytes of groups
	all    sorting
	row    adt.Row // a row of all, read ahead
	buf    adt.Row
	slab   []adt.Datum
	next   func() (adt.Row, error, bool)
	stop   func()
}

// sorterSize is about what a sorter takes without rows.
const sorterSize = 256

// sorter makes a sorter of rows.
func (p *spool) sorter(cols []sortCol, width int) sorting {
	if packs(cols) {
		return newPackedSorter(p.x, cols, nil, width)
	}
	return &sorter{x: p.x, cols: cols}
}

// kept gives a row for a sorter: a copy, if it keeps rows.
func (p *spool) kept(row adt.Row) adt.Row {
	if packs(p.cols) {
		return row
	}
	if len(p.slab) < len(row) {
		p.slab = make([]adt.Datum, min(64, 4*len(p.groups)+1)*len(row))
	}
	out := p.slab[:len(row):len(row)]
	p.slab = p.slab[len(row):]
	copy(out, row)
	return out
}

// add takes a row of a group, which it copies.
func (p *spool) add(group int, vals adt.Row) error {
	if p.all == nil && len(p.groups) > 1 && p.size > p.x.workMem {
		if err := p.together(); err != nil {
			return err
		}
	}
	if p.all != nil {
		return p.addTo(p.all, group, vals)
	}
	for len(p.groups) <= group {
		p.groups = append(p.groups, nil)
	}
	s := p.groups[group]
	if s == nil {
		s = p.sorter(p.cols, p.width)
		p.groups[group] = s
		p.size += sorterSize
		if err := p.x.hold(sorterSize); err != nil {
			return err
		}
	}
	before := s.bytes()
	err := s.add(p.kept(vals))
	p.size += s.bytes() - before
	return err
}

// addTo adds a row to all.
func (p *spool) addTo(all sorting, group int, vals adt.Row) error {
	p.buf = append(append(p.buf[:0], int32(group)), vals...) //nolint:gosec // groups are numbered so
	return all.add(p.kept(p.buf))
}

// together goes over to sorting all groups' rows together.
func (p *spool) together() error {
	cols := []sortCol{intCol(adt.Int4OID)}
	for _, c := range p.cols {
		c.slot++
		cols = append(cols, c)
	}
	p.all = p.sorter(cols, p.width+1)
	for i, s := range p.groups {
		if s == nil {
			continue
		}
		err := s.done()
		for row, e := range s.each(0) {
			if err == nil {
				err = e
			}
			if err == nil {
				err = p.addTo(p.all, i, row)
			}
			if err != nil {
				return err
			}
		}
		s.close()
		p.groups[i] = nil
		p.size -= sorterSize
		p.x.release(sorterSize)
	}
	p.groups, p.size = nil, 0
	return nil
}

// sorted gives the rows of a group in order, once; groups are asked for in the
// order of their numbers. A row is good until the next.
func (p *spool) sorted(group int) rows {
	if p.all == nil {
		if group >= len(p.groups) || p.groups[group] == nil {
			return func(func(adt.Row, error) bool) {}
		}
		return func(yield func(adt.Row, error) bool) {
			s := p.groups[group]
			defer p.drop(group)
			if err := s.done(); err != nil {
				yield(nil, err)
				return
			}
			s.each(0)(yield)
		}
	}
	return func(yield func(adt.Row, error) bool) {
		if p.next == nil {
			if err := p.all.done(); err != nil {
				yield(nil, err)
				return
			}
			p.next, p.stop = iter.Pull2(p.all.each(0))
			p.x.closers = append(p.x.closers, p.stop)
		}
		for {
			row := p.row
			if row == nil {
				var err error
				var ok bool
				if row, err, ok = p.next(); err != nil || !ok {
					if err != nil {
						yield(nil, err)
					}
					return
				}
			}
			if p.row = nil; int(row[0].(int32)) != group {
				p.row = row
				return
			}
			if !yield(row[1:], nil) {
				return
			}
		}
	}
}

// held gives a group's sorter when its rows are sorted and all in memory, else nil.
func (p *spool) held(group int) (sorting, error) {
	if p.all != nil || group >= len(p.groups) || p.groups[group] == nil || p.groups[group].spilled() {
		return nil, nil
	}
	s := p.groups[group]
	return s, s.done()
}

// drop lets go of a group's rows.
func (p *spool) drop(group int) {
	s := p.groups[group]
	p.size -= s.bytes() + sorterSize
	p.x.release(sorterSize)
	s.close()
	p.groups[group] = nil
}

// close lets go of all rows.
func (p *spool) close() {
	if p.stop != nil {
		p.stop()
	}
	for i, s := range p.groups {
		if s != nil {
			p.drop(i)
		}
	}
	if p.all != nil {
		p.all.close()
	}
}
