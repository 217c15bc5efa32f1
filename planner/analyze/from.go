package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformFromClause resolves a FROM list: its items go to the join list, and
// their names into the namespace.
func (ps *ParseState) transformFromClause(list []*pg_query.Node) error {
	for _, n := range list {
		node, _, namespace, err := ps.transformFromItem(n)
		if err != nil {
			return err
		}
		if err := checkNameConflicts(ps.namespace, namespace); err != nil {
			return err
		}
		setLateral(namespace, true, true)
		ps.joinlist = append(ps.joinlist, node)
		ps.namespace = append(ps.namespace, namespace...)
	}
	// Only items to the right see these names as LATERAL; the rest of the query
	// sees them plainly.
	setLateral(ps.namespace, false, true)
	return nil
}

func setLateral(items []*NSItem, only, ok bool) {
	for _, it := range items {
		it.LateralOnly, it.LateralOK = only, ok
	}
}

// checkNameConflicts refuses two items of one name. Two plain references to
// different tables of one name in different schemas are fine.
func checkNameConflicts(a, b []*NSItem) error {
	for _, x := range a {
		if !x.RelVisible {
			continue
		}
		for _, y := range b {
			if !y.RelVisible || x.Alias != y.Alias {
				continue
			}
			if !x.HasAlias && !y.HasAlias && x.RTE.Relation != nil && y.RTE.Relation != nil && x.RTE.Relation.OID != y.RTE.Relation.OID {
				continue
			}
			return pgerr.New(pgerrcode.DuplicateAlias, "table name \"%s\" specified more than once", x.Alias)
		}
	}
	return nil
}

// transformFromItem resolves one item of FROM. It gives the item's node, the
// namespace entry of its top, and all the entries its names make visible.
func (ps *ParseState) transformFromItem(n *pg_query.Node) (nodes.JoinNode, *NSItem, []*NSItem, error) {
	if err := ps.deeper(); err != nil {
		return nil, nil, nil, err
	}
	defer ps.shallower()
	var it *NSItem
	var err error
	switch n := n.Node.(type) {
	case *pg_query.Node_RangeVar:
		it, err = ps.transformRangeVar(n.RangeVar)
	case *pg_query.Node_RangeSubselect:
		it, err = ps.transformRangeSubselect(n.RangeSubselect)
	case *pg_query.Node_RangeFunction:
		it, err = ps.transformRangeFunction(n.RangeFunction)
	case *pg_query.Node_RangeTableFunc:
		it, err = ps.transformRangeTableFunc(n.RangeTableFunc)
	case *pg_query.Node_RangeTableSample:
		return ps.transformTableSample(n.RangeTableSample)
	case *pg_query.Node_JoinExpr:
		return ps.transformJoin(n.JoinExpr)
	default:
		err = pgerr.Internal("unrecognized node type in FROM: %T", n)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	return &nodes.RangeRef{RTE: it.RTIndex}, it, []*NSItem{it}, nil
}

func (ps *ParseState) transformRangeVar(rv *pg_query.RangeVar) (*NSItem, error) {
	if rv.Schemaname == "" {
		if cte, up := ps.findCTE(rv.Relname); cte != nil {
			return ps.addCTE(cte, up, rv)
		}
	}
	rel, err := ps.openTable(rv)
	if err != nil {
		return nil, err
	}
	return ps.addRelation(rel, rv.Alias)
}

func (ps *ParseState) transformTableSample(s *pg_query.RangeTableSample) (nodes.JoinNode, *NSItem, []*NSItem, error) {
	_, it, _, err := ps.transformFromItem(s.Relation)
	if err != nil {
		return nil, nil, nil, err
	}
	if it.RTE.Kind != nodes.RTERelation || it.RTE.Relation.Kind != 'r' {
		return nil, nil, nil, pgerr.New(pgerrcode.FeatureNotSupported,
			"TABLESAMPLE clause can only be applied to tables and materialized views").At(rawLocation(s.Relation))
	}
	if err := ps.sampleMethod(s); err != nil {
		return nil, nil, nil, err
	}
	return nil, nil, nil, pgerr.Unsupported("TABLESAMPLE is not supported").At(int(s.Location))
}

// sampleMethod checks the method of a TABLESAMPLE and its arguments,
// transformRangeTableSample.
func (ps *ParseState) sampleMethod(s *pg_query.RangeTableSample) error {
	loc := int(s.Location)
	method := names(s.Method)
	name := method[len(method)-1]
	if name != "system" && name != "bernoulli" || len(method) == 2 && method[0] != "pg_catalog" {
		return pgerr.New(pgerrcode.UndefinedObject, "tablesample method %s does not exist", dottedName(method)).At(loc)
	}
	if len(s.Args) != 1 {
		return pgerr.New(pgerrcode.InvalidTablesampleArgument, "tablesample method %s requires 1 argument, not %d", name, len(s.Args)).At(loc)
	}
	arg, err := ps.transformExpr(s.Args[0], KindFromFunction)
	if err != nil {
		return err
	}
	if _, err = ps.coerceToSpecificType(arg, adt.Float4OID, "TABLESAMPLE"); err != nil || s.Repeatable == nil {
		return err
	}
	if arg, err = ps.transformExpr(s.Repeatable, KindFromFunction); err != nil {
		return err
	}
	_, err = ps.coerceToSpecificType(arg, adt.Float8OID, "REPEATABLE")
	return err
}

func (ps *ParseState) transformRangeSubselect(r *pg_query.RangeSubselect) (*NSItem, error) {
	ps.kind = KindFromSubselect
	ps.lateralActive = r.Lateral
	q, err := ps.analyzeSubquery(r.Subquery, nil, true)
	ps.lateralActive = false
	ps.kind = KindNone
	if err != nil {
		return nil, err
	}
	if q.Command != nodes.CmdSelect {
		return nil, pgerr.Internal("unexpected non-SELECT command in subquery in FROM")
	}
	name, aliases := aliasNames(r.Alias)
	return ps.addSubquery(q, name, aliases, r.Lateral)
}

// analyzeSubquery analyses a query one level below ps, parse_sub_analyze. cte
// is the WITH item whose body it is.
func (ps *ParseState) analyzeSubquery(n *pg_query.Node, cte *nodes.CTE, resolveUnknowns bool) (*nodes.Query, error) {
	sub := ps.child()
	sub.parentCTE, sub.resolveUnknowns = cte, resolveUnknowns
	return sub.transformStmt(n)
}
