package planner

import (
	"context"

	"github.com/flowgres/flowgres/planner/analyze"
)

// Simple runs the statements of a Query message (exec_simple_query): one
// implicit transaction for all of them, but where they open and end blocks themselves.
func (s *Session) Simple(ctx context.Context, text string, out Output) (err error) {
	defer s.boundary(text, &err)
	ctx, end := s.begin(ctx, text)
	defer end()
	s.closePortal("")
	delete(s.statements, "")
	raws, err := s.e.parser.Parse(text)
	if err != nil {
		return err
	}
	if len(raws) == 0 {
		return out.EmptyQuery()
	}
	for i, raw := range raws {
		last := i == len(raws)-1
		if err := s.simple(ctx, raw, last, out); err != nil {
			return err
		}
	}
	return nil
}

// simple runs one statement of a Query message. After the last one, and after
// each that ends a transaction, the transaction is over before the client hears of the statement.
func (s *Session) simple(ctx context.Context, raw *analyze.RawStmt, last bool, out Output) error {
	if s.tx.phase == txFailed && !raw.EndsTransaction() {
		return s.checkFailed(raw, nil)
	}
	if err := s.ensureTx(); err != nil {
		return err
	}
	a, err := s.analyze(raw, nil, true)
	if err != nil {
		return err
	}
	p := &portal{stmt: a, source: raw.Source, level: len(s.tx.savepoints)}
	p.columns = s.columns(a, nil)
	if p.columns != nil {
		if err := out.RowDescription(p.columns); err != nil {
			return err
		}
	}
	tag, _, err := s.run(ctx, p, 0, out)
	if err != nil {
		return err
	}
	if last && s.tx.phase == txImplicit {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	return out.CommandComplete(tag)
}
