package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offer is a condition as it is offered to a table.
type offer struct {
	cond  nodes.Expr // nil: it only follows from one that is checked anyway…
	of    nodes.Expr // …which is this
	qual  fdw.Qual
	arg   ScanArg // of a Late qual
	exact bool    // the qual means just what the condition means
	near  bool    // of a table at hand: what changes from statement to statement is worked out when the scan opens
}

// offers puts the conditions on a table in its terms; local are those for which
// there are none.
func (b *builder) offers(id int, columns []fdw.Column, conds []nodes.Expr) (offered []offer, local []nodes.Expr) {
	if b.opt.PushDown == PushDownOff {
		return nil, conds
	}
	offered = b.rangeBegins(id, columns, conds)
	for _, c := range conds {
		if b.volatile(c) {
			local = append(local, c)
			continue
		}
		test := b.tester(id, c)
		o, ok := b.offer(id, columns, c, false)
		o.qual.Text = b.qualText(c, columns)
		if !ok {
			local = append(local, c)
			follow := append(b.implied(id, columns, c, false), b.keysNeeded(id, columns, c)...)
			for i := range follow {
				follow[i].of = c
			}
			offered = append(offered, follow...)
			v := onlyColumn(c, id)
			if test == nil || v == nil {
				continue
			}
			o = offer{qual: fdw.Qual{Column: v.Attno - 1, Op: fdw.OpTest, Text: o.qual.Text}}
		}
		if o.qual.Test = test; ok && test != nil && !o.exact && o.qual.Key == nil && columns[o.qual.Column].Place {
			o.qual.Op, o.qual.Values, o.qual.Late, o.arg = fdw.OpTest, nil, false, ScanArg{} // which says all
		}
		offered = append(offered, o)
	}
	return append(offered, b.valuesNeeded(id, columns, conds, offered)...), local
}

// offersNear is offers for a table at hand, which serves equalities or nothing: what it
// would have to be asked value by value costs no less than its rows do.
func (b *builder) offersNear(id int, columns []fdw.Column, conds []nodes.Expr) (offered []offer, local []nodes.Expr) {
	if b.opt.PushDown == PushDownOff {
		return nil, conds
	}
	for _, c := range conds {
		if b.volatile(c) {
			local = append(local, c)
		} else if o, ok := b.offer(id, columns, c, true); ok {
			offered = append(offered, o)
		} else {
			local = append(local, c)
			offered = append(offered, b.implied(id, columns, c, true)...)
		}
	}
	return offered, local
}

// qualText is a condition on a table in SQL.
func (b *builder) qualText(c nodes.Expr, columns []fdw.Column) string {
	return b.deparser(func(e nodes.Expr) string { return columnName(e, columns) }).text(c)
}

// offer puts a condition on one table in the terms of fdw.Qual; ok is false
// when there are none for it.
func (b *builder) offer(id int, columns []fdw.Column, cond nodes.Expr, near bool) (offer, bool) {
	o := offer{cond: cond, exact: true, near: near}
	switch c := cond.(type) {
	case *nodes.NullTest:
		v := columnOf(c.Arg, id)
		if v == nil && !c.Row {
			var key string
			if v, key = b.member(c.Arg, id); v != nil {
				o.qual.Key = &key
			}
		}
		if v == nil || c.Row {
			return o, false
		}
		o.qual.Column, o.qual.Op = v.Attno-1, fdw.OpIsNull
		if c.Not {
			o.qual.Op = fdw.OpNotNull
		}
		return o, true
	case *nodes.OpExpr:
		return o, len(c.Args) == 2 && (b.offerOp(&o, id, columns, c.Op, c.Args[0], c.Args[1]) ||
			b.commuted(c.Op) != 0 && b.offerOp(&o, id, columns, b.commuted(c.Op), c.Args[1], c.Args[0]))
	case *nodes.ScalarArrayOpExpr:
		return o, !c.All && b.offerAny(&o, id, columns, c)
	case *nodes.FuncExpr:
		p := b.opt.Catalog.ProcByOID(c.Func)
		if p == nil || p.Src != "text_starts_with" || len(c.Args) != 2 {
			return o, false
		}
		v := columnOf(c.Args[0], id)
		if v == nil {
			var key string
			if v, key = b.member(c.Args[0], id); v == nil {
				return o, false
			}
			o.qual.Key = &key
		}
		o.qual.Column, o.qual.Op = v.Attno-1, fdw.OpPrefix
		return o, b.offerValue(&o, columns, c.Args[1])
	case *nodes.Var: // a boolean column
		if v := columnOf(c, id); v != nil && v.Type == adt.BoolOID {
			o.qual.Column, o.qual.Op, o.qual.Values = v.Attno-1, fdw.OpEq, []adt.Datum{true}
			return o, true
		}
	case *nodes.BoolExpr:
		if c.Op == nodes.Or {
			return o, b.offerOr(&o, id, columns, c)
		}
	}
	return o, false
}

