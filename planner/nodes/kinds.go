package nodes

// The kinds of expressions: what PostgreSQL tells by enumerations of primnodes.h.

// CoercionForm tells how a function call or coercion was written, for deparsing.
type CoercionForm uint8

// The forms of CoercionForm.
const (
	CallForm      CoercionForm = iota // as a function call
	CastForm                          // as an explicit cast
	ImplicitForm                      // as an implicit coercion
	SQLSyntaxForm                     // in SQL's special syntax, such as EXTRACT
)

// BoolOp is the operator of a BoolExpr.
type BoolOp uint8

// The operators of BoolExpr.
const (
	And BoolOp = iota
	Or
	Not
)

// SubLinkKind is the kind of a SubLink.
type SubLinkKind uint8

// The kinds of SubLink.
const (
	ExistsSubLink     SubLinkKind = iota
	AllSubLink                    // lefthand op ALL (SELECT …)
	AnySubLink                    // lefthand op ANY (SELECT …), IN
	RowCompareSubLink             // row op (SELECT …)
	ExprSubLink                   // (SELECT …)
	ArraySubLink                  // ARRAY(SELECT …)
)

// RowCompareOp is the operator of a RowCompareExpr.
type RowCompareOp uint8

// The operators of RowCompareExpr.
const (
	RowLT RowCompareOp = iota
	RowLE
	RowGE
	RowGT
)

// BoolTest is the test of a BooleanTest.
type BoolTest uint8

// The tests of BooleanTest.
const (
	IsTrue BoolTest = iota
	IsNotTrue
	IsFalse
	IsNotFalse
	IsUnknown
	IsNotUnknown
)

// SQLValueFunctionOp is the function of a SQLValueFunction.
type SQLValueFunctionOp uint8

// The functions of SQLValueFunction.
const (
	CurrentDate SQLValueFunctionOp = iota
	CurrentTime
	CurrentTimestamp
	LocalTime
	LocalTimestamp
	CurrentRole
	CurrentUser
	User
	SessionUser
	CurrentCatalog
	CurrentSchema
)

// JSONConstructorKind is the kind of a JSONConstructorExpr.
type JSONConstructorKind uint8

// The kinds of JSONConstructorExpr.
const (
	JSONObject JSONConstructorKind = iota
	JSONArray
	JSONObjectAgg
	JSONArrayAgg
)

// JSONValueKind is what IS JSON asks for.
type JSONValueKind uint8

// The kinds that IS JSON asks for.
const (
	JSONAny JSONValueKind = iota
	JSONAnyObject
	JSONAnyArray
	JSONAnyScalar
)
