package planner

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// declare runs DECLARE CURSOR.
func (s *Session) declare(u *analyze.DeclareCursor, outer *portal) error {
	if !s.inBlock() && !u.Hold {
		return pgerr.New(pgerrcode.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if old := s.portals[u.Name]; old != nil {
		return pgerr.New(pgerrcode.DuplicateCursor, "cursor \"%s\" already exists", u.Name)
	}
	p := &portal{
		name: u.Name, columns: s.columns(analyze.ForQuery(u.Query, s.db.catalog), nil), source: outer.source, params: outer.params,
		created: time.Now(), level: len(s.tx.savepoints),
		cursor: true, binary: u.Binary, hold: u.Hold, declare: outer.source,
	}
	p.stmt = analyze.ForQuery(s.followRows(p, u.Query), s.db.catalog)
	if err := s.planPortal(p); err != nil {
		return err
	}
	p.scroll = u.Scroll || !u.NoScroll && !u.Query.RowMarks && backwards(p.plan.Root)
	return s.addPortal(u.Name, p)
}

// backwards tells whether PostgreSQL could run a plan backward, which is what
// makes a cursor scroll that was declared neither way (ExecSupportsBackwardScan).
func backwards(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan, *plan.FunctionScan, *plan.ValuesScan, *plan.CTEScan, *plan.Sort:
		return true
	case *plan.Limit:
		return backwards(n.Input)
	case *plan.Append:
		for _, in := range n.Inputs {
			if !backwards(in) {
				return false
			}
		}
		return n.Keys == nil
	}
	return false
}

// holdPortals reads WITH HOLD cursors to their end before their transaction
// ends, for they outlive it.
func (s *Session) holdPortals(ctx context.Context) error {
	for _, p := range s.portals {
		if !p.hold || p.held {
			continue
		}
		if err := s.keepTo(ctx, p, analyze.FetchAll); err != nil {
			return err
		}
		p.held = true
	}
	return nil
}

// readBefore reads to their end the open portals that look at what a statement is about to
// write: their rows are those of when they were made.
func (s *Session) readBefore(ctx context.Context, q *nodes.Query, writer *portal) error {
	written := map[adt.OID]bool{}
	nodes.WalkQueries(q, func(q *nodes.Query) {
		if q.ResultRelation > 0 {
			written[q.RangeTable[q.ResultRelation-1].Relation.OID] = true
		}
	})
	if len(written) == 0 {
		return nil
	}
	for _, p := range s.portals {
		if p == writer || p.ended || p.failed || !p.streams() || !p.reads(written) {
			continue
		}
		if err := s.keepTo(ctx, p, analyze.FetchAll); err != nil {
			return err
		}
	}
	return nil
}

// reads tells whether a portal's query is about any of these relations.
func (p *portal) reads(relations map[adt.OID]bool) bool {
	found := false
	nodes.WalkQueries(p.stmt.Query, func(q *nodes.Query) {
		for _, r := range q.RangeTable {
			found = found || r.Relation != nil && relations[r.Relation.OID]
		}
	})
	return found
}

// known gives the number of rows read so far.
func (p *portal) known() int64 {
	if p.kept == nil {
		return p.base
	}
	return p.base + int64(p.kept.Len())
}

// row gives the n'th row, which must be kept.
func (p *portal) row(n int64) (adt.Row, error) { return p.kept.Row(int(n - 1 - p.base)) }

// keep gives where a portal's rows are kept.
func (s *Session) keep(p *portal) *exec.Store {
	if p.kept == nil {
		p.kept = exec.NewStore(s.runtime(nil, false))
	}
	return p.kept
}

// keepTo reads a portal's rows until there are n of them or all.
func (s *Session) keepTo(ctx context.Context, p *portal, n int64) error {
	if p.ended || p.known() >= n {
		return nil
	}
	if p.failed {
		return p.cannotRun()
	}
	if err := s.openPull(p); err != nil {
		return err
	}
	defer p.watch(ctx)()
	for p.known() < n {
		row, err, ok := p.pull()
		if err != nil {
			return err
		}
		if !ok {
			p.ended = true
			p.end()
			return nil
		}
		if err := s.keep(p).Add(slices.Clone(row)); err != nil {
			return err
		}
	}
	return nil
}

// fetch runs FETCH and MOVE. The cursor's rows are kept as they are read, so
// that it can go backward and outlive its transaction.
func (s *Session) fetch(ctx context.Context, u *analyze.Fetch, outer *portal, out Output) (string, error) {
	p := s.portals[u.Name]
	if p == nil {
		return "", pgerr.New(pgerrcode.InvalidCursorName, "cursor \"%s\" does not exist", u.Name)
	}
	if p.stmt.Query == nil || p.stmt.Query.Command != nodes.CmdSelect {
		return "", p.cannotRun()
	}
	rest, err := p.activate()
	if err != nil {
		return "", err
	}
	defer rest()
	s.tx.queried = true
	columns := outer.columns
	n, err := s.move(ctx, p, u, func(row adt.Row) error {
		if u.Move {
			return nil
		}
		return out.Row(columns, row)
	})
	p.failed = p.failed || err != nil
	return u.CommandTag() + " " + strconv.FormatInt(n, 10), err
}

// backward refuses what a cursor without SCROLL cannot do.
func (p *portal) backward() error {
	if p.scroll {
		return nil
	}
	return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		Hintf("Declare it with SCROLL option to enable backward scan.")
}

// move positions a cursor and yields the rows it passes or lands on, as
// PortalRunFetch does; it gives their number.
func (s *Session) move(ctx context.Context, p *portal, u *analyze.Fetch, yield func(adt.Row) error) (int64, error) {
	dir, count := u.Direction, u.Count
	switch dir {
	case analyze.FetchForward, analyze.FetchBackward:
		if count < 0 {
			count = -count
			if dir == analyze.FetchForward {
				dir = analyze.FetchBackward
			} else {
				dir = analyze.FetchForward
			}
		}
		if count == 0 { // the current row again
			return s.again(p, u.Move, yield)
		}
		if dir == analyze.FetchForward {
			return s.forward(ctx, p, count, yield)
		}
		return s.back(p, count, yield)
	case analyze.FetchAbsolute:
		target := count
		if count < 0 {
			if err := s.keepTo(ctx, p, analyze.FetchAll); err != nil {
				return 0, err
			}
			if err := p.backward(); err != nil {
				return 0, err
			}
			target = max(0, p.known()+1+count)
		}
		return s.jump(ctx, p, target, yield)
	}
	if count == 0 {
		return s.again(p, u.Move, yield)
	}
	return s.jump(ctx, p, max(0, p.pos+count), yield)
}

// again yields the row that a cursor is on, to which it goes back; MOVE only counts it.
func (s *Session) again(p *portal, move bool, yield func(adt.Row) error) (int64, error) {
	if p.pos == 0 || p.pos > p.known() {
		return 0, nil
	}
	if move {
		return 1, nil
	}
	if err := p.backward(); err != nil {
		return 0, err
	}
	return 1, p.give(yield)
}

// give yields the row that the portal is on.
func (p *portal) give(yield func(adt.Row) error) error {
	row, err := p.row(p.pos)
	if err != nil {
		return err
	}
	if p.cursor {
		row = row[:p.visible]
	}
	return yield(row)
}

func (s *Session) forward(ctx context.Context, p *portal, count int64, yield func(adt.Row) error) (int64, error) {
	n := int64(0)
	for n < count {
		if !p.scroll && !p.held && p.known() == p.pos {
			if p.kept != nil { // what lies behind is out of reach
				p.kept.Reset()
			}
			p.base = p.pos
		}
		if err := s.keepTo(ctx, p, p.pos+1); err != nil {
			return n, err
		}
		if p.pos >= p.known() {
			p.pos = p.known() + 1
			break
		}
		p.pos++
		n++
		if err := p.give(yield); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Session) back(p *portal, count int64, yield func(adt.Row) error) (int64, error) {
	if err := p.backward(); err != nil {
		return 0, err
	}
	n := int64(0)
	for n < count {
		if p.pos <= 1 {
			p.pos = 0
			break
		}
		p.pos--
		n++
		if err := p.give(yield); err != nil {
			return n, err
		}
	}
	return n, nil
}

// jump goes to a row by number.
func (s *Session) jump(ctx context.Context, p *portal, target int64, yield func(adt.Row) error) (int64, error) {
	if target < p.pos || target == p.pos && target > 0 { // the row that it is on lies behind, too
		if err := p.backward(); err != nil {
			return 0, err
		}
	}
	if err := s.keepTo(ctx, p, target); err != nil {
		return 0, err
	}
	p.pos = min(target, p.known()+1)
	if p.pos == 0 || p.pos > p.known() {
		return 0, nil
	}
	return 1, p.give(yield)
}

// closeCommand runs CLOSE.
func (s *Session) closeCommand(u *analyze.ClosePortal, outer *portal) error {
	if u.All {
		s.closePortals(func(p *portal) bool { return p.cursor && p != outer })
		return nil
	}
	if outer.name != "" && outer.name == u.Name && s.portals[u.Name] == outer {
		return pgerr.New(pgerrcode.InvalidCursorState, "cannot drop active portal \"%s\"", u.Name)
	}
	if s.portals[u.Name] == nil {
		return pgerr.New(pgerrcode.InvalidCursorName, "cursor \"%s\" does not exist", u.Name).By("PerformPortalClose")
	}
	s.closePortal(u.Name)
	return nil
}
