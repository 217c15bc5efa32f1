package analyze

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

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
	// closed are the relations it names that are not for everybody to read.
	closed []OID
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
