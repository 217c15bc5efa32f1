package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformDistinctClause resolves SELECT DISTINCT, or DISTINCT in an
// aggregate: the keys of ORDER BY, then the other columns.
func (ps *ParseState) transformDistinctClause(tl *[]*nodes.TargetEntry, sort []*nodes.SortGroupClause, agg bool) ([]*nodes.SortGroupClause, error) {
	var out []*nodes.SortGroupClause
	for _, c := range sort {
		t := targetByRef(c.Ref, *tl)
		if t.Resjunk {
			msg := "for SELECT DISTINCT, ORDER BY expressions must appear in select list"
			if agg {
				msg = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
			}
			return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s", msg).At(exprLocation(t.Expr))
		}
		k := *c
		out = append(out, &k)
	}
	for _, t := range *tl {
		if t.Resjunk {
			continue
		}
		var err error
		if out, err = ps.addToGroupList(t, out, *tl, exprLocation(t.Expr)); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		if agg {
			return nil, pgerr.New(pgerrcode.SyntaxError, "an aggregate with DISTINCT must have at least one argument")
		}
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT DISTINCT must have at least one column")
	}
	return out, nil
}

// transformDistinctOn resolves DISTINCT ON, whose expressions must be the first
// ones of ORDER BY.
func (ps *ParseState) transformDistinctOn(list []*pg_query.Node, tl *[]*nodes.TargetEntry, sort []*nodes.SortGroupClause) ([]*nodes.SortGroupClause, error) {
	mismatch := func(loc int) error {
		return pgerr.New(pgerrcode.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(loc)
	}
	var targets []*nodes.TargetEntry
	for _, n := range list {
		t, err := ps.findTargetSQL92(n, tl, KindDistinctOn)
		if err != nil {
			return nil, err
		}
		assignRef(t, *tl)
		targets = append(targets, t)
	}
	var out []*nodes.SortGroupClause
	skipped := false
	for _, c := range sort {
		at := -1
		for i, t := range targets {
			if t.Ref == c.Ref {
				at = i
				break
			}
		}
		switch {
		case at < 0:
			skipped = true
		case skipped:
			return nil, mismatch(rawLocation(list[at]))
		default:
			k := *c
			out = append(out, &k)
		}
	}
	for i, t := range targets {
		if ps.inSortList(t, 0, out) {
			continue
		}
		if skipped {
			return nil, mismatch(rawLocation(list[i]))
		}
		var err error
		if out, err = ps.addToGroupList(t, out, *tl, rawLocation(list[i])); err != nil {
			return nil, err
		}
	}
	return out, nil
}
