package analyze

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformOnConflict resolves ON CONFLICT and finds the key that it infers.
func (ps *ParseState) transformOnConflict(c *pg_query.OnConflictClause) (*nodes.OnConflict, error) {
	loc := int(c.Location)
	if c.Action == pg_query.OnConflictAction_ONCONFLICT_UPDATE && c.Infer == nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			Hintf("For example, ON CONFLICT (column_name).").At(loc)
	}
	if ps.target.System {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "ON CONFLICT is not supported with system catalog tables").At(loc)
	}
	out := &nodes.OnConflict{DoNothing: c.Action != pg_query.OnConflictAction_ONCONFLICT_UPDATE}
	if c.Infer != nil {
		if err := ps.inferKey(c.Infer, out); err != nil {
			return nil, err
		}
	}
	if out.DoNothing {
		return out, nil
	}
	return out, ps.onConflictSet(c, out)
}

// onConflictSet resolves SET and WHERE of DO UPDATE, which see the target and,
// as excluded, the row that was to be inserted.
func (ps *ParseState) onConflictSet(c *pg_query.OnConflictClause, out *nodes.OnConflict) error {
	ps.isInsert = false
	t := ps.targetItem.RTE
	rte := &nodes.RTE{Kind: nodes.RTERelation, Alias: "excluded", Columns: t.Columns, Relation: t.Relation}
	out.Excluded = ps.addRTE(rte)
	it := newNSItem(rte, out.Excluded, true)
	it.NoSystem = true
	ps.addToQuery(it, false, true, true)
	var err error
	if out.Set, err = ps.transformSet(c.TargetList); err != nil {
		return err
	}
	if out.Where, err = ps.transformWhere(c.WhereClause, KindWhere, "WHERE"); err != nil {
		return err
	}
	ps.namespace = ps.namespace[:len(ps.namespace)-1]
	return nil
}

// inferKey resolves the columns or the constraint that ON CONFLICT names. The
// only one there can be is the primary key.
func (ps *ParseState) inferKey(f *pg_query.InferClause, out *nodes.OnConflict) error {
	loc := int(f.Location)
	key := ps.target.PrimaryKey
	out.Inferred = true
	if f.Conname != "" {
		if len(key) == 0 || f.Conname != ps.target.Name+"_pkey" {
			return pgerr.New(pgerrcode.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", f.Conname, ps.target.Name)
		}
		for _, k := range key {
			out.Columns = append(out.Columns, k+1)
		}
		return nil
	}
	plain := true
	for _, n := range f.IndexElems {
		el := n.GetIndexElem()
		if el.Ordering > pg_query.SortByDir_SORTBY_DEFAULT {
			return pgerr.New(pgerrcode.InvalidColumnReference, "ASC/DESC is not allowed in ON CONFLICT clause").At(loc)
		}
		if el.NullsOrdering > pg_query.SortByNulls_SORTBY_NULLS_DEFAULT {
			return pgerr.New(pgerrcode.InvalidColumnReference, "NULLS FIRST/LAST is not allowed in ON CONFLICT clause").At(loc)
		}
		parse := el.Expr
		if parse == nil {
			parse = &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{
				Fields: []*pg_query.Node{pg_query.MakeStrNode(el.Name)}, Location: f.Location,
			}}}
		}
		e, err := ps.transformExpr(parse, KindIndexExpression)
		if err != nil {
			return err
		}
		if len(el.Collation) > 0 {
			coll, err := ps.lookupCollation(names(el.Collation), exprLocation(e))
			if err != nil {
				return err
			}
			plain = plain && coll == nodes.TypeOf(e).Collation
		}
		// An index of the primary key has its type's own operator class and collation.
		if l := names(el.Opclass); len(l) > 0 {
			family, ok := ps.catalog.BtreeClass(l[len(l)-1])
			if !ok {
				return pgerr.New(pgerrcode.UndefinedObject, "operator class \"%s\" does not exist for access method \"btree\"", strings.Join(l, "."))
			}
			own, _ := ps.catalog.DefaultOpClass(catalog.BtreeAM, exprType(e))
			plain = plain && family == own
		}
		v, ok := e.(*nodes.Var)
		if !ok {
			plain = false
		} else if !slices.Contains(out.Columns, v.Attno) {
			out.Columns = append(out.Columns, v.Attno)
		}
	}
	if f.WhereClause != nil {
		if _, err := ps.transformExpr(f.WhereClause, KindIndexPredicate); err != nil {
			return err
		}
	}
	out.NoArbiter = !plain
	return nil
}
