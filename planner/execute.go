package planner

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Execute runs a portal for at most maxRows rows (0: all).
func (s *Session) Execute(ctx context.Context, name string, maxRows int, out Output) (suspended bool, err error) {
	source := s.PortalSource(name)
	defer s.boundary(source, &err)
	s.ran = nil
	p, err := s.portal(name)
	if err != nil {
		return false, err
	}
	ctx, cancel := s.begin(ctx, source)
	defer s.finish(cancel)
	if p.stmt.Query == nil && p.stmt.Utility == nil {
		return false, out.EmptyQuery()
	}
	if err := s.ensureTx(); err != nil {
		return false, err
	}
	statement := p.stmt.Utility
	if p.released {
		statement = nil
	}
	if err := s.checkFailed(statement); err != nil {
		return false, err
	}
	s.tx.hold = s.tx.hold || s.tx.phase == txImplicit // a later message may still fail, before Sync
	defer func() { s.tx.executed = s.tx.phase == txImplicit }()
	if p.done && p.columns == nil {
		return false, p.cannotRun()
	}
	rest, err := p.activate()
	if err != nil {
		return false, err
	}
	defer rest()
	defer func() { p.failed = p.failed || err != nil }()
	if err := checkFormats(p.columns); err != nil {
		out = refuseRows{out, err}
	}
	s.ran = p.stmt
	count, done := s.track(p), s.phase("execute")
	tag, suspended, err := s.run(ctx, p, maxRows, out)
	done()
	s.tracked(count, p, tag, err)
	if err != nil || suspended {
		return suspended, err
	}
	s.stopTimeout()
	if s.tx.immediate && s.tx.phase == txImplicit {
		if err := s.commit(ctx); err != nil {
			return false, err
		}
	}
	return false, out.CommandComplete(tag)
}

// refuseRows is an output that fails at its first row.
type refuseRows struct {
	Output
	err error
}

// Row fails.
func (r refuseRows) Row([]Column, adt.Row) error { return r.err }

// checkFormats tells of formats that are neither text nor binary, which the
// first row fails of (printtup_prepare_info).
func checkFormats(columns []Column) error {
	for _, c := range columns {
		if c.Format != 0 && c.Format != 1 {
			return pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", c.Format)
		}
	}
	return nil
}

// tagOf makes a query's command tag.
func tagOf(a *analyze.Analyzed, n int64) string {
	tag := a.CommandTag()
	if tag == "INSERT" {
		tag = "INSERT 0"
	}
	return tag + " " + strconv.FormatInt(n, 10)
}

// run runs a portal to its end or for maxRows rows and gives its command tag.
func (s *Session) run(ctx context.Context, p *portal, maxRows int, out Output) (tag string, suspended bool, err error) {
	if p.streams() {
		return s.runSelect(ctx, p, maxRows, out)
	}
	if !p.done {
		p.done = true
		if p.columns == nil {
			tag, err = s.runWhole(ctx, p, out)
			return tag, false, err
		}
		if maxRows <= 0 {
			l := &late{Output: out}
			if p.tag, err = s.runWhole(ctx, p, l); err != nil {
				return "", false, err
			}
			p.pos = l.sent
			n, err := l.end()
			return selectTag(p.tag, n), false, err
		}
		if p.tag, err = s.runWhole(ctx, p, keeping{out, s.keep(p)}); err != nil {
			return "", false, err
		}
	}
	n := int64(0)
	for p.pos < p.known() && (maxRows <= 0 || n < int64(maxRows)) {
		p.pos++
		n++
		row, err := p.row(p.pos)
		if err != nil {
			return "", false, err
		}
		if err := out.Row(p.columns, row); err != nil {
			return "", false, err
		}
	}
	return selectTag(p.tag, n), maxRows > 0 && n == int64(maxRows), nil
}

// selectTag gives the tag of a command whose rows were sent in pieces: of a
// SELECT it counts the piece (PortalRun).
func selectTag(tag string, n int64) string {
	if verb, _, _ := strings.Cut(tag, " "); verb == "SELECT" || verb == "FETCH" {
		return verb + " " + strconv.FormatInt(n, 10)
	}
	return tag
}

// runWhole runs what does not stop midway: commands and queries that write.
func (s *Session) runWhole(ctx context.Context, p *portal, out Output) (tag string, err error) {
	if p.stmt.Query == nil {
		return s.utility(ctx, p, out)
	}
	s.tx.queried = true
	rows, q, err := s.start(ctx, p)
	if err != nil {
		return "", err
	}
	for row, err := range rows {
		if err != nil {
			return "", err
		}
		if p.columns == nil {
			continue
		}
		if err := out.Row(p.columns, row); err != nil {
			return "", err
		}
	}
	return tagOf(p.stmt, q.Count()), q.Canceled()
}

// runSelect sends a query's rows as they come.
func (s *Session) runSelect(ctx context.Context, p *portal, maxRows int, out Output) (tag string, suspended bool, err error) {
	s.tx.queried = true
	n := int64(0)
	if maxRows <= 0 && p.pull == nil && !p.cursor && !p.ended {
		rows, q, err := s.start(ctx, p)
		if err != nil {
			return "", false, err
		}
		p.ended = true
		for row, err := range rows {
			if err != nil {
				return "", false, err
			}
			n++
			if err := out.Row(p.columns, row); err != nil {
				return "", false, err
			}
		}
		p.putBack(q)
		p.base = n
		p.pos = n + 1
		return tagOf(p.stmt, n), false, ctx.Err()
	}
	most := int64(maxRows)
	if maxRows <= 0 {
		most = analyze.FetchAll
	} else if err := s.planPart(p); err != nil {
		return "", false, err
	}
	n, err = s.forward(ctx, p, most, func(row adt.Row) error { return out.Row(p.columns, row) })
	if err != nil {
		return "", false, err
	}
	return tagOf(p.stmt, n), n == most, nil
}

// planPart plans a portal of which a client takes its first rows anew, as the
// cursor that it is: no more is read of other machines than it asks for.
func (s *Session) planPart(p *portal) (err error) {
	if p.pull != nil || p.cursor || p.ended || p.cached != nil || p.plan != nil && p.plan.Root.Common().Calls == 0 {
		return nil
	}
	p.stamp = s.planStamp()
	p.plan, err = s.planFor(p.stmt.Query, p.params, true)
	return err
}

// openPull starts a portal whose rows are taken one by one, under a context of
// its own that outlives the message.
func (s *Session) openPull(p *portal) error {
	if p.pull != nil {
		return nil
	}
	ctx, cancel := context.WithCancelCause(s.ctx)
	rows, q, err := s.start(ctx, p)
	if err != nil {
		cancel(nil)
		return err
	}
	next, stop := iter.Pull2(rows)
	p.query, p.cancel = q, cancel
	p.pull = next
	p.stop = func() {
		cancel(nil)
		stop()
	}
	return nil
}

// watch makes a portal's own context end with that of the message that runs
// it.
func (p *portal) watch(ctx context.Context) func() {
	if p.cancel == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	return func() { stop() }
}

// start starts a portal's query, planning it if that has not been done or what
// it was planned under has changed.
func (s *Session) start(ctx context.Context, p *portal) (iter.Seq2[adt.Row, error], *exec.Query, error) {
	if p.plan == nil || p.stamp != s.planStamp() {
		if err := s.planPortal(p); err != nil {
			return nil, nil, err
		}
	}
	if err := s.mayRun(ctx, p.stmt.Query, p); err != nil {
		return nil, nil, err
	}
	q := s.compiled(p)
	return q.Rows(ctx), q, nil
}
