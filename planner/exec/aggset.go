package exec

import (
	"hash/maphash"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// groupSet is one grouping set of an Agg: its hash table and the states of its
// groups.
type groupSet struct {
	keys   []int // indexes of Agg.Groups
	g      *grouper
	vals   adt.Row
	mask   int32
	states [][]aggState // of stateChunk groups each, one after the other
	spools []*spool     // of each aggregate; nil where arguments are not collected
	groups int
	seen   bool  // the only group of an empty set has had a row
	absent []int // the input's columns that are keys of other sets only: NULL in this one's direct arguments
	away   *partitions
	held   int64 // bytes of states
}

// forget lets go of a set's groups.
func (a *aggNode) forget(s *groupSet) {
	for i, g := range a.aggs {
		if s.spools != nil && s.spools[i] != nil {
			s.spools[i].close()
		}
		g.shrink()
	}
	a.x.release(s.held)
	s.states, s.groups, s.seen, s.away, s.held, s.spools = nil, 0, false, nil, 0, make([]*spool, len(a.aggs))
	for i, g := range a.aggs {
		if g.collect {
			s.spools[i] = &spool{x: a.x, cols: g.sort, width: len(g.args)}
		}
	}
	if s.g != nil {
		s.g.reset()
	}
}

// absent gives the input's columns that are keys of the grouping but not of
// the set.
func absent(groups []nodes.Expr, keys []int) []int {
	present := func(slot int) bool {
		return slices.ContainsFunc(keys, func(k int) bool {
			s, ok := groups[k].(*nodes.Slot)
			return ok && s.Index == slot
		})
	}
	var out []int
	for _, g := range groups {
		if s, ok := g.(*nodes.Slot); ok && !present(s.Index) {
			out = append(out, s.Index)
		}
	}
	return out
}

// first gives a group's first row as its direct arguments see it.
func (s *groupSet) first(row adt.Row) adt.Row {
	if len(s.absent) == 0 {
		return row
	}
	row = slices.Clone(row)
	for _, i := range s.absent {
		row[i] = nil
	}
	return row
}

const stateChunk = 64

// of gives the states of a group.
func (a *aggNode) of(s *groupSet, group int) []aggState {
	n := len(a.aggs)
	at := group % stateChunk * n
	return s.states[group/stateChunk][at : at+n]
}

// group adds a group to a set.
func (a *aggNode) group(s *groupSet, first adt.Row) error {
	n := len(a.aggs)
	if s.groups%stateChunk == 0 {
		size := stateChunk
		if s.g == nil {
			size = 1
		}
		s.states = append(s.states, make([]aggState, size*n))
	}
	s.groups++
	states := a.of(s, s.groups-1)
	for i, g := range a.aggs {
		if err := g.start(&states[i]); err != nil {
			return err
		}
		states[i].first = first
	}
	size := int64(64 * n)
	if first != nil && s.g != nil {
		size += rowSize(first)
	}
	s.held += size
	return a.x.hold(size)
}

// size counts the memory of sets' groups.
func (a *aggNode) size(sets []*groupSet) int64 {
	size := int64(0)
	for _, g := range a.aggs {
		size += g.grown
	}
	for _, s := range sets {
		size += s.held
		if s.g != nil {
			size += s.g.size
		}
	}
	return size
}

// full stops sets from taking new groups.
func (a *aggNode) full(sets []*groupSet) {
	if a.size(sets) <= a.x.hashMem {
		return
	}
	for _, s := range sets {
		if s.g != nil && s.g.hashable() {
			s.g.frozen = true
		}
	}
}

// putAway keeps a row of a group that there is no room for.
func (a *aggNode) putAway(s *groupSet, row adt.Row) (err error) {
	if s.away == nil {
		if s.away, err = newPartitions(a.x, a.live, maphash.MakeSeed()); err != nil {
			return err
		}
		if a.st != nil {
			a.st.OnDisk = true
		}
	}
	return s.away.add(s.g.hash(s.vals), row)
}
