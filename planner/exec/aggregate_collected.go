package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// resultOf is result of a group whose arguments were collected.
func (a *aggregator) resultOf(st *aggState, p *spool, group int) (adt.Datum, error) {
	if !a.set {
		if err := a.drain(st, p.sorted(group)); err != nil {
			return nil, err
		}
		return a.result(st)
	}
	set := &adt.OrderedSet{Types: a.types, Compare: func(v, w adt.Row) (int, error) {
		n := compareRows(a.sort, v, w)
		return n, a.x.takeCmpErr()
	}}
	st.val = set
	held, err := p.held(group)
	if err != nil {
		return nil, err
	}
	if held != nil {
		set.Len, set.At = held.len(), held.at
		defer p.drop(group)
		return a.result(st)
	}
	s := &store{x: a.x}
	defer s.reset()
	for r, err := range p.sorted(group) {
		if err == nil {
			err = s.add(slices.Clone(r))
		}
		if err != nil {
			return nil, err
		}
	}
	set.Len, set.At = s.len(), s.at
	return a.result(st)
}

// gather collects a row's arguments.
func (a *aggregator) gather(p *spool, group int, row adt.Row) error {
	if a.filter != nil {
		if v, err := a.filter(row); err != nil || v != yes {
			return err
		}
	}
	vals := a.vals
	for i, f := range a.args {
		v, err := f(row)
		if err != nil {
			return err
		}
		if v == nil && (a.set && !a.multi || !a.set && i < a.nins && a.trans.proc != nil && a.trans.proc.Strict && a.count != 's') {
			return nil
		}
		vals[i] = v
	}
	return p.add(group, vals)
}

// drain runs the transition over the collected rows, each distinct one once
// under DISTINCT.
func (a *aggregator) drain(st *aggState, collected rows) error {
	var last adt.Row
	for r, err := range collected {
		if err == nil {
			err = a.x.tick()
		}
		if err != nil {
			return err
		}
		if last != nil {
			if same, err := a.same(last, r); err != nil {
				return err
			} else if same {
				continue
			}
		}
		if len(a.dups) > 0 {
			last = append(last[:0], r...)
		}
		switch a.count {
		case 's':
			st.n++
		case 'c':
			if r[0] != nil {
				st.n++
			}
		default:
			copy(a.buf[1:], r[:a.nins])
			if err := a.advance(st); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *aggregator) same(v, w adt.Row) (bool, error) {
	for i, col := range a.dups {
		if v[col] == nil || w[col] == nil {
			if v[col] != nil || w[col] != nil {
				return false, nil
			}
			continue
		}
		if same, err := a.dupEqs[i](v[col], w[col]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}
