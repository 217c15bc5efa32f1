package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// joinFind finds columns in a joined row.
func joinFind(outer, inner *rel) func(nodes.Expr) int {
	return func(e nodes.Expr) int {
		if i := outer.find(e); i >= 0 {
			return i
		}
		if i := inner.find(e); i >= 0 {
			return i + outer.width()
		}
		return -1
	}
}

func toSlotList(es []nodes.Expr, find func(nodes.Expr) int) ([]nodes.Expr, error) {
	var out []nodes.Expr
	for _, e := range es {
		x, err := toSlots(e, find)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// hashClause takes a condition apart into what the outer and the inner side
// must have equal; key is nil when it is not such a condition.
func (b *builder) hashClause(c nodes.Expr, outer, inner relids) (o, i nodes.Expr, key *KeyColumn) {
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil, nil, nil
	}
	oper := b.opt.Catalog.OperatorByOID(op.Op)
	if oper == nil || !oper.CanHash || !b.isEquality(op.Op) {
		return nil, nil, nil
	}
	l, r := relidsOf(op.Args[0]), relidsOf(op.Args[1])
	switch {
	case len(l) > 0 && len(r) > 0 && outer.has(l) && inner.has(r):
		o, i = op.Args[0], op.Args[1]
	case len(l) > 0 && len(r) > 0 && outer.has(r) && inner.has(l):
		o, i = op.Args[1], op.Args[0]
	default:
		return nil, nil, nil
	}
	if b.volatile(c) {
		return nil, nil, nil
	}
	typ := oper.Left
	if oper.Left != oper.Right {
		// A family whose types hash alike once widened: integers to int8, name to text.
		if o, i, typ = b.widen(o, i); typ == 0 {
			return nil, nil, nil
		}
	} else if t := b.baseType(nodes.TypeOf(o).Type); !polymorphic(typ) && t != typ && b.opt.Catalog.BaseType(t) != typ {
		typ = oper.Left
	} else if polymorphic(typ) {
		typ = t
		if b.baseType(nodes.TypeOf(i).Type) != t {
			return nil, nil, nil
		}
	}
	if t := b.opt.Catalog.TypeByOID(typ); t == nil || t.Key == nil {
		return nil, nil, nil
	}
	return o, i, &KeyColumn{Type: typ, Collation: op.InputCollation, Eq: op.Op}
}

// polymorphic tells of operator argument types that stand for any: anyarray,
// anyenum, anyrange, anymultirange, record.
func polymorphic(t nodes.OID) bool {
	switch t {
	case adt.AnyArrayOID, adt.AnyEnumOID, adt.AnyRangeOID, adt.AnyMultirangeOID, adt.RecordOID:
		return true
	}
	return false
}

// widen brings both sides of a cross-type equality to one type.
func (b *builder) widen(x, y nodes.Expr) (nodes.Expr, nodes.Expr, nodes.OID) {
	xt, yt := nodes.TypeOf(x).Type, nodes.TypeOf(y).Type
	isInt := func(t nodes.OID) bool { return t == 21 || t == 23 || t == 20 }
	target := nodes.OID(0)
	switch {
	case isInt(xt) && isInt(yt):
		target = adt.Int8OID
	case (xt == 19 || xt == adt.TextOID) && (yt == 19 || yt == adt.TextOID):
		target = adt.TextOID
	default:
		return x, y, 0
	}
	cast := func(e nodes.Expr, from nodes.OID) nodes.Expr {
		if from == target {
			return e
		}
		c := b.opt.Catalog.CastBetween(from, target)
		if c == nil || c.Func == 0 {
			return nil
		}
		return &nodes.FuncExpr{Func: c.Func, Type: target, Form: nodes.ImplicitForm, Args: []nodes.Expr{e}, Location: -1}
	}
	x, y = cast(x, xt), cast(y, yt)
	if x == nil || y == nil {
		return x, y, 0
	}
	return x, y, target
}
