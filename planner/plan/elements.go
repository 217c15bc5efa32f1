package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// elementConds gives what conditions on the elements that a function in FROM takes
// a table's jsonb column apart into say of the column itself: where an element's key is
// 'env' and its value 'prod', "tagSet" @> '[{"key": "env", "value": "prod"}]'. Rows of the
// table that fail it have no such element, and come to nothing in an inner join.
func (l *level) elementConds(units []*unit, conds []nodes.Expr) []nodes.Expr {
	if l.b.opt.PushDown == PushDownOff {
		return nil
	}
	var out []nodes.Expr
	for _, u := range units {
		ref, ok := u.item.(*nodes.RangeRef)
		if !ok {
			continue
		}
		r := l.rte(ref.RTE)
		if v := elementsOf(r); v == nil || v.LevelsUp > 0 || l.rte(v.RTE).Kind != nodes.RTERelation || local(l.rte(v.RTE)) {
			continue
		}
		if c := l.b.holdsElement(r, ref.RTE, conds); c != nil {
			out = append(out, c)
		} else if c := l.askedFor(elementsOf(r)); c != nil && l.b.strictSet(r) {
			out = append(out, c)
		}
	}
	return out
}

// existsElement is elementConds for EXISTS (SELECT … FROM elements WHERE …); nil:
// it is nothing like that.
func (b *builder) existsElement(q *nodes.Query) nodes.Expr {
	if !oneSource(q) {
		return nil
	}
	ref, ok := q.From[0].(*nodes.RangeRef)
	if !ok {
		return nil
	}
	r := q.RangeTable[ref.RTE-1]
	if v := elementsOf(r); v == nil || v.LevelsUp != 1 {
		return nil
	}
	return b.outwardElement(r, ref.RTE, rawConjuncts(q.Where))
}

// outwardElement is holdsElement in the terms of the query around.
func (b *builder) outwardElement(r *nodes.RTE, id int, conds []nodes.Expr) nodes.Expr {
	c := b.holdsElement(r, id, conds)
	if c == nil {
		return nil
	}
	if c, ok := outward(c); ok {
		return c
	}
	return nil
}

// anyElement is existsElement for constants IN (SELECT … FROM elements WHERE …), and for
// constant IN (SELECT elements).
func (b *builder) anyElement(s *nodes.SubLink) nodes.Expr {
	q := s.Query
	var conds []nodes.Expr
	for _, t := range rawConjuncts(s.Test) {
		if len(relidsOf(t)) > 0 || hasSubLink(t) {
			continue // the query around cannot be told from the subquery here
		}
		conds = append(conds, nodes.Rewrite(t, func(n nodes.Expr) (nodes.Expr, bool) {
			p, ok := n.(*nodes.SubLinkParam)
			if !ok || p.Column > len(q.TargetList) {
				return nil, false
			}
			return q.TargetList[p.Column-1].Expr, true
		}))
	}
	if oneSource(q) && len(q.Distinct) == 0 {
		if ref, ok := q.From[0].(*nodes.RangeRef); ok {
			if r := q.RangeTable[ref.RTE-1]; levelOf(elementsOf(r)) == 1 {
				return b.outwardElement(r, ref.RTE, append(conds, rawConjuncts(q.Where)...))
			}
		}
	}
	if len(q.From) > 0 || q.Where != nil || len(q.TargetList) != 1 || q.SetOp != nil || q.LimitCount != nil || q.LimitOffset != nil {
		return nil
	}
	f := q.TargetList[0].Expr // as a function in FROM of whose one column the conditions speak
	r := &nodes.RTE{Kind: nodes.RTEFunction, Functions: []*nodes.RangeFunction{{Expr: f}}}
	if levelOf(elementsOf(r)) != 1 {
		return nil
	}
	for i, c := range conds {
		conds[i] = nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
			info := nodes.TypeOf(f)
			return &nodes.Var{RTE: 1, Attno: 1, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation, Location: -1}, n == f
		})
	}
	return b.outwardElement(r, 1, conds)
}

// scalarElement is existsElement for (SELECT … FROM elements WHERE …) op constant, which
// holds for what it finds alone.
func (b *builder) scalarElement(c nodes.Expr) nodes.Expr {
	if any, ok := c.(*nodes.ScalarArrayOpExpr); ok {
		return b.arrayElement(any)
	}
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil
	}
	if p := b.opt.Catalog.ProcByOID(op.Func); p == nil || !p.Strict {
		return nil
	}
	for i, a := range op.Args {
		s, ok := a.(*nodes.SubLink)
		if !ok || s.Kind != nodes.ExprSubLink || !oneSource(s.Query) || len(s.Query.TargetList) == 0 || len(relidsOf(op.Args[1-i])) > 0 || hasSubLink(op.Args[1-i]) {
			continue
		}
		q := s.Query
		ref, ok := q.From[0].(*nodes.RangeRef)
		if !ok {
			return nil
		}
		r := q.RangeTable[ref.RTE-1]
		if levelOf(elementsOf(r)) != 1 {
			return nil
		}
		of := *op
		of.Args = []nodes.Expr{op.Args[0], op.Args[1]}
		of.Args[i] = q.TargetList[0].Expr
		return b.outwardElement(r, ref.RTE, append(rawConjuncts(q.Where), &of))
	}
	return nil
}

