package analyze

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
)

// colname names an output column that has no AS, FigureColname. Column
// references that matched but for case give the column's true name.
func (ps *ParseState) colname(n *pg_query.Node, e nodes.Expr) string {
	if n.GetColumnRef() != nil {
		if name := ps.trueColumnName(n, e); name != "" {
			return name
		}
	}
	f := namer{ps: ps, expr: e}
	name := f.figure(n)
	if n.GetAIndirection() != nil {
		if field := ps.fieldName(e); strings.EqualFold(field, name) {
			return field
		}
	}
	return name
}

// fieldName is the true name of the field that (row).field has selected, ""
// where e is something else.
func (ps *ParseState) fieldName(e nodes.Expr) string {
	switch e := e.(type) {
	case *nodes.Var:
		if rte := ps.levelRTE(e.RTE, e.LevelsUp); e.Attno > 0 && e.Attno <= len(rte.Columns) {
			return rte.Columns[e.Attno-1].Name
		}
	case *nodes.FieldSelect:
		if desc, err := ps.rowDesc(e.Arg); err == nil && e.Attno <= len(desc.Fields) {
			return desc.Fields[e.Attno-1].Name
		}
	}
	return ""
}

// figureColname names a column by its raw expression alone.
func (ps *ParseState) figureColname(n *pg_query.Node) string {
	f := namer{ps: ps}
	return f.figure(n)
}

// namer finds a name for an expression. How good a name is decides between
// several: 0 none, 1 a last resort, 2 good.
type namer struct {
	ps   *ParseState
	expr nodes.Expr // the resolved expression, if known
}

func (f *namer) figure(n *pg_query.Node) string {
	if _, name := f.name(n); name != "" {
		return name
	}
	return "?column?"
}

func (f *namer) name(n *pg_query.Node) (int, string) {
	if n == nil {
		return 0, ""
	}
	switch n := n.Node.(type) {
	case *pg_query.Node_ColumnRef:
		// The last identifier, ignoring any * after it.
		fields := n.ColumnRef.Fields
		for i := len(fields) - 1; i >= 0; i-- {
			if s := fields[i].GetString_(); s != nil {
				if name := f.ps.trueNames[int(n.ColumnRef.Location)]; name != "" && i == len(fields)-1 {
					return 2, name
				}
				return 2, s.Sval
			}
		}
	case *pg_query.Node_AIndirection:
		list := n.AIndirection.Indirection
		for i := len(list) - 1; i >= 0; i-- {
			if s := list[i].GetString_(); s != nil {
				return 2, s.Sval
			}
		}
		return f.name(n.AIndirection.Arg)
	case *pg_query.Node_FuncCall:
		if l := names(n.FuncCall.Funcname); len(l) > 0 {
			return 2, l[len(l)-1]
		}
	case *pg_query.Node_AExpr:
		if n.AExpr.Kind == pg_query.A_Expr_Kind_AEXPR_NULLIF {
			return 2, "nullif"
		}
	case *pg_query.Node_TypeCast:
		strength, name := f.name(n.TypeCast.Arg)
		if strength <= 1 && n.TypeCast.TypeName != nil {
			if l := names(n.TypeCast.TypeName.Names); len(l) > 0 {
				return 1, l[len(l)-1]
			}
		}
		return strength, name
	case *pg_query.Node_CollateClause:
		return f.name(n.CollateClause.Arg)
	case *pg_query.Node_GroupingFunc:
		return 2, "grouping"
	case *pg_query.Node_SubLink:
		return f.sublink(n.SubLink)
	case *pg_query.Node_CaseExpr:
		strength, name := f.name(n.CaseExpr.Defresult)
		if strength <= 1 {
			return 1, "case"
		}
		return strength, name
	case *pg_query.Node_AArrayExpr:
		return 2, "array"
	case *pg_query.Node_RowExpr:
		return 2, "row"
	case *pg_query.Node_CoalesceExpr:
		return 2, "coalesce"
	case *pg_query.Node_MinMaxExpr:
		if n.MinMaxExpr.Op == pg_query.MinMaxOp_IS_LEAST {
			return 2, "least"
		}
		return 2, "greatest"
	case *pg_query.Node_SqlvalueFunction:
		if name := sqlValueNames[n.SqlvalueFunction.Op]; name != "" {
			return 2, name
		}
	case *pg_query.Node_XmlExpr:
		if name := xmlNames[n.XmlExpr.Op]; name != "" {
			return 2, name
		}
	case *pg_query.Node_XmlSerialize:
		return 2, "xmlserialize"
	case *pg_query.Node_JsonObjectConstructor:
		return 2, "json_object"
	case *pg_query.Node_JsonArrayConstructor, *pg_query.Node_JsonArrayQueryConstructor:
		return 2, "json_array"
	case *pg_query.Node_JsonObjectAgg:
		return 2, "json_objectagg"
	case *pg_query.Node_JsonArrayAgg:
		return 2, "json_arrayagg"
	}
	return 0, ""
}

var sqlValueNames = map[pg_query.SQLValueFunctionOp]string{
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg_query.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

var xmlNames = map[pg_query.XmlExprOp]string{
	pg_query.XmlExprOp_IS_XMLCONCAT:  "xmlconcat",
	pg_query.XmlExprOp_IS_XMLELEMENT: "xmlelement",
	pg_query.XmlExprOp_IS_XMLFOREST:  "xmlforest",
	pg_query.XmlExprOp_IS_XMLPARSE:   "xmlparse",
	pg_query.XmlExprOp_IS_XMLPI:      "xmlpi",
	pg_query.XmlExprOp_IS_XMLROOT:    "xmlroot",
}

// sublink names (SELECT …) after its column, EXISTS and ARRAY after themselves.
func (f *namer) sublink(s *pg_query.SubLink) (int, string) {
	switch s.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		return 2, "exists"
	case pg_query.SubLinkType_ARRAY_SUBLINK:
		return 2, "array"
	case pg_query.SubLinkType_EXPR_SUBLINK:
	default:
		return 0, ""
	}
	var name string
	nodes.Walk(f.expr, func(e nodes.Expr) bool {
		if l, ok := e.(*nodes.SubLink); ok && l.Location == int(s.Location) && l.Query != nil && len(l.Query.TargetList) > 0 {
			name = l.Query.TargetList[0].Name
		}
		return name == ""
	})
	if name != "" {
		return 2, name
	}
	sel := s.Subselect.GetSelectStmt()
	for sel != nil && sel.Larg != nil {
		sel = sel.Larg
	}
	switch {
	case sel == nil:
	case len(sel.ValuesLists) > 0:
		return 2, "column1"
	case len(sel.TargetList) > 0:
		rt := sel.TargetList[0].GetResTarget()
		if rt.GetName() != "" {
			return 2, rt.Name
		}
		return 2, f.figure(rt.GetVal())
	}
	return 0, ""
}
