package analyze

import (
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// OID identifies a catalog object.
type OID = adt.OID

// ParseState is what analysis knows while it works on one query level,
// PostgreSQL's ParseState.
type ParseState struct {
	parent *ParseState
	*stmt

	rtable    []*nodes.RTE
	joinlist  []nodes.JoinNode // FROM so far
	namespace []*NSItem        // what names can refer to now
	nextResno int              // next TargetEntry.Resno
	kind      ExprKind

	lateralActive bool // p_lateral_active: LATERAL items are visible

	ctes      []*nodes.CTE // WITH items visible at this level, p_ctenamespace
	futureCTE []string     // WITH items not yet in scope, for hints
	parentCTE *nodes.CTE   // this query is that CTE's body

	target     *catalog.Relation // INSERT, UPDATE, DELETE, MERGE
	targetItem *NSItem
	isInsert   bool

	windowDefs []*pg_query.WindowDef // WINDOW clause and OVER (…) definitions

	resolveUnknowns bool // unknown-type output columns become text
	hasAggs         bool
	hasWindowFuncs  bool
	hasTargetSRFs   bool
	hasSubLinks     bool
	hasModifyingCTE bool
	lastSRF         nodes.Expr // most recent set-returning call, p_last_srf

	multiAssign []*multiAssign // UPDATE SET (a, b) = …
}

// stmt is what all query levels of a statement share.
type stmt struct {
	catalog *catalog.Catalog
	env     *adt.Env
	text    string
	params  *Params
	depth   int // of expression nesting
	joined  int // columns of joins
	// trueNames holds for column references that matched but for case the
	// column's true name, by the reference's location.
	trueNames map[int]string
	// rawCTEs holds the raw form of WITH items under analysis.
	rawCTEs map[*nodes.CTE]*pg_query.CommonTableExpr
}

// multiAssign is one row assignment of an UPDATE: the source of all its
// MultiAssignRef columns.
type multiAssign struct {
	row *nodes.RowExpr // ROW(…) or (…)
}

// NSItem is an entry of a namespace, PostgreSQL's ParseNamespaceItem.
type NSItem struct {
	Names    []string // column names, "" where dropped
	Alias    string   // the name it is referred to by
	HasAlias bool     // the alias was given by the user (schema-qualified names then do not match)
	RTE      *nodes.RTE
	RTIndex  int
	Columns  []NSColumn // one a name: the Var it stands for

	RelVisible  bool // Alias.column and Alias.* work
	ColsVisible bool // a bare column name works
	LateralOnly bool // only visible to LATERAL expressions
	LateralOK   bool // and allowed there
	NoSystem    bool // it has no system columns: excluded
}

// NSColumn is what a column name of an NSItem stands for.
type NSColumn struct {
	RTE       int // 0: dropped
	Attno     int
	Type      OID
	Typmod    int32
	Collation OID

	DontExpand bool // * leaves it out: SEARCH and CYCLE columns inside their WITH query
}

// newParseState starts the analysis of a statement.
func newParseState(c *catalog.Catalog, env *adt.Env, text string, p *Params) *ParseState {
	if p == nil {
		p = &Params{}
	}
	return &ParseState{
		stmt:            &stmt{catalog: c, env: env, text: text, params: p, trueNames: map[int]string{}, rawCTEs: map[*nodes.CTE]*pg_query.CommonTableExpr{}},
		nextResno:       1,
		resolveUnknowns: true,
	}
}

// child starts a query level below ps.
func (ps *ParseState) child() *ParseState {
	return &ParseState{parent: ps, stmt: ps.stmt, nextResno: 1, resolveUnknowns: true}
}

// ExprKind tells what clause an expression stands in, PostgreSQL's
// ParseExprKind.
type ExprKind uint8

// The kinds of clauses.
const (
	KindNone ExprKind = iota
	KindOther
	KindJoinOn
	KindJoinUsing
	KindFromSubselect
	KindFromFunction
	KindWhere
	KindHaving
	KindFilter
	KindWindowPartition
	KindWindowOrder
	KindWindowFrameRange
	KindWindowFrameRows
	KindWindowFrameGroups
	KindSelectTarget
	KindInsertTarget
	KindUpdateSource
	KindUpdateTarget
	KindMergeWhen
	KindGroupBy
	KindOrderBy
	KindDistinctOn
	KindLimit
	KindOffset
	KindReturning
	KindValues
	KindValuesSingle
	KindCheckConstraint
	KindFunctionDefault
	KindExecuteParameter
	KindCallArgument
	KindCycleMark
	KindIndexExpression
	KindIndexPredicate
)

// String is how messages name the clause, ParseExprKindName.
func (k ExprKind) String() string {
	switch k {
	case KindOther:
		return "extension expression"
	case KindJoinOn:
		return "JOIN/ON"
	case KindJoinUsing:
		return "JOIN/USING"
	case KindFromSubselect:
		return "sub-SELECT in FROM"
	case KindFromFunction:
		return "function in FROM"
	case KindWhere:
		return "WHERE"
	case KindHaving:
		return "HAVING"
	case KindFilter:
		return "FILTER"
	case KindWindowPartition:
		return "window PARTITION BY"
	case KindWindowOrder:
		return "window ORDER BY"
	case KindWindowFrameRange:
		return "window RANGE"
	case KindWindowFrameRows:
		return "window ROWS"
	case KindWindowFrameGroups:
		return "window GROUPS"
	case KindSelectTarget:
		return "SELECT"
	case KindInsertTarget:
		return "INSERT"
	case KindUpdateSource, KindUpdateTarget:
		return "UPDATE"
	case KindMergeWhen:
		return "MERGE WHEN"
	case KindGroupBy:
		return "GROUP BY"
	case KindOrderBy:
		return "ORDER BY"
	case KindDistinctOn:
		return "DISTINCT ON"
	case KindLimit:
		return "LIMIT"
	case KindOffset:
		return "OFFSET"
	case KindReturning:
		return "RETURNING"
	case KindValues, KindValuesSingle:
		return "VALUES"
	case KindCheckConstraint:
		return "CHECK"
	case KindFunctionDefault:
		return "DEFAULT"
	case KindExecuteParameter:
		return "EXECUTE"
	case KindCallArgument:
		return "CALL"
	case KindCycleMark:
		return "CYCLE"
	case KindIndexExpression:
		return "index expression"
	case KindIndexPredicate:
		return "index predicate"
	}
	return "unrecognized expression kind"
}

// clause names the place in complaints about what may not stand there.
func (k ExprKind) clause() string {
	switch k {
	case KindJoinOn, KindJoinUsing:
		return "JOIN conditions"
	case KindFromFunction:
		return "functions in FROM"
	case KindMergeWhen:
		return "MERGE WHEN conditions"
	case KindCheckConstraint:
		return "check constraints"
	case KindFunctionDefault:
		return "DEFAULT expressions"
	case KindExecuteParameter:
		return "EXECUTE parameters"
	case KindCallArgument:
		return "CALL arguments"
	case KindIndexExpression, KindIndexPredicate:
		return k.String() + "s"
	}
	return k.String()
}

// The two halves of this package meet in this file. What each offers the other:
//
// Expression half (expr.go, column.go, func.go, oper.go, coerce.go, type.go,
// collate.go, param.go, const.go):
//
//	newParseState(c *catalog.Catalog, env *adt.Env, text string, p *Params) *ParseState
//	(ps) child() *ParseState                                     a ParseState for a subquery: parent link, shared statement
//	(ps) transformExpr(n *pg_query.Node, kind ExprKind) (nodes.Expr, error)
//	(ps) transformWhere(n *pg_query.Node, kind ExprKind, construct string) (nodes.Expr, error)   transformWhereClause: boolean, nil for nil
//	(ps) coerceType(e, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error)
//	(ps) coerceToTargetType(e, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error)   nil, nil: impossible
//	(ps) coerceToBoolean(e, construct string) (nodes.Expr, error)
//	(ps) coerceToSpecificType(e, to OID, construct string) (nodes.Expr, error)
//	(ps) coerceToSpecificTypeTypmod(e, to OID, typmod int32, construct string) (nodes.Expr, error)
//	(ps) selectCommonType(es []nodes.Expr, context string) (typ OID, which nodes.Expr, err error)      context "": 0 instead of an error
//	(ps) selectCommonTypmod(es []nodes.Expr, common OID) int32
//	(ps) coerceToCommonType(e, to OID, context string) (nodes.Expr, error)
//	(ps) canCoerce(from, to []OID, ctx CoercionContext) bool
//	(ps) resolveTargetListUnknowns(tl []*nodes.TargetEntry) error
//	(ps) unknownAttribute(rowExpr nodes.Expr, relRef, attr string, loc int) error
//	(ps) colNameToVar(name string, localOnly bool, loc int) (nodes.Expr, string, error)                nil: none; the string is the column's true name
//	(ps) scanNSItemForColumn(it *NSItem, levelsUp int, name string, loc int) (nodes.Expr, string, error)    nil: none
//	(ps) refnameNSItem(schema, name string, loc int) (it *NSItem, levelsUp int, err error)                nil: none
//	(ps) missingRTE(schema, name string, loc int) error
//	(ps) missingColumn(rel, col string, loc int) error
//	(ps) trueColumnName(n *pg_query.Node, e nodes.Expr) string        for FigureColname: a ColumnRef's column under its true name; "" when unchanged
//	(ps) transformWholeRowRef(it *NSItem, levelsUp, loc int) nodes.Expr
//	(ps) makeOp(name []string, l, r nodes.Expr, lastSRF nodes.Expr, loc int) (nodes.Expr, error)
//	(ps) compatibleOper(name []string, l, r OID, loc int) (*catalog.Operator, error)                   no coercion needed; error when none
//	(ps) sortGroupOperators(typ OID, needLT, needEQ, needGT bool) (lt, eq, gt OID, hashable bool, err error)   get_sort_group_operators
//	(ps) typeOf(tn *pg_query.TypeName) (*adt.Type, int32, error)                                     typenameType: type and typmod
//	(ps) lookupCollation(name []string, loc int) (OID, error)
//	(ps) columnDefCollation(cd *pg_query.ColumnDef, typ OID) (OID, error)                            GetColumnDefCollation
//	(ps) transformContainerSubscripts(base nodes.Expr, container OID, typmod int32, idx []*pg_query.Node, isAssignment bool) (*nodes.SubscriptingRef, error)
//	(ps) assignQueryCollations(q *nodes.Query) error
//	(ps) assignExprCollations(e nodes.Expr) error
//	(ps) assignListCollations(es []nodes.Expr) error
//	(ps) selectCommonCollation(es []nodes.Expr, noneOK bool) (OID, error)
//	exprLocation(e nodes.Expr) int                                                                   PostgreSQL's exprLocation: the leftmost; errors: pgerr.New(…).At(loc)
//	names(list []*pg_query.Node) []string                                                            String nodes to strings
//	(p *Params) check(q *nodes.Query) error                                                          check_variable_parameters: 42P18, 42P08; Analyze calls it last
//	exprType(e nodes.Expr) OID ; everything else of an expression: nodes.TypeOf
//
// Query half (query.go select.go from.go relation.go target.go agg.go setop.go
// cte.go window.go insert.go update.go delete.go merge.go utility.go):
//
//	Analyze(c *catalog.Catalog, env *adt.Env, raw *RawStmt, p *Params) (…)
//	(ps) analyzeSubquery(n *pg_query.Node, cte *nodes.CTE, resolveUnknowns bool) (*nodes.Query, error)      parse_sub_analyze
//	(ps) transformAggregateCall(a *nodes.Aggref, args []nodes.Expr, order []*pg_query.Node, distinct bool) error
//	(ps) transformWindowFuncCall(w *nodes.WindowFunc, def *pg_query.WindowDef) error
//	(ps) transformGroupingFunc(g *pg_query.GroupingFunc) (nodes.Expr, error)
//	(ps) transformSortClause(order []*pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind, sql99 bool) ([]*nodes.SortGroupClause, error)
//	(ps) transformExpressionList(list []*pg_query.Node, kind ExprKind, allowDefault bool) ([]nodes.Expr, error)   ROW(t.*), VALUES, IN lists
//	(ps) expandRecordVariable(v *nodes.Var, levelsUp int) (*adt.RowDesc, error)
//	(ps) figureColname(n *pg_query.Node) string
//	addRangeTableEntry*, expandRelation, setting NSItem fields
