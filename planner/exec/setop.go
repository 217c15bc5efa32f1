package exec

import (
	"hash/maphash"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// setOpNode is a compiled plan.SetOp.
type setOpNode struct {
	x           *state
	n           *plan.SetOp
	st          *NodeStats
	left, right rows
	g           *grouper
	out         *output
	vals        adt.Row
	counts      []setCount
}

// setCount counts a distinct row on both sides.
type setCount struct {
	row         adt.Row
	left, right int64
}

// setOp is INTERSECT and EXCEPT: it counts each distinct row on both sides.
func (c *compiler) setOp(n *plan.SetOp, keep bool, st *NodeStats) rows {
	s := &setOpNode{
		x: c.x, n: n, st: st, out: c.output(n, keep, st), left: c.node(n.Left, true), right: c.node(n.Right, false),
		g: c.grouper(n.Keys), vals: make(adt.Row, len(n.Keys)),
	}
	return func(yield func(adt.Row, error) bool) {
		defer s.forget()
		if err := s.pass(s.left, s.right, yield); err != nil && err != errStopped {
			yield(nil, err)
		}
	}
}

// forget lets go of the rows held.
func (s *setOpNode) forget() {
	for _, k := range s.counts {
		s.x.release(setCountSize + rowSize(k.row))
	}
	s.counts = nil
	s.g.reset()
}

const setCountSize = 48

// pass answers for the rows of two sides. Left rows that there is no room for are put
// away, and the right rows that may equal them, and passed later, a part at a time.
func (s *setOpNode) pass(left, right rows, yield func(adt.Row, error) bool) error {
	s.forget()
	lefts, rights, err := s.countLeft(left)
	if err != nil || len(s.counts) == 0 {
		return err
	}
	if err := s.countRight(right, rights); err != nil {
		return err
	}
	for _, k := range s.counts {
		for range s.times(k) {
			if !s.out.put(k.row, false, yield) {
				return errStopped
			}
		}
	}
	if lefts == nil {
		return nil
	}
	for _, p := range []*partitions{lefts, rights} {
		if err := p.seal(); err != nil {
			return err
		}
	}
	for i := range lefts.parts {
		if lefts.parts[i].rows == 0 {
			continue
		}
		if err := s.pass(lefts.read(i, true), rights.read(i, false), yield); err != nil {
			return err
		}
	}
	lefts.close()
	rights.close()
	return nil
}

// countLeft counts the distinct rows of the left side. Once there is no room for
// more, it puts others away, and there is a place to put right rows away.
func (s *setOpNode) countLeft(in rows) (lefts, rights *partitions, err error) {
	for row, err := range in {
		at, fresh := int32(0), false
		if err == nil {
			at, fresh, err = s.find(row)
		}
		switch {
		case err != nil:
		case at < 0:
			if lefts == nil {
				lefts, rights, err = s.places()
			}
			if err == nil {
				err = lefts.add(s.g.hash(s.vals), row)
			}
		case fresh:
			s.counts = append(s.counts, setCount{row: row, left: 1})
			err = s.x.hold(setCountSize + rowSize(row))
			s.g.frozen = s.full()
		default:
			s.counts[at].left++
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return lefts, rights, nil
}

// countRight counts the rows of the right side among those of the left, and puts
// away others where the left side did.
func (s *setOpNode) countRight(in rows, away *partitions) error {
	s.g.frozen = true
	for row, err := range in {
		at := int32(0)
		if err == nil {
			at, _, err = s.find(row)
		}
		if err == nil && at < 0 && away != nil {
			err = away.add(s.g.hash(s.vals), row)
		}
		if err != nil {
			return err
		}
		if at >= 0 {
			s.counts[at].right++
		}
	}
	return nil
}

// places makes the places where rows of both sides are put away.
func (s *setOpNode) places() (lefts, rights *partitions, err error) {
	if lefts, err = s.away(live(s.n.Left), maphash.MakeSeed()); err != nil {
		return nil, nil, err
	}
	rights, err = s.away(live(s.n.Right), lefts.seed)
	return lefts, rights, err
}

// find gives the number of a row among the distinct ones of the left side.
func (s *setOpNode) find(row adt.Row) (int32, bool, error) {
	if err := s.x.tick(); err != nil {
		return 0, false, err
	}
	for i, k := range s.n.Keys {
		s.vals[i] = row[k.Slot]
	}
	return s.g.find(s.vals)
}

// full tells whether further rows must be put away, and can be.
func (s *setOpNode) full() bool {
	return 2*s.g.size+setCountSize*int64(len(s.counts)) > s.x.hashMem && s.g.hashable()
}

func (s *setOpNode) away(live []bool, seed maphash.Seed) (*partitions, error) {
	if s.st != nil {
		s.st.OnDisk = true
	}
	return newPartitions(s.x, live, seed)
}

// times is how often a row comes out.
func (s *setOpNode) times(k setCount) int64 {
	switch op, all := s.n.Op, s.n.All; {
	case op == nodes.Intersect && all:
		return min(k.left, k.right)
	case op == nodes.Intersect && k.right > 0, op == nodes.Except && !all && k.right == 0:
		return 1
	case op == nodes.Except && all:
		return max(k.left-k.right, 0)
	}
	return 0
}
