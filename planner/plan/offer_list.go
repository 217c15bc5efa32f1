package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offerAny offers column = ANY (array), and others of a few constants as the OR that
// they are.
func (b *builder) offerAny(o *offer, id int, columns []fdw.Column, c *nodes.ScalarArrayOpExpr) bool {
	v := columnOf(c.Args[0], id)
	if v == nil {
		var key string
		if v, key = b.member(c.Args[0], id); v != nil {
			o.qual.Key = &key
		}
	}
	if v == nil || !b.isEquality(c.Op) {
		o.qual.Key = nil
		or := b.armsOfAny(c, !o.near)
		return or != nil && b.offerOr(o, id, columns, or)
	}
	o.qual.Column, o.qual.Op = v.Attno-1, fdw.OpIn
	return b.offerArray(o, columns, c.Args[1])
}

// offerArray offers the elements of an array.
func (b *builder) offerArray(o *offer, columns []fdw.Column, e nodes.Expr) bool {
	if len(relidsOf(e)) > 0 {
		return false
	}
	e = b.fold(e, !o.near)
	elem := b.opt.Catalog.ElemTypeOf(nodes.TypeOf(e).Type)
	if k, ok := e.(*nodes.Const); ok {
		a, isArray := k.Value.(*adt.Array)
		if !isArray {
			return false
		}
		o.qual.Values = []adt.Datum{}
		for _, x := range a.Values {
			if x == nil {
				continue // = NULL is never true
			}
			v, ok := b.normalise(o, columns, &nodes.Const{Type: a.Elem, Value: x})
			if !ok {
				return false
			}
			o.qual.Values = append(o.qual.Values, v)
		}
		return true
	}
	if o.qual.Op != fdw.OpIn || !b.lateAllowed(o, columns, elem) {
		return false
	}
	o.qual.Late, o.arg = true, ScanArg{Exprs: []nodes.Expr{e}, Array: true}
	return true
}

// armsOfAny gives x op ANY (array of a few constants) as an OR; nil: it is nothing like
// that.
func (b *builder) armsOfAny(c *nodes.ScalarArrayOpExpr, stable bool) *nodes.BoolExpr {
	oper := b.opt.Catalog.OperatorByOID(c.Op)
	k, ok := b.fold(c.Args[1], stable).(*nodes.Const)
	if !ok || oper == nil {
		return nil
	}
	list, ok := k.Value.(*adt.Array)
	if !ok || len(list.Values) == 0 || len(list.Values) > mostArms {
		return nil
	}
	or := &nodes.BoolExpr{Op: nodes.Or, Location: -1}
	for _, v := range list.Values {
		if v == nil {
			continue // never true
		}
		or.Args = append(or.Args, &nodes.OpExpr{
			Op: c.Op, Func: c.Func, Type: adt.BoolOID, InputCollation: c.InputCollation, Location: -1,
			Args: []nodes.Expr{c.Args[0], &nodes.Const{Type: oper.Right, Typmod: -1, Collation: k.Collation, Value: v, Location: -1}},
		})
	}
	return or
}

// offerOr offers an OR of conditions on one column: of equalities as column = ANY, of
// patterns as LIKE ANY, and of keys as ?|.
func (b *builder) offerOr(o *offer, id int, columns []fdw.Column, c *nodes.BoolExpr) bool {
	var all alternatives
	for i, arm := range c.Args {
		a, ok := b.offer(id, columns, arm, o.near)
		if !ok {
			return false
		}
		alt, ok := alternativesOf(&a.qual)
		if !ok || i > 0 && (alt.qual.Column != all.qual.Column || alt.place() != all.place()) {
			return false
		}
		if i == 0 {
			all.qual = alt.qual
		}
		all.or(alt)
		o.exact = o.exact && a.exact
	}
	return len(c.Args) > 0 && all.offered(&o.qual)
}
