package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformSortClause resolves ORDER BY. Expressions that are not in the target
// list are added to it as junk. With sql99 a bare name or number is an
// expression, not an output column.
func (ps *ParseState) transformSortClause(order []*pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind, sql99 bool) ([]*nodes.SortGroupClause, error) {
	var out []*nodes.SortGroupClause
	for _, n := range order {
		s := n.GetSortBy()
		t, err := ps.findTarget(s.Node, tl, kind, sql99)
		if err != nil {
			return nil, err
		}
		if out, err = ps.addToSortList(t, out, *tl, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (ps *ParseState) findTarget(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind, sql99 bool) (*nodes.TargetEntry, error) {
	if sql99 {
		return ps.findTargetSQL99(n, tl, kind)
	}
	return ps.findTargetSQL92(n, tl, kind)
}

// findTargetSQL92 finds the target list entry that an item of ORDER BY, GROUP BY
// or DISTINCT ON means: an output column by name or number, else an expression.
func (ps *ParseState) findTargetSQL92(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind) (*nodes.TargetEntry, error) {
	if c := n.GetColumnRef(); c != nil && len(c.Fields) == 1 && c.Fields[0].GetString_() != nil {
		t, err := ps.findTargetByName(c.Fields[0].GetString_().Sval, *tl, kind, int(c.Location))
		if err != nil || t != nil {
			return t, err
		}
	}
	if c := n.GetAConst(); c != nil {
		iv, ok := c.Val.(*pg_query.A_Const_Ival)
		if !ok || c.Isnull {
			return nil, pgerr.New(pgerrcode.SyntaxError, "non-integer constant in %s", kind).At(int(c.Location))
		}
		want := int(iv.Ival.GetIval())
		pos := 0
		for _, t := range *tl {
			if t.Resjunk {
				continue
			}
			if pos++; pos == want {
				return t, ps.checkTargetSQL92(t, kind)
			}
		}
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s position %d is not in select list", kind, want).At(int(c.Location))
	}
	return ps.findTargetSQL99(n, tl, kind)
}

// findTargetByName finds an output column by name, or nothing. For GROUP BY a
// column of FROM is preferred. A name that differs in case alone is taken when
// nothing has the name exactly.
func (ps *ParseState) findTargetByName(name string, tl []*nodes.TargetEntry, kind ExprKind, loc int) (*nodes.TargetEntry, error) {
	var input nodes.Expr
	var trueName string
	looked := false
	look := func(localOnly bool) (err error) {
		if !looked {
			looked = true
			input, trueName, err = ps.colNameToVar(name, localOnly, loc)
		}
		return err
	}
	if kind == KindGroupBy {
		if err := look(true); err != nil {
			return nil, err
		}
		if input != nil && (trueName == "" || trueName == name) {
			return nil, nil
		}
	}
	var found *nodes.TargetEntry
	for _, t := range tl {
		if t.Resjunk || t.Name != name {
			continue
		}
		if found != nil && !equalExpr(found.Expr, t.Expr) {
			return nil, pgerr.New(pgerrcode.AmbiguousColumn, "%s \"%s\" is ambiguous", kind, name).At(loc)
		}
		if found == nil {
			found = t
		}
	}
	if found == nil && kind != KindGroupBy {
		folded := false
		for _, t := range tl {
			if !t.Resjunk && strings.EqualFold(t.Name, name) {
				if found != nil && !equalExpr(found.Expr, t.Expr) {
					return nil, nil
				}
				if found == nil {
					found, folded = t, true
				}
			}
		}
		if folded {
			if err := look(false); err != nil {
				return nil, nil // whatever is wrong with it, the expression will tell
			}
			if input != nil && (trueName == "" || trueName == name) {
				return nil, nil
			}
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, ps.checkTargetSQL92(found, kind)
}

// checkTargetSQL92 refuses to group by an output column that holds an aggregate
// or window function.
func (ps *ParseState) checkTargetSQL92(t *nodes.TargetEntry, kind ExprKind) error {
	if kind != KindGroupBy {
		return nil
	}
	if ps.hasAggs {
		if loc, found := locateAggOfLevel(t.Expr, 0); found {
			return pgerr.New(pgerrcode.GroupingError, "aggregate functions are not allowed in %s", kind).At(loc)
		}
	}
	if ps.hasWindowFuncs {
		if loc, found := locateWindowFunc(t.Expr); found {
			return pgerr.New(pgerrcode.WindowingError, "window functions are not allowed in %s", kind).At(loc)
		}
	}
	return nil
}

// findTargetSQL99 finds or adds the target list entry of an expression.
func (ps *ParseState) findTargetSQL99(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind) (*nodes.TargetEntry, error) {
	e, err := ps.transformExpr(n, kind)
	if err != nil {
		return nil, err
	}
	for _, t := range *tl {
		if equalExpr(e, stripImplicitCoercions(t.Expr)) {
			return t, nil
		}
	}
	t, err := ps.transformTarget(n, e, kind, "", true)
	if err != nil {
		return nil, err
	}
	*tl = append(*tl, t)
	return t, nil
}

// stripImplicitCoercions looks through coercions that nobody wrote.
func stripImplicitCoercions(e nodes.Expr) nodes.Expr {
	switch x := e.(type) {
	case *nodes.FuncExpr:
		if x.Form == nodes.ImplicitForm && len(x.Args) > 0 {
			return stripImplicitCoercions(x.Args[0])
		}
	case *nodes.RelabelType:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.CoerceViaIO:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.ArrayCoerceExpr:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.ConvertRowtypeExpr:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.CoerceToDomain:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	}
	return e
}

// unknownToText makes text of a target whose type is unknown still.
func (ps *ParseState) unknownToText(t *nodes.TargetEntry) (OID, error) {
	typ := nodes.TypeOf(t.Expr).Type
	if typ != adt.UnknownOID {
		return typ, nil
	}
	e, err := ps.coerceType(t.Expr, typ, adt.TextOID, -1, CoerceImplicit, nodes.ImplicitForm, -1)
	if err == nil {
		t.Expr = e
	}
	return adt.TextOID, err
}

// addToSortList adds a sort key unless the list has it, addTargetToSortList.
func (ps *ParseState) addToSortList(t *nodes.TargetEntry, list []*nodes.SortGroupClause, tl []*nodes.TargetEntry, s *pg_query.SortBy) ([]*nodes.SortGroupClause, error) {
	typ, err := ps.unknownToText(t)
	if err != nil {
		return nil, err
	}
	loc := int(s.Location)
	if loc < 0 {
		loc = rawLocation(s.Node)
	}
	c := &nodes.SortGroupClause{}
	switch s.SortbyDir {
	case pg_query.SortByDir_SORTBY_DESC:
		_, c.Eq, c.Sort, c.Hashable, err = ps.sortGroupOperators(typ, false, true)
		c.Desc = true
	case pg_query.SortByDir_SORTBY_USING:
		err = ps.usingOperator(c, names(s.UseOp), typ, loc)
	default:
		c.Sort, c.Eq, _, c.Hashable, err = ps.sortGroupOperators(typ, true, false)
	}
	if err != nil {
		return nil, pgerr.Place(err, loc)
	}
	if ps.inSortList(t, c.Sort, list) {
		return list, nil
	}
	c.Ref = assignRef(t, tl)
	switch s.SortbyNulls {
	case pg_query.SortByNulls_SORTBY_NULLS_FIRST:
		c.NullsFirst = true
	case pg_query.SortByNulls_SORTBY_NULLS_LAST:
	default:
		c.NullsFirst = c.Desc
	}
	return append(list, c), nil
}

// usingOperator resolves ORDER BY x USING op.
func (ps *ParseState) usingOperator(c *nodes.SortGroupClause, name []string, typ OID, loc int) error {
	op, err := ps.compatibleOper(name, typ, typ, loc)
	if err != nil {
		return err
	}
	c.Sort = op.OID
	for _, m := range ps.catalog.OpFamilyMembers(op.OID) {
		if m.Method == catalog.BtreeAM && (m.Strategy == 1 || m.Strategy == 5) {
			if c.Eq = ps.catalog.OpFamilyOperator(m.Family, m.Left, m.Right, 3); c.Eq != 0 {
				c.Desc = m.Strategy == 5
				break
			}
		}
	}
	if c.Eq == 0 {
		return pgerr.New(pgerrcode.WrongObjectType, "operator %s is not a valid ordering operator", name[len(name)-1]).
			Hintf("Ordering operators must be \"<\" or \">\" members of btree operator families.").At(loc)
	}
	_, eq, _, hashable := ps.catalog.SortOperators(typ)
	c.Hashable = hashable && eq == c.Eq
	return nil
}

// addToGroupList adds a grouping key unless the list has it,
// addTargetToGroupList.
func (ps *ParseState) addToGroupList(t *nodes.TargetEntry, list []*nodes.SortGroupClause, tl []*nodes.TargetEntry, loc int) ([]*nodes.SortGroupClause, error) {
	typ, err := ps.unknownToText(t)
	if err != nil {
		return nil, err
	}
	if ps.inSortList(t, 0, list) {
		return list, nil
	}
	lt, eq, _, hashable, err := ps.sortGroupOperators(typ, false, false)
	if err != nil {
		return nil, pgerr.Place(err, loc)
	}
	return append(list, &nodes.SortGroupClause{Ref: assignRef(t, tl), Eq: eq, Sort: lt, Hashable: hashable}), nil
}

// assignRef gives a target a sort group reference if it has none.
func assignRef(t *nodes.TargetEntry, tl []*nodes.TargetEntry) int {
	if t.Ref == 0 {
		most := 0
		for _, x := range tl {
			most = max(most, x.Ref)
		}
		t.Ref = most + 1
	}
	return t.Ref
}

// inSortList tells whether a target is in a sort or group list, under that
// operator, its commutator, or, for 0, any.
func (ps *ParseState) inSortList(t *nodes.TargetEntry, op OID, list []*nodes.SortGroupClause) bool {
	if t.Ref == 0 {
		return false
	}
	for _, c := range list {
		if c.Ref != t.Ref {
			continue
		}
		if op == 0 || op == c.Sort {
			return true
		}
		if o := ps.catalog.OperatorByOID(c.Sort); o != nil && o.Commutator == op {
			return true
		}
	}
	return false
}

// targetByRef finds the target of a sort or group clause.
func targetByRef(ref int, tl []*nodes.TargetEntry) *nodes.TargetEntry {
	for _, t := range tl {
		if t.Ref == ref {
			return t
		}
	}
	return nil
}

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
