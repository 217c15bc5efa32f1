package planner

import (
	"context"
	"errors"
	"time"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Simple runs the statements of a Query message (exec_simple_query): one
// implicit transaction for all of them, but where they open and end blocks themselves.
func (s *Session) Simple(ctx context.Context, text string, out Output) (err error) {
	defer s.boundary(text, &err)
	whole := ctx
	s.stopTimeout()
	ctx, cancel := s.begin(ctx, text)
	defer func() {
		s.finish(cancel)
		s.stopTimeout()
	}()
	if analyze.ValidText(text) == nil { // or PostgreSQL would not begin
		s.dropStatement("")
	}
	give, err := s.takeText(text)
	if err != nil {
		return err
	}
	defer give()
	raws, err := s.parse(text)
	if err != nil {
		return err
	}
	if len(raws) == 0 {
		return out.EmptyQuery()
	}
	for i, raw := range raws {
		stop := context.CancelFunc(func() {})
		if i > 0 { // each statement has its own timeout
			s.stopTimeout()
			ctx, stop = s.deadline(whole)
		}
		err := s.simple(ctx, raw, i, len(raws), out)
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// parse parses a text and tells of the names in it that are too long.
func (s *Session) parse(text string) ([]*analyze.RawStmt, error) {
	if !s.guc.Bool("standard_conforming_strings") {
		conforming, warnings, err := analyze.Conforming(text)
		for _, w := range warnings {
			if s.guc.Bool("escape_string_warning") {
				w.Position = charPosition(text, w.Position)
				s.notice(w)
			}
		}
		if err != nil {
			return nil, err
		}
		text = conforming
	}
	done := s.phase("parse")
	raws, err := s.e.parser.Parse(s.env.Context, text)
	done()
	if e := (*pgerr.Error)(nil); errors.As(err, &e) {
		if e.Position <= 0 {
			return nil, err
		}
		text = text[:min(e.Position-1, len(text))] // the rest was not read
	}
	for _, n := range analyze.Truncated(text) {
		s.notice(n)
	}
	return raws, err
}

// simple runs the i'th of n statements of a Query message. After the last one, and after
// each that ends a transaction, the transaction is over before the client hears of the statement.
func (s *Session) simple(ctx context.Context, raw *analyze.RawStmt, i, n int, out Output) (err error) {
	s.ran = nil
	if s.tx.phase == txFailed && !raw.EndsTransaction() {
		return s.checkFailed(nil)
	}
	if err := s.ensureTx(); err != nil {
		return err
	}
	if ctx.Err() != nil { // the command may be one that never looks
		return context.Cause(ctx)
	}
	if n > 1 && s.tx.phase == txImplicit {
		s.tx.block = true
	}
	a, err := s.analyze(raw, nil, true)
	if err != nil {
		// PostgreSQL analyses commands when their portal runs, and that stays.
		if d, _ := analyze.Defer(raw, nil); d != nil {
			s.portals[""] = &portal{stmt: d, source: raw.Source, level: len(s.tx.savepoints), created: time.Now(), failed: true}
		}
		return err
	}
	s.ran = a
	s.tx.queried = s.tx.queried || readsAtAnalysis(a)
	s.closePortal("")
	p := &portal{stmt: a, source: raw.Source, level: len(s.tx.savepoints), created: time.Now()}
	streams, tag := p.streams(), ""
	if streams {
		if err = s.planPortal(p); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil && s.tx.open() { // it stays as long as a failed block does
			p.failed = true
			s.portals[""] = p
		}
	}()
	p.columns = s.portalColumns(p, s.cursorFormat(a))
	count, done := s.track(p), s.phase("execute")
	switch {
	case p.columns == nil:
		tag, err = s.runWhole(ctx, p, out)
	case streams:
		if err = out.RowDescription(p.columns); err != nil {
			return err
		}
		tag, _, err = s.runSelect(ctx, p, 0, out)
	default:
		l := &late{Output: out, describe: true, columns: p.columns}
		if tag, err = s.runWhole(ctx, p, l); err == nil {
			_, err = l.end()
		}
	}
	done()
	s.tracked(count, p, tag, err)
	if err != nil {
		return err
	}
	if i == n-1 && s.tx.phase == txImplicit {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	return out.CommandComplete(tag)
}

// cursorFormat gives the format that a FETCH of a binary cursor has in a Query
// message.
func (s *Session) cursorFormat(a *analyze.Analyzed) []int16 {
	if u, ok := a.Utility.(*analyze.Fetch); ok {
		if c := s.portals[u.Name]; c != nil && c.binary {
			return []int16{1}
		}
	}
	return nil
}
