package analyze

import (
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformMerge refuses MERGE, once its target is known to exist.
func (ps *ParseState) transformMerge(s *pg_query.MergeStmt) (*nodes.Query, error) {
	if _, err := ps.openTable(s.Relation); err != nil {
		return nil, err
	}
	return nil, pgerr.Unsupported("MERGE is not supported").At(int(s.Relation.Location))
}
