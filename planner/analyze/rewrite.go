package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// rewriteQuery does what PostgreSQL's rewriter does, once all else is resolved: it makes
// writes to views writes to their tables, and refuses a column that is set twice and
// writes to catalogs (RewriteQuery).
func rewriteQuery(c *catalog.Catalog, env *adt.Env, q *nodes.Query) error {
	if q == nil {
		return nil
	}
	for _, cte := range q.CTEs {
		if err := rewriteQuery(c, env, cte.Query); err != nil {
			return err
		}
	}
	for q.ResultRelation > 0 {
		if err := assignedOnce(q); err != nil {
			return err
		}
		rel := c.RelationByOID(q.RangeTable[q.ResultRelation-1].Relation.OID)
		switch {
		case rel != nil && q.Command == nodes.CmdUpdate && c.RuleOnUpdate(rel.OID):
			return pgerr.Unsupported("the rule of \"%s\" for UPDATE is not supported", rel.Name)
		case rel != nil && rel.Kind == 'v':
			if err := rewriteTargetView(c, env, q, rel); err != nil {
				return err
			}
			continue
		case rel != nil && rel.System:
			return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for table %s", rel.Name)
		case rel != nil && q.OnConflict != nil:
			inferArbiter(q.OnConflict, rel)
		}
		break
	}
	return nil
}

// writesView tells whether a query, or one of its WITH list, writes to a view.
func writesView(q *nodes.Query) bool {
	return q != nil && (q.ResultRelation > 0 && q.RangeTable[q.ResultRelation-1].Relation.Kind == 'v' ||
		slices.ContainsFunc(q.CTEs, func(cte *nodes.CTE) bool { return writesView(cte.Query) }))
}

func assignedOnce(q *nodes.Query) error {
	sets := [][]*nodes.TargetEntry{q.TargetList}
	for _, a := range q.Actions() {
		sets = append(sets, a.TargetList)
	}
	for _, list := range sets {
		for i, t := range list {
			for _, o := range list[:i] {
				if o.Resno == t.Resno {
					return pgerr.New(pgerrcode.SyntaxError, "multiple assignments to same column \"%s\"", t.Name)
				}
			}
		}
	}
	return nil
}

// inferArbiter tells whether ON CONFLICT names what a primary key is over
// (infer_arbiter_indexes).
func inferArbiter(oc *nodes.OnConflict, rel *catalog.Relation) {
	if !oc.Inferred {
		return
	}
	match := len(rel.PrimaryKey) > 0 && len(oc.Columns) == len(rel.PrimaryKey)
	for _, k := range rel.PrimaryKey {
		match = match && slices.Contains(oc.Columns, k+1)
	}
	oc.NoArbiter = oc.NoArbiter || !match
}

// rewriteTargetView makes a write to a view one to what the view selects from, in place.
func rewriteTargetView(c *catalog.Catalog, env *adt.Env, q *nodes.Query, rel *catalog.Relation) error {
	view, err := definition(c, env, rel)
	if err != nil {
		return err
	}
	if why := notUpdatable(view, q.Command); why != "" {
		return viewNotUpdatable(rel, q.Command, why)
	}
	if err := columnsUpdatable(view, q, rel); err != nil {
		return err
	}
	if base := c.RelationByOID(view.RangeTable[baseEntry(view)-1].Relation.OID); rel.System && base.Kind != 'v' {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for view %s", rel.Name)
	}
	return (&targetView{view: view, rel: rel, q: q}).rewrite()
}

// viewNotUpdatable is error_view_not_updatable.
func viewNotUpdatable(rel *catalog.Relation, command nodes.CmdType, why string) error {
	verb, doing, event := "insert into", "inserting into", "INSERT"
	switch command {
	case nodes.CmdUpdate:
		verb, doing, event = "update", "updating", "UPDATE"
	case nodes.CmdDelete:
		verb, doing, event = "delete from", "deleting from", "DELETE"
	}
	return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "cannot %s view \"%s\"", verb, rel.Name).Detailf("%s", why).
		Hintf("To enable %s the view, provide an INSTEAD OF %s trigger or an unconditional ON %s DO INSTEAD rule.", doing, event, event)
}

// columnsUpdatable refuses to set columns of a view that are none of its base relation
// (view_cols_are_auto_updatable). The first in the view's order is named.
func columnsUpdatable(view, q *nodes.Query, rel *catalog.Relation) error {
	set := slices.Clone(q.TargetList)
	for _, a := range q.Actions() {
		set = append(set, a.TargetList...)
	}
	for _, t := range view.TargetList {
		attno, why := baseColumn(view, t)
		if attno > 0 || !slices.ContainsFunc(set, func(s *nodes.TargetEntry) bool { return s.Resno == t.Resno }) {
			continue
		}
		verb := "insert into"
		if q.Command == nodes.CmdUpdate {
			verb = "update"
		}
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot %s column \"%s\" of view \"%s\"", verb, rel.Columns[t.Resno-1].Name, rel.Name).
			Detailf("%s", why)
	}
	return nil
}

