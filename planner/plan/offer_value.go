package plan

import (
	"math"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offerValue offers the other side of a condition: a constant, or something
// known when the scan opens.
func (b *builder) offerValue(o *offer, columns []fdw.Column, e nodes.Expr) bool {
	if len(relidsOf(e)) > 0 {
		return false
	}
	e = b.fold(e, !o.near)
	if k, ok := e.(*nodes.Const); ok {
		if k.Value == nil {
			return false // never true; folding has dealt with strict operators
		}
		v, ok := b.normalise(o, columns, k)
		if !ok {
			return false
		}
		o.qual.Values = []adt.Datum{v}
		return true
	}
	if !b.lateAllowed(o, columns, nodes.TypeOf(e).Type) {
		return false
	}
	o.qual.Late, o.qual.Values = true, nil
	o.arg = ScanArg{Exprs: []nodes.Expr{e}}
	return true
}

// normalise turns a value of a cross-type operator into the column's type.
func (b *builder) normalise(o *offer, columns []fdw.Column, k *nodes.Const) (adt.Datum, bool) {
	want := columns[o.qual.Column].Type
	have := b.baseType(k.Type)
	if o.qual.Key != nil || want == have || o.qual.Op == fdw.OpHasKey || o.qual.Op == fdw.OpHasAny || stringType(want) && stringType(have) {
		return k.Value, true
	}
	var n int64
	switch v := k.Value.(type) {
	case int16:
		n = int64(v)
	case int32:
		n = int64(v)
	case int64:
		n = v
	default:
		return nil, false
	}
	if o.qual.Op != fdw.OpEq && o.qual.Op != fdw.OpIn {
		return nil, false
	}
	switch {
	case want == 21 && n >= math.MinInt16 && n <= math.MaxInt16:
		return int16(n), true
	case want == adt.Int4OID && n >= math.MinInt32 && n <= math.MaxInt32:
		return int32(n), true
	case want == adt.Int8OID:
		return n, true
	}
	return nil, false
}

// lateAllowed tells whether a value that comes later will be of the column's
// type.
func (b *builder) lateAllowed(o *offer, columns []fdw.Column, have nodes.OID) bool {
	want := columns[o.qual.Column].Type
	have = b.baseType(have)
	return want == have || o.qual.Op == fdw.OpHasKey || (o.qual.Key != nil || stringType(want)) && stringType(have)
}

// stringType tells of text, varchar and name, which compare alike; bpchar
// ignores trailing blanks and does not.
func stringType(t nodes.OID) bool { return t == adt.TextOID || t == 1043 || t == 19 }

func holdsSubPlan(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		if _, ok := n.(*SubPlanExpr); ok {
			found = true
		}
		return !found
	})
	return found
}
