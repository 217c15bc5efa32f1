package planner

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// declare runs DECLARE CURSOR.
func (s *Session) declare(u *analyze.DeclareCursor, outer *portal) error {
	if s.tx.phase == txImplicit && !u.Hold {
		return pgerr.New(pgerrcode.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if old := s.portals[u.Name]; old != nil {
		return pgerr.New(pgerrcode.DuplicateCursor, "cursor \"%s\" already exists", u.Name)
	}
	var formats []int16
	if u.Binary {
		formats = []int16{1}
	}
	stmt := analyze.ForQuery(u.Query, s.e.catalog)
	s.portals[u.Name] = &portal{
		name: u.Name, stmt: stmt, columns: s.columns(stmt, formats), source: outer.source, params: outer.params,
		created: time.Now(), level: len(s.tx.savepoints),
		cursor: true, binary: u.Binary, hold: u.Hold, scroll: !u.NoScroll, declare: outer.source,
	}
	return nil
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

// keepTo reads a cursor's rows until it holds n of them or all.
func (s *Session) keepTo(ctx context.Context, p *portal, n int64) error {
	if p.ended || int64(len(p.kept)) >= n {
		return nil
	}
	if err := s.openPull(p); err != nil {
		return err
	}
	defer p.watch(ctx)()
	for int64(len(p.kept)) < n {
		row, err, ok := p.pull()
		if err != nil {
			return err
		}
		if !ok {
			p.ended = true
			p.stop()
			return nil
		}
		p.kept = append(p.kept, append(adt.Row(nil), row...))
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
		return "", pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "cursor \"%s\" can't be fetched from", u.Name)
	}
	s.tx.queried = true
	columns := outer.columns
	n, err := s.move(ctx, p, u, func(row adt.Row) error {
		if u.Move {
			return nil
		}
		return out.Row(columns, row)
	})
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
			if p.pos > 0 && p.pos <= int64(len(p.kept)) {
				return 1, yield(p.kept[p.pos-1])
			}
			return 0, nil
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
			target = max(0, int64(len(p.kept))+1+count)
		}
		return s.jump(ctx, p, target, yield)
	}
	return s.jump(ctx, p, max(0, p.pos+count), yield)
}

func (s *Session) forward(ctx context.Context, p *portal, count int64, yield func(adt.Row) error) (int64, error) {
	n := int64(0)
	for n < count {
		if err := s.keepTo(ctx, p, p.pos+1); err != nil {
			return n, err
		}
		if p.pos >= int64(len(p.kept)) {
			p.pos = int64(len(p.kept)) + 1
			break
		}
		p.pos++
		n++
		if err := yield(p.kept[p.pos-1]); err != nil {
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
		if err := yield(p.kept[p.pos-1]); err != nil {
			return n, err
		}
	}
	return n, nil
}

// jump goes to a row by number.
func (s *Session) jump(ctx context.Context, p *portal, target int64, yield func(adt.Row) error) (int64, error) {
	if target < p.pos {
		if err := p.backward(); err != nil {
			return 0, err
		}
	}
	if err := s.keepTo(ctx, p, target); err != nil {
		return 0, err
	}
	p.pos = min(target, int64(len(p.kept))+1)
	if p.pos == 0 || p.pos > int64(len(p.kept)) {
		return 0, nil
	}
	return 1, yield(p.kept[p.pos-1])
}

// closeCommand runs CLOSE.
func (s *Session) closeCommand(u *analyze.ClosePortal) error {
	if u.All {
		s.closePortals(func(p *portal) bool { return p.cursor })
		return nil
	}
	if s.portals[u.Name] == nil {
		return pgerr.New(pgerrcode.InvalidCursorName, "cursor \"%s\" does not exist", u.Name)
	}
	s.closePortal(u.Name)
	return nil
}
