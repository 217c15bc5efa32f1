package plan

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offer is a condition as it is offered to a table.
type offer struct {
	cond  nodes.Expr // nil: it only follows from one that is checked anyway
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
			offered = append(offered, b.implied(id, columns, c, false)...)
			v := onlyColumn(c, id)
			if test == nil || v == nil {
				continue
			}
			o = offer{qual: fdw.Qual{Column: v.Attno - 1, Op: fdw.OpTest, Text: o.qual.Text}}
		}
		o.qual.Test = test
		offered = append(offered, o)
	}
	return offered, local
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
		if v := columnOf(c.Args[0], id); v != nil {
			o.qual.Column, o.qual.Op = v.Attno-1, fdw.OpPrefix
			return o, b.offerValue(&o, columns, c.Args[1])
		}
	case *nodes.Var: // a boolean column
		if v := columnOf(c, id); v != nil && v.Type == boolOID {
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
		if proc.Src == "jsonb_eq" {
			return b.offerField(o, id, left, right)
		}
		if proc.Src == "texteq" {
			if v, text, whole := b.leading(id, left, right, !o.near); v != nil {
				o.qual.Column, o.qual.Op, o.qual.Values = v.Attno-1, fdw.OpPrefix, []adt.Datum{text}
				if whole {
					o.qual.Op = fdw.OpEq
				}
				return true
			}
		}
		var key string
		if v, key = b.member(left, id); v == nil {
			return false
		}
		o.qual.Key = &key
	}
	o.qual.Column = v.Attno - 1
	switch proc.Src {
	case "textregexeq", "nameregexeq":
		prefix, whole := b.regexPrefix(right, !o.near)
		if prefix == "" {
			return false
		}
		o.qual.Op, o.qual.Values, o.exact = fdw.OpPrefix, []adt.Datum{prefix}, false
		if whole {
			o.qual.Op = fdw.OpEq
		}
		return true
	case "jsonb_exists":
		o.qual.Op = fdw.OpHasKey
		return o.qual.Key == nil && b.offerValue(o, columns, right)
	case "jsonb_exists_any":
		o.qual.Op = fdw.OpHasAny
		return o.qual.Key == nil && b.offerArray(o, columns, right)
	case "jsonb_contains":
		o.qual.Op = fdw.OpContains
		return o.qual.Key == nil && b.offerValue(o, columns, right)
	case "textlike", "namelike":
		o.qual.Op = fdw.OpLike
		if !b.offerValue(o, columns, right) {
			return false
		}
		if !o.qual.Late && v.Type == textOID {
			if p, ok := o.qual.Values[0].(string); ok && p != "" && !strings.ContainsAny(p, `%_\`) {
				o.qual.Op = fdw.OpEq // without a wildcard it is that
			}
		}
		return true
	case "text_starts_with":
		o.qual.Op = fdw.OpPrefix
		return b.offerValue(o, columns, right)
	}
	ops := map[int]fdw.Op{1: fdw.OpLt, 2: fdw.OpLe, 3: fdw.OpEq, 4: fdw.OpGe, 5: fdw.OpGt}
	for _, m := range b.opt.Catalog.OpFamilyMembers(op) {
		if m.Method == 403 && b.defaultFamily(m.Family, v.Type, o.qual.Key != nil) {
			o.qual.Op = ops[m.Strategy]
			return b.offerValue(o, columns, right)
		}
		if m.Method == 405 && m.Strategy == 1 {
			o.qual.Op = fdw.OpEq
			return b.offerValue(o, columns, right)
		}
	}
	return false
}

// leading takes left(column, n) = text and substr(column, 1, n) = text apart: the
// column begins with the text or, when that has fewer characters than n, is it
// (whole).
func (b *builder) leading(id int, left, right nodes.Expr, stable bool) (v *nodes.Var, text string, whole bool) {
	f, ok := left.(*nodes.FuncExpr)
	if !ok {
		return nil, "", false
	}
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil {
		return nil, "", false
	}
	number := func(i int) (int32, bool) {
		k, ok := f.Args[i].(*nodes.Const)
		if !ok {
			return 0, false
		}
		n, ok := k.Value.(int32)
		return n, ok
	}
	var n int32
	switch {
	case p.Src == "text_substr" && len(f.Args) == 3:
		if from, isNumber := number(1); !isNumber || from != 1 {
			return nil, "", false
		}
		n, ok = number(2)
	case p.Src == "text_left" && len(f.Args) == 2:
		n, ok = number(1)
	default:
		return nil, "", false
	}
	k, isConst := b.fold(right, stable).(*nodes.Const)
	if !ok || n < 1 || !isConst {
		return nil, "", false
	}
	text, ok = k.Value.(string)
	have := utf8.RuneCountInString(text)
	if v = columnOf(f.Args[0], id); v == nil || !ok || v.Type != textOID || have == 0 || have > int(n) {
		return nil, "", false
	}
	return v, text, have < int(n)
}

// defaultFamily tells whether a btree family is the default one of a column's
// type, so that its operators mean what fdw's do.
func (b *builder) defaultFamily(family, typ nodes.OID, member bool) bool {
	if member {
		typ = textOID
	}
	f, _ := b.opt.Catalog.DefaultOpClass(403, b.baseType(typ))
	return f == family
}

// offerField offers column['key'] = '"value"' and column -> 'key' = '"value"' as
// a condition on column ->> 'key'; that one may hold for other rows as well.
func (b *builder) offerField(o *offer, id int, left, right nodes.Expr) bool {
	var column, key nodes.Expr
	switch e := left.(type) {
	case *nodes.SubscriptingRef:
		if e.Slice || len(e.Upper) != 1 {
			return false
		}
		column, key = e.Expr, e.Upper[0]
	case *nodes.OpExpr:
		p := b.opt.Catalog.ProcByOID(e.Func)
		if p == nil || p.Src != "jsonb_object_field" || len(e.Args) != 2 {
			return false
		}
		column, key = e.Args[0], e.Args[1]
	default:
		return false
	}
	v := columnOf(column, id)
	k, isConst := key.(*nodes.Const)
	value, isValue := b.fold(right, !o.near).(*nodes.Const)
	if v == nil || v.Type != 3802 || !isConst || !isValue {
		return false
	}
	name, isText := k.Value.(string)
	j, isJSON := value.Value.(*adt.JSONB)
	if !isText || !isJSON || j.Kind != adt.JSONString {
		return false
	}
	o.qual.Column, o.qual.Key, o.qual.Op, o.qual.Values, o.exact = v.Attno-1, &name, fdw.OpEq, []adt.Datum{j.Str}, false
	return true
}

// regexPrefix gives the text that everything a constant pattern matches begins
// with, "" when there is none that can be told simply (regexp_fixed_prefix). whole
// tells that the pattern matches nothing but that text, as psql's ^(name)$ does.
func (b *builder) regexPrefix(e nodes.Expr, stable bool) (prefix string, whole bool) {
	k, ok := b.fold(e, stable).(*nodes.Const)
	if !ok {
		return "", false
	}
	p, ok := k.Value.(string)
	if !ok || !strings.HasPrefix(p, "^") || strings.ContainsAny(p, `|\`) {
		return "", false
	}
	p = p[1:]
	if in, ok := strings.CutPrefix(p, "("); ok {
		if in, ok = strings.CutSuffix(in, ")$"); ok && !strings.ContainsAny(in, "()[]$^") {
			p = in + "$"
		}
	}
	n := 0
	for n < len(p) && (p[n] == '-' || p[n] == '_' || p[n] == '/' || p[n] == ':' || '0' <= p[n] && p[n] <= '9' || 'a' <= p[n]|0x20 && p[n]|0x20 <= 'z') {
		n++
	}
	if n > 0 && n < len(p) && strings.IndexByte("*?+{", p[n]) >= 0 {
		n-- // the last one may be missing
	}
	return p[:n], n > 0 && p[n:] == "$"
}

// member takes column ->> 'key' apart, also as column #>> '{key}' or by the function. What
// column['key'] gives is jsonb and is compared as such.
func (b *builder) member(e nodes.Expr, id int) (*nodes.Var, string) {
	var args []nodes.Expr
	switch e := e.(type) {
	case *nodes.OpExpr:
		args = e.Args
	case *nodes.FuncExpr:
		args = e.Args
	}
	if len(args) != 2 {
		return nil, ""
	}
	v, p := columnOf(args[0], id), b.opt.Catalog.ProcByOID(callee(e))
	k, isConst := args[1].(*nodes.Const)
	if v == nil || p == nil || !isConst || k.Value == nil {
		return nil, ""
	}
	switch p.Src {
	case "jsonb_object_field_text":
		return v, k.Value.(string)
	case "jsonb_extract_path_text":
		path, _ := k.Value.(*adt.Array)
		if path == nil || len(path.Values) != 1 {
			return nil, ""
		}
		key, ok := path.Values[0].(string)
		if _, err := strconv.Atoi(key); !ok || err == nil { // a number finds elements of arrays, too
			return nil, ""
		}
		return v, key
	}
	return nil, ""
}

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
	case want == int4OID && n >= math.MinInt32 && n <= math.MaxInt32:
		return int32(n), true
	case want == int8OID:
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
func stringType(t nodes.OID) bool { return t == textOID || t == 1043 || t == 19 }

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
