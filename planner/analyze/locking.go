package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func lockName(s pg_query.LockClauseStrength) string {
	switch s {
	case pg_query.LockClauseStrength_LCS_FORKEYSHARE:
		return "FOR KEY SHARE"
	case pg_query.LockClauseStrength_LCS_FORSHARE:
		return "FOR SHARE"
	case pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return "FOR NO KEY UPDATE"
	case pg_query.LockClauseStrength_LCS_FORUPDATE:
		return "FOR UPDATE"
	}
	return "FOR some"
}

// checkLocking refuses FOR UPDATE where PostgreSQL does, CheckSelectLocking.
func checkLocking(q *nodes.Query, lock string) error {
	what := ""
	switch {
	case q.SetOp != nil:
		what = "UNION/INTERSECT/EXCEPT"
	case len(q.Distinct) > 0:
		what = "DISTINCT clause"
	case len(q.Group) > 0 || len(q.GroupingSets) > 0:
		what = "GROUP BY clause"
	case q.Having != nil:
		what = "HAVING clause"
	case q.HasAggs:
		what = "aggregate functions"
	case q.HasWindowFuncs:
		what = "window functions"
	case q.HasTargetSRFs:
		what = "set-returning functions in the target list"
	default:
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "%s is not allowed with %s", lock, what)
}

// transformLocking checks a FOR UPDATE or FOR SHARE clause. There is nothing to
// lock, but what PostgreSQL refuses is refused.
func (ps *ParseState) transformLocking(q *nodes.Query, l *pg_query.LockingClause) error {
	lock := lockName(l.Strength)
	if len(l.LockedRels) == 0 {
		return lockAll(q, lock)
	}
	if err := checkLocking(q, lock); err != nil {
		return err
	}
	q.RowMarks = true
	for _, n := range l.LockedRels {
		if err := lockOne(q, n.GetRangeVar(), lock); err != nil {
			return err
		}
	}
	return nil
}

// keepsLocked tells whether a locked subquery stays one when it is planned; one
// without tables becomes part of the query around it, and its lock is gone.
func keepsLocked(q *nodes.Query) bool {
	return len(q.Locked) > 0 || q.LimitCount != nil || q.LimitOffset != nil || len(q.Sort) > 0 || len(q.CTEs) > 0
}

// markLocked notes that a range table entry, counted from 0, is locked.
func markLocked(q *nodes.Query, i int, lock string) {
	q.Locked = append(q.Locked, nodes.LockedRTE{RTE: i + 1, Clause: lock})
}

// lockAll marks a query and the subqueries in its FROM; views stay as they are.
func lockAll(q *nodes.Query, lock string) error {
	if err := checkLocking(q, lock); err != nil {
		return err
	}
	q.RowMarks = true
	for i, r := range q.RangeTable {
		if r.Kind == nodes.RTESubquery && r.Relation == nil {
			if err := lockAll(r.Query, lock); err != nil {
				return err
			}
		}
		if r.Kind == nodes.RTERelation || r.Kind == nodes.RTESubquery && (r.Relation != nil || keepsLocked(r.Query)) {
			markLocked(q, i, lock)
		}
	}
	return nil
}

// unnamed are the names of what has no alias of its own, and can't be named by a locking clause.
var unnamed = map[nodes.RTEKind]string{nodes.RTEJoin: "unnamed_join", nodes.RTESubquery: "unnamed_subquery", nodes.RTEValues: "*VALUES*"}

func lockOne(q *nodes.Query, rv *pg_query.RangeVar, lock string) error {
	loc := int(rv.Location)
	if rv.Catalogname != "" || rv.Schemaname != "" {
		return pgerr.New(pgerrcode.SyntaxError, "%s must specify unqualified relation names", lock).At(loc)
	}
	for i, r := range q.RangeTable {
		if r.Kind == nodes.RTEJoin && r.UsingAlias == rv.Relname && rv.Relname != "" {
			return pgerr.New(pgerrcode.FeatureNotSupported, "%s cannot be applied to a join", lock).At(loc)
		}
		if r.Alias != rv.Relname || r.Alias == unnamed[r.Kind] {
			continue
		}
		what := ""
		switch r.Kind {
		case nodes.RTERelation:
			markLocked(q, i, lock)
			return nil
		case nodes.RTESubquery:
			if r.Relation == nil {
				if err := lockAll(r.Query, lock); err != nil || !keepsLocked(r.Query) {
					return err
				}
			}
			markLocked(q, i, lock)
			return nil
		case nodes.RTEJoin:
			what = "a join"
		case nodes.RTEFunction:
			what = "a function"
		case nodes.RTEValues:
			what = "VALUES"
		case nodes.RTECTE:
			what = "a WITH query"
		default:
			return nil
		}
		return pgerr.New(pgerrcode.FeatureNotSupported, "%s cannot be applied to %s", lock, what).At(loc)
	}
	return pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" in %s clause not found in FROM clause", rv.Relname, lock).At(loc)
}
