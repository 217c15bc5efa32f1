package planner

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Query runs a SELECT for a routine (SPI_cursor_open of a read-only plan). An
// error of its text has its place in that text, not in the client's.
func (s *Session) Query(text string) (*adt.RowDesc, iter.Seq2[adt.Row, error], error) {
	desc, rows, err := s.query(text)
	if err != nil {
		return nil, nil, inQuery(err, text)
	}
	return desc, s.innerRows(rows, func(err error) error { return inQuery(err, text) }), nil
}

// innerRows gives the rows of a query within a query, whose errors place puts into its text.
func (s *Session) innerRows(rows iter.Seq2[adt.Row, error], place func(error) error) iter.Seq2[adt.Row, error] {
	return func(yield func(adt.Row, error) bool) {
		leave, err := s.nest()
		if err != nil {
			yield(nil, err)
			return
		}
		defer leave()
		for row, err := range rows {
			if err != nil {
				yield(nil, place(err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (s *Session) query(text string) (*adt.RowDesc, iter.Seq2[adt.Row, error], error) {
	raws, err := s.e.parser.Parse(s.env.Context, text)
	if err != nil {
		return nil, nil, err
	}
	if len(raws) != 1 {
		return nil, nil, pgerr.New(pgerrcode.InvalidCursorDefinition, "cannot open multi-query plan as cursor")
	}
	stmt, err := s.analyze(raws[0], nil, true)
	if err != nil {
		return nil, nil, err
	}
	if stmt.Query == nil || stmt.Query.Command != nodes.CmdSelect {
		return nil, nil, pgerr.New(pgerrcode.InvalidCursorDefinition, "cannot open %s query as cursor", stmt.CommandTag())
	}
	if stmt.Query.HasModifyingCTE {
		return nil, nil, pgerr.New(pgerrcode.FeatureNotSupported, "%s is not allowed in a non-volatile function", "SELECT")
	}
	p := &portal{stmt: stmt, source: text, params: []adt.Datum{}, level: len(s.tx.savepoints)}
	rows, _, err := s.start(s.env.Context, p)
	return rowDesc(stmt.Query), rows, err
}

// maxDepth bounds how many statements run inside each other.
const maxDepth = 200

// nest counts a statement that runs inside another, for which leave is called when
// it has run: what EXECUTE names, be it an EXECUTE prepared through the protocol, or what a
// DO or a routine runs, be it current_query().
func (s *Session) nest() (leave func(), err error) {
	if s.depth >= maxDepth {
		return nil, pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
			Hintf("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
	}
	s.depth++
	return func() { s.depth-- }, nil
}

// rowDesc describes a query's rows, with domains as such.
func rowDesc(q *nodes.Query) *adt.RowDesc {
	desc := &adt.RowDesc{}
	for _, t := range q.TargetList {
		if !t.Resjunk {
			i := nodes.TypeOf(t.Expr)
			desc.Fields = append(desc.Fields, adt.Field{Name: t.Name, Type: i.Type, Typmod: i.Typmod})
		}
	}
	return desc
}

// inQuery makes an error's position that of an internal query.
func inQuery(err error, text string) error {
	if err == nil {
		return nil
	}
	e := *pgerr.From(err)
	if e.Position > 0 {
		e.InternalPosition, e.InternalQuery, e.Position = e.Position, text, 0
	}
	return &e
}