// targetView is the rewriting of a write to a view.
type targetView struct {
	view *nodes.Query
	rel  *catalog.Relation
	q    *nodes.Query

	base, excluded int // the base relation's entries in q
	err            error
}

// rewrite puts the base relation into the range table, as the target, and the view's
// expressions in place of its columns. The view's own entry stays, unused.
func (r *targetView) rewrite() error {
	q := r.q
	target := q.ResultRelation
	r.base = r.addEntry("")
	targets := map[int]int{target: r.base}
	if oc := q.OnConflict; oc != nil && !oc.DoNothing {
		r.excluded = r.addEntry("excluded")
		targets[oc.Excluded] = r.excluded
	}
	w := &nodes.Rewriter{}
	w.Expr = func(e nodes.Expr, depth int) (nodes.Expr, bool) {
		switch e := e.(type) {
		case *nodes.CursorKey:
			if e.Table == r.rel.OID {
				r.err = pgerr.Unsupported("WHERE CURRENT OF on a view is not implemented")
			}
		case *nodes.Var:
			if to := targets[e.RTE]; to > 0 && e.LevelsUp == depth {
				return r.column(e, to, depth), true
			}
		}
		return nil, false
	}
	out := w.Body(q, 0)
	out.CTEs = q.CTEs
	for i, j := range out.From {
		out.From[i] = retarget(j, target, r.base)
	}
	out.ResultRelation = r.base
	out.HasSubLinks = out.HasSubLinks || r.view.HasSubLinks
	r.resnos(out.TargetList)
	if oc := out.OnConflict; oc != nil {
		r.resnos(oc.Set)
		r.arbiter(oc)
		oc.Excluded = r.excluded
	}
	if where := r.view.Where; where != nil && q.Command != nodes.CmdInsert {
		where = r.moved(r.base).One(where, 0)
		if out.Where != nil {
			where = &nodes.BoolExpr{Op: nodes.And, Args: []nodes.Expr{out.Where, where}, Location: -1}
		}
		out.Where = where
	}
	if r.err != nil {
		return r.err
	}
	*q = *out
	return nil
}

// addEntry puts an entry of the base relation into the range table.
func (r *targetView) addEntry(alias string) int {
	base := *r.view.RangeTable[baseEntry(r.view)-1]
	if alias != "" {
		base.Alias = alias
	}
	base.Kind, base.Query = nodes.RTERelation, nil
	r.q.RangeTable = append(slices.Clone(r.q.RangeTable), &base)
	return len(r.q.RangeTable)
}

// moved rewrites the view's expressions to name an entry of the query instead of the
// view's own base relation.
func (r *targetView) moved(entry int) *nodes.Rewriter {
	from := baseEntry(r.view)
	return &nodes.Rewriter{Expr: func(e nodes.Expr, depth int) (nodes.Expr, bool) {
		v, ok := e.(*nodes.Var)
		if !ok || v.LevelsUp != depth || v.RTE != from {
			return nil, false
		}
		c := *v
		c.RTE = entry
		return &c, true
	}}
}

// column is what a column of the view, or its row, is over an entry of the base
// relation, in a query so many levels below (ReplaceVarsFromTargetList).
func (r *targetView) column(v *nodes.Var, entry, depth int) nodes.Expr {
	expr := func(t *nodes.TargetEntry) nodes.Expr { return nodes.Deeper(r.moved(entry).One(t.Expr, 0), depth) }
	if v.Attno > 0 {
		return expr(viewColumn(r.view, v.Attno))
	}
	row := &nodes.RowExpr{Type: v.Type, Form: nodes.ImplicitForm, Location: v.Location}
	for i, c := range r.rel.Columns {
		row.Args = append(row.Args, expr(viewColumn(r.view, i+1)))
		row.Names = append(row.Names, c.Name)
	}
	return row
}

// resnos makes what sets columns of the view set those of the base relation.
func (r *targetView) resnos(list []*nodes.TargetEntry) {
	for _, t := range list {
		attno, _ := baseColumn(r.view, viewColumn(r.view, t.Resno))
		t.Resno, t.Name = attno, r.q.RangeTable[r.base-1].Columns[attno-1].Name
	}
}

// arbiter makes ON CONFLICT name columns of the base relation; where it names another of
// the view's, no index is over it.
func (r *targetView) arbiter(oc *nodes.OnConflict) {
	columns := make([]int, 0, len(oc.Columns))
	for _, n := range oc.Columns {
		attno, _ := baseColumn(r.view, viewColumn(r.view, n))
		oc.NoArbiter = oc.NoArbiter || attno == 0
		columns = append(columns, attno)
	}
	oc.Columns = columns
}

// retarget names another entry in a FROM item.
func retarget(j nodes.JoinNode, from, to int) nodes.JoinNode {
	switch j := j.(type) {
	case *nodes.RangeRef:
		if j.RTE == from {
			return &nodes.RangeRef{RTE: to}
		}
	case *nodes.Join:
		c := *j
		c.Left, c.Right = retarget(j.Left, from, to), retarget(j.Right, from, to)
		return &c
	}
	return j
}
