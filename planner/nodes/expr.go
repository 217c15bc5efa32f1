// Package nodes is the typed tree between semantic analysis and planning:
// PostgreSQL's Query and expression nodes (parsenodes.h, primnodes.h) as plain
// Go data. It holds no logic but the questions every stage asks of a tree: an
// expression's type, a walk, a rewrite.
//
// The way of a query through it: analyze builds a Query from a raw parse tree;
// plan rewrites it into a plan tree whose expressions are these same nodes with
// each Var replaced by a Slot; exec compiles those to closures.
package nodes

import "github.com/flowgres/flowgres/planner/adt"

// OID identifies a catalog object.
type OID = adt.OID

// Expr is an expression node: one of the pointer types below. Location fields
// are byte offsets into the statement, -1 when unknown.
type Expr interface{ expr() }

type (
	// Var is a column of a range table entry. Attno is 1-based, 0 the whole row,
	// negative a system column. LevelsUp counts enclosing queries.
	Var struct {
		RTE       int // 1-based index into the query's RangeTable
		Attno     int
		Type      OID
		Typmod    int32
		Collation OID
		LevelsUp  int
		Location  int
	}

	// Slot is a column of the input row of a plan node: what plan makes of a Var.
	Slot struct {
		Index     int
		Type      OID
		Typmod    int32
		Collation OID
	}

	// Const is a literal; a nil Value is NULL.
	Const struct {
		Type      OID
		Typmod    int32
		Collation OID
		Value     adt.Datum
		Location  int
	}

	// Param is a statement parameter $Number, or with Exec the executor's
	// parameter of that number (plan makes these for correlated values).
	Param struct {
		Number    int // 1-based for $n, 0-based for Exec
		Exec      bool
		Type      OID
		Typmod    int32
		Collation OID
		Location  int
	}

	// FuncExpr calls a function (for prokind f; not aggregates or windows).
	FuncExpr struct {
		Func           OID // pg_proc
		Type           OID
		ReturnsSet     bool
		Variadic       bool // the last argument is a VARIADIC array
		Form           CoercionForm
		Collation      OID // of the result
		InputCollation OID
		Args           []Expr // in declared order, defaults filled in
		Location       int
	}

	// OpExpr applies an operator. Also the shape of DistinctExpr and NullIfExpr.
	OpExpr struct {
		Op             OID // pg_operator
		Func           OID // its oprcode
		Type           OID
		ReturnsSet     bool
		Collation      OID
		InputCollation OID
		Args           []Expr // one or two
		Location       int
	}

	// DistinctExpr is a IS DISTINCT FROM b; OpExpr is the = operator.
	DistinctExpr struct{ OpExpr }

	// NullIfExpr is NULLIF(a, b); OpExpr is the = operator, Type that of a.
	NullIfExpr struct{ OpExpr }

	// ScalarArrayOpExpr is a op ANY (array), or ALL with All.
	ScalarArrayOpExpr struct {
		Op             OID
		Func           OID
		All            bool
		InputCollation OID
		Args           []Expr // scalar, array
		Location       int
	}

	// BoolExpr is AND, OR or NOT.
	BoolExpr struct {
		Op       BoolOp
		Args     []Expr
		Location int
	}

	// Aggref is an aggregate call.
	Aggref struct {
		Func           OID
		Type           OID
		Collation      OID
		InputCollation OID
		ArgTypes       []OID          // declared arguments incl. direct ones
		DirectArgs     []Expr         // of ordered-set aggregates
		Args           []*TargetEntry // aggregated arguments, then resjunk sort columns
		Order          []*SortGroupClause
		Distinct       []*SortGroupClause
		Filter         Expr
		Star           bool // count(*)
		Variadic       bool
		Kind           byte // pg_aggregate.aggkind: n, o, h
		LevelsUp       int
		Location       int
	}

	// GroupingFunc is GROUPING(…). Refs are the sortgrouprefs of its arguments.
	GroupingFunc struct {
		Args     []Expr
		Refs     []int
		LevelsUp int
		Location int
	}

	// WindowFunc is a call with OVER.
	WindowFunc struct {
		Func           OID
		Type           OID
		Collation      OID
		InputCollation OID
		Args           []Expr
		Filter         Expr
		Window         int // WindowClause.Ref
		Star           bool
		Agg            bool // a plain aggregate over the frame
		Location       int
	}

	// SubscriptingRef is container[subscripts]: array elements, slices, jsonb.
	SubscriptingRef struct {
		Container OID // type of the container
		Elem      OID
		Type      OID // of the result
		Typmod    int32
		Collation OID
		Expr      Expr
		Upper     []Expr // one an index; nil: an omitted slice bound
		Lower     []Expr // same length when Slice, else nil
		Slice     bool
		Assign    Expr // if set, the result is the container with this put there
		Location  int
	}

	// SubLink is a subquery in an expression.
	SubLink struct {
		Kind      SubLinkKind
		Test      Expr // ANY, ALL, ROWCOMPARE: the combining condition, the subquery's columns as SubLinkParam
		Query     *Query
		Type      OID // of the result
		Typmod    int32
		Collation OID
		Location  int
	}

	// SubLinkParam stands in SubLink.Test for the subquery's output column.
	SubLinkParam struct {
		Column    int // 1-based
		Type      OID
		Typmod    int32
		Collation OID
	}

	// FieldSelect is (composite).field; Attno is 1-based.
	FieldSelect struct {
		Arg       Expr
		Attno     int
		Type      OID
		Typmod    int32
		Collation OID
	}

	// RelabelType is a binary-compatible coercion, also of typmod alone.
	RelabelType struct {
		Arg       Expr
		Type      OID
		Typmod    int32
		Collation OID
		Form      CoercionForm
		Location  int
	}

	// CoerceViaIO coerces through text: output of one type, input of the other.
	CoerceViaIO struct {
		Arg       Expr
		Type      OID
		Collation OID
		Form      CoercionForm
		Location  int
	}

	// ArrayCoerceExpr coerces each element; Elem is over a CaseTestExpr.
	ArrayCoerceExpr struct {
		Arg       Expr
		Elem      Expr
		Type      OID
		Typmod    int32
		Collation OID
		Form      CoercionForm
		Location  int
	}

	// ConvertRowtypeExpr coerces a composite value to another row type.
	ConvertRowtypeExpr struct {
		Arg      Expr
		Type     OID
		Form     CoercionForm
		Location int
	}

	// CollateExpr is arg COLLATE collation.
	CollateExpr struct {
		Arg       Expr
		Collation OID
		Location  int
	}

	// CaseExpr is CASE; with Arg each When tests a CaseTestExpr.
	CaseExpr struct {
		Type      OID
		Collation OID
		Arg       Expr
		Whens     []CaseWhen
		Default   Expr // never nil: a NULL Const where ELSE is missing
		Location  int
	}

	// CaseWhen is one arm of a CaseExpr.
	CaseWhen struct {
		When, Then Expr
	}

	// CaseTestExpr stands for the value that the innermost enclosing CaseExpr
	// with Arg, or ArrayCoerceExpr, tests.
	CaseTestExpr struct {
		Type      OID
		Typmod    int32
		Collation OID
	}

	// ArrayExpr is ARRAY[…]; Multi when its elements are arrays themselves.
	ArrayExpr struct {
		Type      OID
		Elem      OID
		Collation OID
		Elements  []Expr
		Multi     bool
		Location  int
	}

	// RowExpr is ROW(…).
	RowExpr struct {
		Args     []Expr
		Type     OID // RECORDOID or a composite type
		Names    []string
		Form     CoercionForm
		Location int
	}

	// RowCompareExpr is (a, b) < (c, d) for <, <=, >=, >; = and <> become
	// BoolExpr in analysis.
	RowCompareExpr struct {
		Op          RowCompareOp
		Ops         []OID // operators of the columns
		Collations  []OID
		Left, Right []Expr
	}

	// CoalesceExpr is COALESCE.
	CoalesceExpr struct {
		Type      OID
		Collation OID
		Args      []Expr
		Location  int
	}

	// MinMaxExpr is GREATEST or LEAST.
	MinMaxExpr struct {
		Type           OID
		Collation      OID
		InputCollation OID
		Least          bool
		Args           []Expr
		Location       int
	}

	// SQLValueFunction is CURRENT_DATE, CURRENT_USER and the like.
	SQLValueFunction struct {
		Op       SQLValueFunctionOp
		Type     OID
		Typmod   int32
		Location int
	}

	// CursorKey is a column of the primary key of the table's row that a cursor is
	// on, which WHERE CURRENT OF compares with the table's own.
	CursorKey struct {
		Cursor    string
		Table     OID
		Name      string // of the table
		Column    int    // of the key
		Type      OID
		Typmod    int32
		Collation OID
	}

	// NullTest is IS [NOT] NULL; Row when the argument is composite.
	NullTest struct {
		Arg      Expr
		Not      bool
		Row      bool
		Location int
	}

	// BooleanTest is IS [NOT] TRUE, FALSE or UNKNOWN.
	BooleanTest struct {
		Arg      Expr
		Test     BoolTest
		Location int
	}

	// CoerceToDomain checks a value against a domain's constraints.
	CoerceToDomain struct {
		Arg       Expr
		Type      OID
		Typmod    int32
		Collation OID
		Form      CoercionForm
		Location  int
	}

	// SetToDefault is DEFAULT in an INSERT or UPDATE.
	SetToDefault struct {
		Type      OID
		Typmod    int32
		Collation OID
		Location  int
	}

	// JSONConstructorExpr is a SQL/JSON constructor of PostgreSQL 16
	// (JSON_ARRAY, JSON_OBJECT, JSON_ARRAYAGG, JSON_OBJECTAGG). Func, when set, is the aggregate or
	// window call that does the work.
	JSONConstructorExpr struct {
		Kind         JSONConstructorKind
		Args         []Expr
		Func         Expr
		Type         OID // of Returning
		Typmod       int32
		JSONB        bool // the format of the result
		AbsentOnNull bool
		Unique       bool
		Location     int
	}

	// JSONIsPredicate is expr IS [NOT is a BoolExpr] JSON [kind] [WITH UNIQUE KEYS].
	JSONIsPredicate struct {
		Arg      Expr
		Kind     JSONValueKind
		Unique   bool
		Location int
	}
)

