package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// makeRowComparison compares two rows column by column: = and <> become AND
// and OR, the others a RowCompareExpr (make_row_comparison_op).
func (ps *ParseState) makeRowComparison(op []string, l, r []nodes.Expr, loc int) (nodes.Expr, error) {
	if len(l) != len(r) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "unequal number of entries in row expressions").At(loc)
	}
	if len(l) == 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot compare rows of zero length").At(loc)
	}
	var ops []*nodes.OpExpr
	for i := range l {
		e, err := ps.makeOp(op, l[i], r[i], ps.lastSRF, loc)
		if err != nil {
			return nil, err
		}
		o := e.(*nodes.OpExpr)
		if o.Type != adt.BoolOID {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s",
				ps.catalog.FormatType(o.Type, -1)).At(loc)
		}
		if ps.returnsSet(o) {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "row comparison operator must not return a set").At(loc)
		}
		ops = append(ops, o)
	}
	if len(ops) == 1 {
		return ops[0], nil
	}
	strategy := ps.rowStrategy(ops)
	name := op[len(op)-1]
	if strategy == 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", name).
			Hintf("Row comparison operators must be associated with btree operator families.").At(loc)
	}
	if strategy == 3 || strategy == strategyNE {
		b := &nodes.BoolExpr{Op: nodes.And, Location: loc}
		if strategy == strategyNE {
			b.Op = nodes.Or
		}
		for _, o := range ops {
			b.Args = append(b.Args, o)
		}
		return b, nil
	}
	out := &nodes.RowCompareExpr{Op: map[int]nodes.RowCompareOp{1: nodes.RowLT, 2: nodes.RowLE, 4: nodes.RowGE, 5: nodes.RowGT}[strategy]}
	for _, o := range ops {
		out.Ops = append(out.Ops, o.Op)
		out.Collations = append(out.Collations, 0)
		out.Left = append(out.Left, o.Args[0])
		out.Right = append(out.Right, o.Args[1])
	}
	return out, nil
}

// strategyNE is ROWCOMPARE_NE: a <> that is the negator of a family's =.
const strategyNE = 6

// rowStrategy gives the lowest btree strategy that all operators have in
// common, 0: none.
func (ps *ParseState) rowStrategy(ops []*nodes.OpExpr) int {
	var common map[int]bool
	for _, o := range ops {
		mine := map[int]bool{}
		for _, m := range ps.catalog.OpFamilyMembers(o.Op) {
			if m.Method == catalog.BtreeAM {
				mine[m.Strategy] = true
			}
		}
		if len(mine) == 0 {
			if oper := ps.catalog.OperatorByOID(o.Op); oper != nil && oper.Negator != 0 {
				for _, m := range ps.catalog.OpFamilyMembers(oper.Negator) {
					if m.Method == catalog.BtreeAM && m.Strategy == 3 {
						mine[strategyNE] = true
					}
				}
			}
		}
		if common == nil {
			common = mine
			continue
		}
		for s := range common {
			if !mine[s] {
				delete(common, s)
			}
		}
	}
	for s := 1; s <= strategyNE; s++ {
		if common[s] {
			return s
		}
	}
	return 0
}

func (ps *ParseState) makeRowDistinct(op []string, l, r *nodes.RowExpr, loc int) (nodes.Expr, error) {
	if len(l.Args) != len(r.Args) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "unequal number of entries in row expressions").At(loc)
	}
	var out nodes.Expr
	for i := range l.Args {
		c, err := ps.makeDistinct(op, l.Args[i], r.Args[i], loc)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = c
		} else {
			out = &nodes.BoolExpr{Op: nodes.Or, Args: []nodes.Expr{out, c}, Location: loc}
		}
	}
	if out == nil { // zero-length rows are never distinct
		out = &nodes.Const{Type: adt.BoolOID, Typmod: -1, Value: false, Location: loc}
	}
	return out, nil
}
