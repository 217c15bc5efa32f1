package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

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