func (*Var) expr()                 {}
func (*Slot) expr()                {}
func (*Const) expr()               {}
func (*Param) expr()               {}
func (*FuncExpr) expr()            {}
func (*OpExpr) expr()              {}
func (*DistinctExpr) expr()        {}
func (*NullIfExpr) expr()          {}
func (*ScalarArrayOpExpr) expr()   {}
func (*BoolExpr) expr()            {}
func (*Aggref) expr()              {}
func (*GroupingFunc) expr()        {}
func (*WindowFunc) expr()          {}
func (*SubscriptingRef) expr()     {}
func (*SubLink) expr()             {}
func (*SubLinkParam) expr()        {}
func (*FieldSelect) expr()         {}
func (*RelabelType) expr()         {}
func (*CoerceViaIO) expr()         {}
func (*ArrayCoerceExpr) expr()     {}
func (*ConvertRowtypeExpr) expr()  {}
func (*CollateExpr) expr()         {}
func (*CaseExpr) expr()            {}
func (*CaseTestExpr) expr()        {}
func (*ArrayExpr) expr()           {}
func (*RowExpr) expr()             {}
func (*RowCompareExpr) expr()      {}
func (*CoalesceExpr) expr()        {}
func (*MinMaxExpr) expr()          {}
func (*SQLValueFunction) expr()    {}
func (*CursorKey) expr()           {}
func (*NullTest) expr()            {}
func (*BooleanTest) expr()         {}
func (*CoerceToDomain) expr()      {}
func (*SetToDefault) expr()        {}
func (*JSONConstructorExpr) expr() {}
func (*JSONIsPredicate) expr()     {}

// Custom is an expression node that a later stage adds, with what Walk, Rewrite
// and TypeOf must know of it.
type Custom interface {
	Expr
	Info() Info
	SubExprs() []Expr
	WithSubExprs([]Expr) Expr // a copy with other sub-expressions, in the same order
}

// CustomExpr is embedded by a Custom node to make it an Expr.
type CustomExpr struct{}

func (CustomExpr) expr() {}
