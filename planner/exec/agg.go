package exec

import (
	"errors"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

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
	live   []bool
	buf    adt.Row // of row
	passes int64
}

// agg groups its input in hash tables, one a grouping set. Groups come out in
// the order their first rows came in.
func (c *compiler) agg(n *plan.Agg, keep bool, st *NodeStats) rows {
	a := &aggNode{x: c.x, n: n, st: st, groups: c.exprs(n.Groups), nulls: make(adt.Row, width(n.Input)), live: live(n.Input)}
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
		s.absent = absent(n.Groups, keys)
		if len(keys) > 0 {
			s.g = c.grouper(cols)
		}
		a.sets = append(a.sets, s)
	}
	return a.run
}

func (a *aggNode) run(yield func(adt.Row, error) bool) {
	a.passes = 0
	if a.n.Runs {
		a.runs(yield)
		return
	}
	if err := a.pass(a.in, a.sets, yield); err != nil && err != errStopped {
		yield(nil, err)
	}
}

// runs groups what comes between the marks of the input.
func (a *aggNode) runs(yield func(adt.Row, error) bool) {
	eachPlace(a.in, a.n.Marks, yield, func(in rows) bool {
		err := a.pass(in, a.sets, yield)
		if err != nil && err != errStopped {
			yield(nil, err)
		}
		return err == nil
	})
}

// errStopped is how a consumer's break comes up through passes.
var errStopped = errors.New("stopped")

// pass groups the input for some of the sets and puts their groups out. Rows of
// groups that do not fit into WorkMem are put away, by set, and passed later, a
// part at a time, each to the end of its memory again (hash_agg spill).
func (a *aggNode) pass(in rows, sets []*groupSet, yield func(adt.Row, error) bool) error {
	for _, s := range sets {
		a.forget(s)
		if s.g != nil {
			continue
		}
		if err := a.group(s, a.nulls); err != nil {
			return err
		}
	}
	var put func(row adt.Row) error // of a group as it comes
	if a.n.Stream {
		put = func(row adt.Row) error {
			if !a.out.put(row, true, yield) {
				return errStopped
			}
			return nil
		}
	}
	if err := a.read(in, sets, put); err != nil {
		return err
	}
	if a.st != nil {
		a.passes++
		a.st.Batches, a.st.SpaceKB = max(a.st.Batches, a.passes), max(a.st.SpaceKB, (a.size(sets)+1023)/1024)
	}
	for _, s := range sets {
		if put != nil {
			continue
		}
		if err := a.putGroups(s, yield); err != nil {
			return err
		}
	}
	for _, s := range sets {
		if err := a.again(s, yield); err != nil {
			return err
		}
	}
	return nil
}

// putGroups puts out the groups of a set.
func (a *aggNode) putGroups(s *groupSet, yield func(adt.Row, error) bool) error {
	for i := range s.groups {
		made := a.x.made
		row, err := a.row(s, i)
		if err != nil {
			return err
		}
		if !a.out.put(row, true, yield) {
			return errStopped
		}
		a.x.made = made
	}
	return nil
}

// again passes the rows of a set that were put away, part after part.
func (a *aggNode) again(s *groupSet, yield func(adt.Row, error) bool) error {
	away := s.away
	a.forget(s)
	if away == nil {
		return nil
	}
	if err := away.seal(); err != nil {
		return err
	}
	for i := range away.parts {
		if away.parts[i].rows == 0 {
			continue
		}
		if err := a.pass(away.read(i, a.direct), []*groupSet{s}, yield); err != nil {
			return err
		}
	}
	away.close()
	return nil
}

// read takes all input in. put, when set, gets each group's key as it comes.
func (a *aggNode) read(in rows, sets []*groupSet, put func(row adt.Row) error) error {
	keys := make(adt.Row, len(a.groups))
	for row, err := range in {
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
		fresh := false
		for _, s := range sets {
			began, err := a.take(s, keys, row, put)
			if err != nil {
				return err
			}
			fresh = fresh || began
		}
		if fresh {
			a.full(sets)
		}
	}
	return nil
}

// take gives a row with its keys to its group in a set, which may begin with it, or
// puts it away.
func (a *aggNode) take(s *groupSet, keys, row adt.Row, put func(row adt.Row) error) (began bool, err error) {
	if err := a.x.tick(); err != nil { // a row may be one of thousands of sets
		return false, err
	}
	at := int32(0)
	if s.g != nil {
		for i, k := range s.keys {
			s.vals[i] = keys[k]
		}
		if at, began, err = s.g.find(s.vals); err != nil {
			return false, err
		}
		if at < 0 {
			return false, a.putAway(s, row)
		}
		if began {
			if err := a.begin(s, row, put); err != nil {
				return false, err
			}
		}
	} else if a.direct && !s.seen {
		s.seen = true
		states := a.of(s, 0)
		for i := range states {
			states[i].first = s.first(row)
		}
	}
	states := a.of(s, int(at))
	for i, g := range a.aggs {
		if g.collect {
			err = g.gather(s.spools[i], int(at), row)
		} else {
			err = g.step(&states[i], row)
		}
		if err != nil {
			return false, err
		}
	}
	return began, nil
}

// begin adds the group whose first row this is.
func (a *aggNode) begin(s *groupSet, row adt.Row, put func(row adt.Row) error) error {
	var first adt.Row
	if a.direct {
		first = s.first(row)
	}
	if err := a.group(s, first); err != nil || put == nil {
		return err
	}
	return put(append(make(adt.Row, 0, len(s.vals)), s.vals...))
}

// row makes the input row of Quals and Targets for a group; it is good until the next.
func (a *aggNode) row(s *groupSet, group int) (adt.Row, error) {
	n := len(a.groups) + len(a.aggs)
	if a.buf == nil {
		a.buf = make(adt.Row, n, n+1)
	}
	row := a.buf[:n]
	clear(row)
	if s.g != nil {
		for i, k := range s.keys {
			row[k] = s.g.vals[group][i]
		}
	}
	for i, g := range a.aggs {
		st := &a.of(s, group)[i]
		var v adt.Datum
		var err error
		if g.collect {
			before := g.grown
			v, err = g.resultOf(st, s.spools[i], group)
			*st = aggState{} // nobody asks again
			a.x.release(g.grown - before)
			g.grown = before
		} else {
			v, err = g.result(st)
		}
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
