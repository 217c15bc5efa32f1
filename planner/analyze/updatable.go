package analyze

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// notSimple says why a view with this query is not automatically updatable; "": it is
// (view_query_is_auto_updatable).
func notSimple(q *nodes.Query) string {
	switch {
	case len(q.Distinct) > 0:
		return "Views containing DISTINCT are not automatically updatable."
	case len(q.Group) > 0 || q.GroupingSets != nil:
		return "Views containing GROUP BY are not automatically updatable."
	case q.Having != nil:
		return "Views containing HAVING are not automatically updatable."
	case q.SetOp != nil:
		return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable."
	case len(q.CTEs) > 0:
		return "Views containing WITH are not automatically updatable."
	case q.LimitOffset != nil || q.LimitCount != nil:
		return "Views containing LIMIT or OFFSET are not automatically updatable."
	case q.HasAggs:
		return "Views that return aggregate functions are not automatically updatable."
	case q.HasWindowFuncs:
		return "Views that return window functions are not automatically updatable."
	case q.HasTargetSRFs:
		return "Views that return set-returning functions are not automatically updatable."
	case baseEntry(q) == 0:
		return "Views that do not select from a single table or view are not automatically updatable."
	}
	return ""
}

// baseEntry gives the range table index of the one table or view that a view selects
// from, 0: it does not.
func baseEntry(q *nodes.Query) int {
	if len(q.From) != 1 {
		return 0
	}
	ref, ok := q.From[0].(*nodes.RangeRef)
	if !ok || q.RangeTable[ref.RTE-1].Relation == nil {
		return 0
	}
	return ref.RTE
}

// baseColumn gives the column of the base relation that a view's column is, 0 with the
// reason: it is none that can be updated (view_col_is_auto_updatable).
func baseColumn(q *nodes.Query, t *nodes.TargetEntry) (attno int, why string) {
	v, ok := t.Expr.(*nodes.Var)
	switch {
	case t.Resjunk:
		return 0, "Junk view columns are not updatable."
	case !ok || v.RTE != baseEntry(q) || v.LevelsUp > 0:
		return 0, "View columns that are not columns of their base relation are not updatable."
	case v.Attno < 0:
		return 0, "View columns that refer to system columns are not updatable."
	case v.Attno == 0:
		return 0, "View columns that return whole-row references are not updatable."
	}
	return v.Attno, ""
}

// viewColumn gives the entry of a view's column.
func viewColumn(q *nodes.Query, attno int) *nodes.TargetEntry {
	for _, t := range q.TargetList {
		if t.Resno == attno && !t.Resjunk {
			return t
		}
	}
	return nil
}

// noUpdatableColumn is what a view is refused for that rows could be deleted from alone.
const noUpdatableColumn = "Views that have no updatable columns are not automatically updatable."

// notUpdatable says why a command can't be carried out through a view; "": it can.
func notUpdatable(q *nodes.Query, command nodes.CmdType) string {
	if why := notSimple(q); why != "" || command == nodes.CmdDelete {
		return why
	}
	for _, t := range q.TargetList {
		if attno, _ := baseColumn(q, t); attno > 0 {
			return ""
		}
	}
	return noUpdatableColumn
}

// UpdatableView tells what is automatically updatable of a view: whether rows can be
// deleted, and of each column the base relation's column that it is.
func UpdatableView(c *catalog.Catalog, env *adt.Env, rel *catalog.Relation) (catalog.UpdatableView, error) {
	q, err := definition(c, env, rel)
	if err != nil || notSimple(q) != "" {
		return catalog.UpdatableView{}, err
	}
	out := catalog.UpdatableView{Base: q.RangeTable[baseEntry(q)-1].Relation.OID, Columns: make([]int, len(rel.Columns))}
	for _, t := range q.TargetList {
		if attno, _ := baseColumn(q, t); attno > 0 {
			out.Columns[t.Resno-1] = attno
		}
	}
	return out, nil
}
