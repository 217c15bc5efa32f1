package analyze

// Signatures that the expression half is about to fill; this file goes away.

import (
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

func Parse(text string) ([]*RawStmt, error) { panic("stub") }

func (ps *ParseState) transformExpr(n *pg_query.Node, kind ExprKind) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) transformWhere(n *pg_query.Node, kind ExprKind, construct string) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) coerceType(e nodes.Expr, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) coerceToTargetType(e nodes.Expr, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) coerceToBoolean(e nodes.Expr, construct string) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) coerceToSpecificType(e nodes.Expr, to OID, construct string) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) coerceToSpecificTypeTypmod(e nodes.Expr, to OID, typmod int32, construct string) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) selectCommonType(es []nodes.Expr, context string) (OID, nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) selectCommonTypmod(es []nodes.Expr, common OID) int32 { panic("stub") }
func (ps *ParseState) coerceToCommonType(e nodes.Expr, to OID, context string) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) canCoerce(from, to []OID, ctx CoercionContext) bool      { panic("stub") }
func (ps *ParseState) resolveTargetListUnknowns(tl []*nodes.TargetEntry) error { panic("stub") }
func (ps *ParseState) colNameToVar(name string, localOnly bool, loc int) (nodes.Expr, string, error) {
	panic("stub")
}
func (ps *ParseState) scanNSItemForColumn(it *NSItem, levelsUp int, name string, loc int) (nodes.Expr, string, error) {
	panic("stub")
}
func (ps *ParseState) refnameNSItem(schema, name string, loc int) (it *NSItem, levelsUp int, err error) {
	panic("stub")
}
func (ps *ParseState) missingRTE(schema, name string, loc int) error                 { panic("stub") }
func (ps *ParseState) missingColumn(rel, col string, loc int) error                  { panic("stub") }
func (ps *ParseState) trueColumnName(n *pg_query.Node, e nodes.Expr) string          { panic("stub") }
func (ps *ParseState) transformWholeRowRef(it *NSItem, levelsUp, loc int) nodes.Expr { panic("stub") }
func (ps *ParseState) makeOp(name []string, l, r, lastSRF nodes.Expr, loc int) (nodes.Expr, error) {
	panic("stub")
}
func (ps *ParseState) compatibleOper(name []string, l, r OID, loc int) (*catalog.Operator, error) {
	panic("stub")
}
func (ps *ParseState) sortGroupOperators(typ OID, needLT, needEQ, needGT bool) (lt, eq, gt OID, hashable bool, err error) {
	panic("stub")
}
func (ps *ParseState) typeOf(tn *pg_query.TypeName) (*adt.Type, int32, error)          { panic("stub") }
func (ps *ParseState) lookupCollation(name []string, loc int) (OID, error)             { panic("stub") }
func (ps *ParseState) columnDefCollation(cd *pg_query.ColumnDef, typ OID) (OID, error) { panic("stub") }
func (ps *ParseState) transformContainerSubscripts(base nodes.Expr, container OID, typmod int32, idx []*pg_query.Node, isAssignment bool) (*nodes.SubscriptingRef, error) {
	panic("stub")
}
func (ps *ParseState) assignQueryCollations(q *nodes.Query) error                      { panic("stub") }
func (ps *ParseState) assignExprCollations(e nodes.Expr) error                         { panic("stub") }
func (ps *ParseState) assignListCollations(es []nodes.Expr) error                      { panic("stub") }
func (ps *ParseState) selectCommonCollation(es []nodes.Expr, noneOK bool) (OID, error) { panic("stub") }
func exprLocation(e nodes.Expr) int                                                    { panic("stub") }
func names(list []*pg_query.Node) []string                                             { panic("stub") }
func (p *Params) check(q *nodes.Query) error                                           { panic("stub") }
