package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offerAny offers column = ANY (array).
func (b *builder) offerAny(o *offer, id int, columns []fdw.Column, c *nodes.ScalarArrayOpExpr) bool {
	if !b.isEquality(c.Op) {
		return false
	}
	v := columnOf(c.Args[0], id)
	if v == nil {
		var key string
		if v, key = b.member(c.Args[0], id); v == nil {
			return false
		}
		o.qual.Key = &key
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

// offerOr offers an OR of equalities on one column as column = ANY.
func (b *builder) offerOr(o *offer, id int, columns []fdw.Column, c *nodes.BoolExpr) bool {
	for i, arm := range c.Args {
		a, ok := b.offer(id, columns, arm, o.near)
		if !ok || a.qual.Late || a.qual.Op != fdw.OpEq && a.qual.Op != fdw.OpIn {
			return false
		}
		if i == 0 {
			o.qual.Column, o.qual.Key, o.qual.Op = a.qual.Column, a.qual.Key, fdw.OpIn
		} else if a.qual.Column != o.qual.Column || (a.qual.Key == nil) != (o.qual.Key == nil) ||
			a.qual.Key != nil && *a.qual.Key != *o.qual.Key {
			return false
		}
		o.qual.Values = append(o.qual.Values, a.qual.Values...)
		o.exact = o.exact && a.exact
	}
	return true
}