// columnName names a column of a table for a qual's text.
func columnName(e nodes.Expr, columns []fdw.Column) string {
	if v, ok := e.(*nodes.Var); ok && v.Attno > 0 && v.Attno <= len(columns) {
		return adt.QuoteIdent(columns[v.Attno-1].Name)
	}
	return ""
}

// columnOf gives the column of the table that an expression is, also when only
// relabelled.
func columnOf(e nodes.Expr, id int) *nodes.Var {
	for {
		switch x := e.(type) {
		case *nodes.RelabelType:
			e = x.Arg
		case *nodes.CollateExpr:
			e = x.Arg
		case *nodes.Var:
			if x.RTE == id && x.Attno > 0 && x.LevelsUp == 0 {
				return x
			}
			return nil
		default:
			return nil
		}
	}
}

func (b *builder) commuted(op nodes.OID) nodes.OID {
	if o := b.opt.Catalog.OperatorByOID(op); o != nil {
		return o.Commutator
	}
	return 0
}

// offerOp offers column op value.
func (b *builder) offerOp(o *offer, id int, columns []fdw.Column, op nodes.OID, left, right nodes.Expr) bool {
	oper := b.opt.Catalog.OperatorByOID(op)
	if oper == nil {
		return false
	}
	proc := b.opt.Catalog.ProcByOID(oper.Code)
	if proc == nil {
		return false
	}
	o.qual.Key = nil
	v := columnOf(left, id)
	if v == nil {
		if proc.Src == "jsonb_eq" || proc.Src == "jsonb_contained" {
			return b.offerField(o, id, columns, left, right, proc.Src == "jsonb_contained")
		}
		if proc.Src == "texteq" && b.offerBegin(o, id, left, right) || b.offerText(o, id, proc.Src, left, right) {
			return true
		}
		var key string
		if v, key = b.member(left, id); v == nil {
			return false
		}
		o.qual.Key = &key
	}
	o.qual.Column = v.Attno - 1
	switch proc.Src {
	case "texticlike":
		return b.offerText(o, id, proc.Src, left, right)
	case "textregexeq", "nameregexeq":
		return b.offerRegex(o, right)
	case "jsonb_exists", "jsonb_exists_any", "jsonb_eq", "jsonb_contains":
		return o.qual.Key == nil && b.offerJSONB(o, columns, proc.Src, right)
	case "textlike", "namelike":
		return b.offerLike(o, columns, v, right)
	case "text_starts_with":
		o.qual.Op = fdw.OpPrefix
		return b.offerValue(o, columns, right)
	}
	return b.offerCompared(o, columns, op, v, right)
}

// offerLike offers column LIKE pattern.
func (b *builder) offerLike(o *offer, columns []fdw.Column, v *nodes.Var, right nodes.Expr) bool {
	o.qual.Op = fdw.OpLike
	if !b.offerValue(o, columns, right) {
		return false
	}
	if !o.qual.Late && v.Type == adt.TextOID {
		p, _ := o.qual.Values[0].(string)
		if text, rest := likeBegin(p); text != "" && rest == "" {
			o.qual.Op, o.qual.Values = fdw.OpEq, []adt.Datum{text} // without a wildcard it is that
		}
	}
	return true
}

// offerCompared offers what an operator of a btree or hash family says.
func (b *builder) offerCompared(o *offer, columns []fdw.Column, op nodes.OID, v *nodes.Var, right nodes.Expr) bool {
	ops := map[int]fdw.Op{1: fdw.OpLt, 2: fdw.OpLe, 3: fdw.OpEq, 4: fdw.OpGe, 5: fdw.OpGt}
	for _, m := range b.opt.Catalog.OpFamilyMembers(op) {
		if m.Method == catalog.BtreeAM && b.defaultFamily(m.Family, v.Type, o.qual.Key != nil) {
			o.qual.Op = ops[m.Strategy]
			return b.offerValue(o, columns, right)
		}
		if m.Method == catalog.HashAM && m.Strategy == 1 {
			o.qual.Op = fdw.OpEq
			return b.offerValue(o, columns, right)
		}
	}
	return false
}