// arrayElement is anyElement for constant = ANY (ARRAY(SELECT …)).
func (b *builder) arrayElement(c *nodes.ScalarArrayOpExpr) nodes.Expr {
	s, ok := c.Args[1].(*nodes.SubLink)
	if c.All || !ok || s.Kind != nodes.ArraySubLink || len(s.Query.TargetList) == 0 {
		return nil
	}
	info := nodes.TypeOf(s.Query.TargetList[0].Expr)
	each := *s
	each.Kind = nodes.AnySubLink
	each.Test = &nodes.OpExpr{Op: c.Op, Func: c.Func, Type: adt.BoolOID, InputCollation: c.InputCollation, Location: -1, Args: []nodes.Expr{
		c.Args[0], &nodes.SubLinkParam{Column: 1, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation},
	}}
	return b.anyElement(&each)
}

// levelOf gives how many levels up a column is, -1: there is none.
func levelOf(v *nodes.Var) int {
	if v == nil {
		return -1
	}
	return v.LevelsUp
}

// strictSet tells of a function in FROM that gives no rows of NULL.
func (b *builder) strictSet(r *nodes.RTE) bool {
	p := b.opt.Catalog.ProcByOID(callee(r.Functions[0].Expr))
	return p != nil && p.Strict && returnsSet(r.Functions[0].Expr)
}

// elementsOf gives the column that a function in FROM takes apart.
func elementsOf(r *nodes.RTE) *nodes.Var {
	if r.Kind != nodes.RTEFunction || len(r.Functions) != 1 {
		return nil
	}
	f, ok := r.Functions[0].Expr.(*nodes.FuncExpr)
	if !ok || len(f.Args) != 1 {
		return nil
	}
	v, ok := f.Args[0].(*nodes.Var)
	if !ok || v.Type != adt.JSONBOID || v.Attno < 1 {
		return nil
	}
	return v
}

// holdsElement makes the condition on the column.
func (b *builder) holdsElement(r *nodes.RTE, id int, conds []nodes.Expr) nodes.Expr {
	f, _ := r.Functions[0].Expr.(*nodes.FuncExpr)
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil {
		return nil
	}
	var names []string
	var values []*adt.JSONB
	for _, c := range conds {
		if name, value, ok := b.elementField(p.Src, r, id, c); ok {
			names, values = append(names, name), append(values, adt.JSONBString(value))
		}
	}
	if len(names) == 0 {
		return nil
	}
	column := f.Args[0]
	find := func(name string) (string, bool) {
		for i, n := range names {
			if n == name {
				return values[i].Str, true
			}
		}
		return "", false
	}
	switch p.Src {
	case "jsonb_array_elements", "jsonb_to_recordset":
		return b.jsonbCond("@>", column, adt.JSONBOID, adt.JSONBArray(adt.JSONBObject(names, values)))
	case "jsonb_each_text", "jsonb_object_keys":
		key, ok := find("key")
		if !ok {
			return nil
		}
		if value, ok := find("value"); ok {
			return b.jsonbCond("@>", column, adt.JSONBOID, adt.JSONBObject([]string{key}, []*adt.JSONB{adt.JSONBString(value)}))
		}
		return b.jsonbCond("?", column, adt.TextOID, key)
	}
	return nil
}

// elementField takes element ->> 'name' = 'value', or the like of a function's
// columns, apart. ->> makes texts of numbers and the rest too: only those that are no
// other JSON tell that the value is a string.
func (b *builder) elementField(src string, r *nodes.RTE, id int, c nodes.Expr) (name, value string, ok bool) {
	op, isOp := c.(*nodes.OpExpr)
	if !isOp || len(op.Args) != 2 {
		return "", "", false
	}
	if p := b.opt.Catalog.ProcByOID(op.Func); p == nil || p.Src != "texteq" {
		return "", "", false
	}
	for i, a := range op.Args {
		k, isConst := b.fold(op.Args[1-i], true).(*nodes.Const)
		if !isConst {
			continue
		}
		value, isText := k.Value.(string)
		if !isText {
			continue
		}
		_, err := adt.ParseJSONB(value)
		v := columnOf(a, id)
		switch src {
		case "jsonb_array_elements":
			if v, name := b.member(a, id); v != nil && v.Attno == 1 && err != nil {
				return name, value, true
			}
		case "jsonb_to_recordset":
			if v != nil && v.Attno <= len(r.Functions[0].Columns) && v.Type == adt.TextOID && err != nil {
				return r.Functions[0].Columns[v.Attno-1].Name, value, true
			}
		case "jsonb_each_text":
			if v != nil && v.Attno == 1 {
				return "key", value, true
			}
			if v != nil && v.Attno == 2 && err != nil {
				return "value", value, true
			}
		case "jsonb_object_keys":
			if v != nil && v.Attno == 1 {
				return "key", value, true
			}
		}
	}
	return "", "", false
}

// jsonbCond makes column op constant.
func (b *builder) jsonbCond(op string, column nodes.Expr, typ nodes.OID, value adt.Datum) nodes.Expr {
	o := b.operator(op, adt.JSONBOID, typ)
	if o == nil {
		return nil
	}
	k := &nodes.Const{Type: typ, Typmod: -1, Value: value, Location: -1}
	if typ == adt.TextOID {
		k.Collation = adt.DefaultCollationOID
	}
	return &nodes.OpExpr{Op: o.OID, Func: o.Code, Type: adt.BoolOID, Args: []nodes.Expr{column, k}, Location: -1}
}
