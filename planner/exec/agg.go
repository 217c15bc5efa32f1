package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// groupSet is one grouping set of an Agg: its hash table and the states of its
// groups.
type groupSet struct {
	keys   []int // indexes of Agg.Groups
	g      *grouper
	vals   adt.Row
	mask   int32
	states [][]aggState
	seen   bool // the only group of an empty set has had a row
}

// aggNode is a compiled plan.Agg.
type aggNode struct {
	x      *state
	n      *plan.Agg
	st     *NodeStats
	in     rows
	groups []eval
	aggs   []*aggregator
	direct bool // some aggregate has direct arguments
	sets   []*groupSet
	out    *output
	nulls  adt.Row // an input row of NULLs, where there is none
	held   int64   // bytes of states
}

// agg groups its input in hash tables, one a grouping set. Groups come out in
// the order their first rows came in.
func (c *compiler) agg(n *plan.Agg, keep bool, st *NodeStats) rows {
	a := &aggNode{x: c.x, n: n, st: st, groups: c.exprs(n.Groups), nulls: make(adt.Row, width(n.Input))}
	for _, e := range n.Aggs {
		g := c.aggref(e)
		a.aggs = append(a.aggs, g)
		a.direct = a.direct || len(g.direct) > 0
	}
	a.in, a.out = c.node(n.Input, a.direct), c.output(n, keep, st)
	sets := n.Sets
	if sets == nil {
		set := make([]int, len(n.Groups))
		for i := range set {
			set[i] = i
		}
		sets = [][]int{set}
	}
	for _, keys := range sets {
		s := &groupSet{keys: keys, vals: make(adt.Row, len(keys))}
		for i := range n.Groups {
			s.mask |= 1 << i
		}
		cols := make([]*plan.KeyColumn, len(keys))
		for i, k := range keys {
			cols[i] = n.Keys[k]
			s.mask &^= 1 << k
		}
		if len(keys) > 0 {
			s.g = c.grouper(cols)
		}
		a.sets = append(a.sets, s)
	}
	return a.run
}

func (a *aggNode) run(yield func(adt.Row, error) bool) {
	a.x.release(a.held)
	a.held = 0
	for _, s := range a.sets {
		s.states, s.seen = nil, false
		if s.g != nil {
			s.g.reset()
			continue
		}
		if err := a.group(s, a.nulls); err != nil {
			yield(nil, err)
			return
		}
	}
	if err := a.read(); err != nil {
		yield(nil, err)
		return
	}
	for _, s := range a.sets {
		if a.st != nil {
			a.st.Groups += int64(len(s.states))
		}
		for i := range s.states {
			row, err := a.row(s, i)
			if err != nil {
				yield(nil, err)
				return
			}
			if !a.out.put(row, false, yield) {
				return
			}
		}
	}
}

// group adds a group to a set.
func (a *aggNode) group(s *groupSet, first adt.Row) error {
	states := make([]aggState, len(a.aggs))
	for i, g := range a.aggs {
		if err := g.start(&states[i]); err != nil {
			return err
		}
		states[i].first = first
	}
	s.states = append(s.states, states)
	size := int64(24 + 96*len(states))
	a.held += size
	return a.x.hold(size)
}

// read takes all input in.
func (a *aggNode) read() error {
	keys := make(adt.Row, len(a.groups))
	for row, err := range a.in {
		if err == nil {
			err = a.x.tick()
		}
		if err != nil {
			return err
		}
		for i, g := range a.groups {
			if keys[i], err = g(row); err != nil {
				return err
			}
		}
		for _, s := range a.sets {
			at := int32(0)
			if s.g != nil {
				for i, k := range s.keys {
					s.vals[i] = keys[k]
				}
				var fresh bool
				if at, fresh, err = s.g.find(s.vals); err != nil {
					return err
				}
				if fresh {
					first := row
					if !a.direct {
						first = nil
					}
					if err := a.group(s, first); err != nil {
						return err
					}
				}
			} else if a.direct && !s.seen {
				s.seen = true
				for i := range s.states[0] {
					s.states[0][i].first = row
				}
			}
			states := s.states[at]
			for i, g := range a.aggs {
				if err := g.step(&states[i], row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// row makes the input row of Quals and Targets for a group.
func (a *aggNode) row(s *groupSet, group int) (adt.Row, error) {
	n := len(a.groups) + len(a.aggs)
	row := make(adt.Row, n, n+1)
	if s.g != nil {
		for i, k := range s.keys {
			row[k] = s.g.vals[group][i]
		}
	}
	for i, g := range a.aggs {
		v, err := g.result(&s.states[group][i])
		if err != nil {
			return nil, err
		}
		row[len(a.groups)+i] = v
	}
	if a.n.Sets != nil {
		row = append(row, s.mask)
	}
	return row, nil
}
