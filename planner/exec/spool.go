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
	groups []*sorter
	size   int64 // bytes of groups
	all    *sorter
	row    adt.Row // a row of all, read ahead
	next   func() (adt.Row, error, bool)
	stop   func()
}

// sorterSize is about what a sorter takes without rows.
const sorterSize = 256

func (p *spool) add(group int, vals adt.Row) error {
	if p.all == nil && len(p.groups) > 1 && p.size > p.x.workMem {
		if err := p.together(); err != nil {
			return err
		}
	}
	if p.all != nil {
		return p.all.add(append(adt.Row{int32(group)}, vals...)) //nolint:gosec // groups are numbered so
	}
	for len(p.groups) <= group {
		p.groups = append(p.groups, nil)
	}
	s := p.groups[group]
	if s == nil {
		s = &sorter{x: p.x, cols: p.cols}
		p.groups[group] = s
		p.size += sorterSize
		if err := p.x.hold(sorterSize); err != nil {
			return err
		}
	}
	before := s.size
	err := s.add(vals)
	p.size += s.size - before
	return err
}

// together goes over to sorting all groups' rows together.
func (p *spool) together() error {
	cols := []sortCol{intCol(int4OID)}
	for _, c := range p.cols {
		c.slot++
		cols = append(cols, c)
	}
	p.all = &sorter{x: p.x, cols: cols}
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
				err = p.all.add(append(adt.Row{int32(i)}, row...)) //nolint:gosec // groups are numbered so
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
func (p *spool) held(group int) (*sorter, error) {
	if p.all != nil || group >= len(p.groups) || p.groups[group] == nil || p.groups[group].runs != nil {
		return nil, nil
	}
	s := p.groups[group]
	return s, s.done()
}

// drop lets go of a group's rows.
func (p *spool) drop(group int) {
	s := p.groups[group]
	p.size -= s.size + sorterSize
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
