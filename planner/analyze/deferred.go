package analyze

import "github.com/pganalyze/pg_query_go/v5"

// Deferred is a command that Parse takes without a look at what is in it, as
// PostgreSQL does: only when it is run can it fail.
type Deferred struct {
	plain
	Raw *RawStmt

	tag string
}

// CommandTag is the command's.
func (d *Deferred) CommandTag() string { return d.tag }

// Defer gives a statement that could not be analysed as one that fails when it
// is run; nil for those that PostgreSQL's parse analysis looks into
// (transformStmt). Of its parameters only the types can be wrong then.
func Defer(raw *RawStmt, types []OID) (*Analyzed, error) {
	switch raw.Node.Node.(type) {
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt,
		*pg_query.Node_MergeStmt, *pg_query.Node_ExplainStmt, *pg_query.Node_DeclareCursorStmt, *pg_query.Node_CreateTableAsStmt, *pg_query.Node_CallStmt:
		return nil, nil
	}
	p := &Params{Types: types}
	if err := p.check(nil); err != nil {
		return nil, err
	}
	return &Analyzed{Utility: &Deferred{Raw: raw, tag: ddlTag(raw.Node)}, Params: append([]OID{}, types...), identity: identity{raw: raw}}, nil
}
