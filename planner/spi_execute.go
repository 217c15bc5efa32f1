package planner

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// queryRows runs the statements of a text one after the other, all but the last
// to their end, and gives the last one's rows (SPI_execute, read only). No SELECT
// there, or none at all, is "invalid query", as xml.c has it.
func (s *Session) queryRows(text string) (desc *adt.RowDesc, rows iter.Seq2[adt.Row, error], err error) {
	raws, err := s.e.parser.Parse(s.env.Context, text)
	if err != nil {
		return nil, nil, inStatement(err, text)
	}
	for i, raw := range raws {
		if desc, rows, err = s.readOnly(raw, text); err != nil {
			return nil, nil, err
		}
		if i == len(raws)-1 {
			return desc, rows, nil
		}
		for _, err := range rows {
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return nil, nil, pgerr.New(pgerrcode.DataException, "invalid query")
}

// readOnly runs one, which must not change anything.
func (s *Session) readOnly(raw *analyze.RawStmt, text string) (*adt.RowDesc, iter.Seq2[adt.Row, error], error) {
	stmt, err := s.analyze(raw, nil, true)
	if err != nil {
		return nil, nil, inStatement(err, text)
	}
	switch stmt.Utility.(type) {
	case *analyze.Transaction, *analyze.Copy:
		return nil, nil, pgerr.New(pgerrcode.DataException, "invalid query")
	}
	if stmt.Query == nil || stmt.Query.Command != nodes.CmdSelect || stmt.Query.HasModifyingCTE {
		return nil, nil, inStatement(pgerr.New(pgerrcode.FeatureNotSupported, "%s is not allowed in a non-volatile function", stmt.CommandTag()), text)
	}
	p := &portal{stmt: stmt, source: text, params: []adt.Datum{}, level: len(s.tx.savepoints)}
	rows, _, err := s.start(s.env.Context, p)
	if err != nil {
		return nil, nil, inStatement(err, text)
	}
	return rowDesc(stmt.Query), s.innerRows(rows, func(err error) error { return inStatement(err, text) }), nil
}

// inStatement places an error in the text of a routine's statement, or names
// that as its context (_SPI_error_callback).
func inStatement(err error, text string) error {
	e := *pgerr.From(err)
	if e.Position > 0 {
		return inQuery(err, text)
	}
	if e.Where != "" {
		e.Where += "\n"
	}
	e.Where += "SQL statement \"" + text + "\""
	return &e
}
