package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// PostgreSQL groups either by sorting or by hashing all columns, and refuses
// where some can only be sorted and others only hashed. Nothing here needs that,
// but what a query may do must not depend on where it runs.

func notImplementable(what string) *pgerr.Error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "could not implement %s", what)
}

const mixedTypes = "Some of the datatypes only support hashing, while others only support sorting."

func sortable(list []*nodes.SortGroupClause) bool {
	return !slices.ContainsFunc(list, func(g *nodes.SortGroupClause) bool { return g.Sort == 0 })
}

func hashable(list []*nodes.SortGroupClause) bool {
	return !slices.ContainsFunc(list, func(g *nodes.SortGroupClause) bool { return !g.Hashable })
}

// checkGrouping refuses the GROUP BY of a query. Sorted aggregates need sorted
// groups; sets hold the keys of the grouping sets, if there are any.
func checkGrouping(q *nodes.Query, groups []nodes.Expr, aggs []*nodes.Aggref, sets [][]int) error {
	ordered := slices.ContainsFunc(aggs, func(a *nodes.Aggref) bool { return len(a.Order) > 0 || len(a.Distinct) > 0 })
	refused := false
	if q.GroupingSets == nil {
		var keys []*nodes.SortGroupClause
		for i, g := range q.Group {
			if _, fixed := groups[i].(*nodes.Const); !fixed || g.Sort == 0 {
				keys = append(keys, g)
			}
		}
		refused = !sortable(keys) && (ordered || !hashable(keys))
	}
	for _, set := range sets {
		keys := make([]*nodes.SortGroupClause, len(set))
		for i, k := range set {
			keys[i] = q.Group[k]
		}
		refused = refused || !sortable(keys) && (ordered || !hashable(keys))
	}
	if refused {
		return notImplementable("GROUP BY").Detailf(mixedTypes)
	}
	return nil
}

// checkSetOperation refuses a UNION, INTERSECT or EXCEPT.
func checkSetOperation(n *nodes.SetOperation) error {
	if n.Op == nodes.Union && n.All || sortable(n.Group) || hashable(n.Group) {
		return nil
	}
	what := map[nodes.SetOpKind]string{nodes.Union: "UNION", nodes.Intersect: "INTERSECT", nodes.Except: "EXCEPT"}[n.Op]
	return notImplementable(what).Detailf(mixedTypes)
}

// checkWindow refuses a window that could not be sorted.
func checkWindow(w *nodes.WindowClause) error {
	switch {
	case !sortable(w.Partition):
		return notImplementable("window PARTITION BY").Detailf("Window partitioning columns must be of sortable datatypes.")
	case !sortable(w.Order):
		return notImplementable("window ORDER BY").Detailf("Window ordering columns must be of sortable datatypes.")
	}
	return nil
}
