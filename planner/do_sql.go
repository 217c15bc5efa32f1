package planner

import (
	"context"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// checkSteps looks for errors of syntax before anything of a DO runs
// (check_sql_expr). They are located in the DO itself.
func (s *Session) checkSteps(ctx context.Context, u *analyze.Do) error {
	for _, step := range u.Steps {
		text, skip := step.SQL, 0
		for _, expr := range []string{step.Perform, step.Execute} {
			if expr != "" {
				text, skip = "SELECT "+expr, len("SELECT ")
			}
		}
		if text == "" {
			continue
		}
		if _, err := s.e.parser.Parse(ctx, text); err != nil {
			return analyze.Placed(err, step.At-skip, u.Place)
		}
	}
	return nil
}

// doSQL runs a statement of SQL in a DO, or the text of an EXECUTE
// (exec_stmt_execsql, exec_stmt_dynexecute).
func (s *Session) doSQL(ctx context.Context, step analyze.DoStep) error {
	leave, err := s.nest()
	if err != nil {
		return err
	}
	defer leave()
	verb, text := "SQL statement", step.SQL
	if step.Execute != "" {
		verb = "EXECUTE"
		t, null, err := s.first("SELECT " + step.Execute)
		switch {
		case err != nil:
			return within(err, "SQL expression \""+step.Execute+"\"", step.Execute, len("SELECT "), step.Line, verb)
		case null:
			return within(pgerr.New(pgerrcode.NullValueNotAllowedDataException, "query string argument of EXECUTE is null"), "", "", 0, step.Line, verb)
		}
		text = t
	}
	raws, err := s.e.parser.Parse(s.env.Context, text)
	if err != nil {
		return within(err, "", text, 0, step.Line, verb)
	}
	for _, raw := range raws {
		if err := s.doStatement(ctx, raw, text, step); err != nil {
			return err
		}
	}
	return nil
}

// unseen is where the rows of a DO's statements go: nowhere.
type unseen struct{ Output }

// Row takes no notice.
func (unseen) Row([]Column, adt.Row) error { return nil }

// doStatement runs one.
func (s *Session) doStatement(ctx context.Context, raw *analyze.RawStmt, text string, step analyze.DoStep) error {
	verb := "SQL statement"
	if step.Execute != "" {
		verb = "EXECUTE"
	}
	fail := func(err error, what string) error { return within(err, what, text, 0, step.Line, verb) }
	stmt, err := s.analyze(raw, nil, true)
	if err != nil {
		return fail(err, "SQL statement \""+text+"\"")
	}
	switch stmt.Utility.(type) {
	case *analyze.Transaction:
		if step.Execute != "" {
			return fail(pgerr.New(pgerrcode.FeatureNotSupported, "EXECUTE of transaction commands is not implemented"), "")
		}
		return fail(pgerr.New(pgerrcode.FeatureNotSupported, "unsupported transaction command in PL/pgSQL"), "")
	case *analyze.Copy:
		return fail(pgerr.New(pgerrcode.FeatureNotSupported, "cannot COPY to/from client in PL/pgSQL"), "")
	}
	nested := s.nested
	s.nested = true
	_, err = s.runWhole(ctx, &portal{stmt: stmt, source: text, params: []adt.Datum{}, level: len(s.tx.savepoints)}, unseen{})
	if s.nested = nested; err != nil {
		return fail(err, "SQL statement \""+text+"\"")
	}
	if len(s.columns(stmt, nil)) > 0 && step.Execute == "" {
		e := pgerr.New(pgerrcode.SyntaxError, "query has no destination for result data")
		if stmt.Query != nil && stmt.Query.Command == nodes.CmdSelect {
			e.Hintf("If you want to discard the results of a SELECT, use PERFORM instead.")
		}
		return fail(e, "")
	}
	return nil
}
