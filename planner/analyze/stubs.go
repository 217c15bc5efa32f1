package analyze

// Signatures that the expression half is about to fill; this file goes away.

import (
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

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
func (ps *ParseState) assignQueryCollations(q *nodes.Query) error                      { panic("stub") }
func (ps *ParseState) assignExprCollations(e nodes.Expr) error                         { panic("stub") }
func (ps *ParseState) assignListCollations(es []nodes.Expr) error                      { panic("stub") }
func (ps *ParseState) selectCommonCollation(es []nodes.Expr, noneOK bool) (OID, error) { panic("stub") }
func (p *Params) check(q *nodes.Query) error                                           { panic("stub") }
