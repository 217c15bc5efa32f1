package plan

import (
	"strconv"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

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
	if v = columnOf(f.Args[0], id); v == nil || !ok || v.Type != adt.TextOID || have == 0 || have > int(n) {
		return nil, "", false
	}
	return v, text, have < int(n)
}

// defaultFamily tells whether a btree family is the default one of a column's
// type, so that its operators mean what fdw's do.
func (b *builder) defaultFamily(family, typ nodes.OID, member bool) bool {
	if member {
		typ = adt.TextOID
	}
	f, _ := b.opt.Catalog.DefaultOpClass(403, b.baseType(typ))
	return f == family
}

// offerPair offers that a map of texts contains one pair as the condition on the member
// that it is, and what no such map contains as what never holds.
func offerPair(o *offer) {
	if o.qual.Late {
		return
	}
	j, ok := o.qual.Values[0].(*adt.JSONB)
	if !ok || j.Kind != adt.JSONObject {
		return
	}
	for i, v := range j.Vals {
		switch {
		case v.Kind != adt.JSONString:
			o.qual.Key, o.qual.Op, o.qual.Values = &j.Keys[i], fdw.OpIn, []adt.Datum{}
			return
		case len(j.Keys) == 1:
			o.qual.Key, o.qual.Op, o.qual.Values = &j.Keys[i], fdw.OpEq, []adt.Datum{v.Str}
		}
	}
}

// offerField offers column['key'] = '"value"' and column -> 'key' = '"value"', or with in
// <@ of texts, as a condition on column ->> 'key'; that one may hold for other rows as well.
func (b *builder) offerField(o *offer, id int, columns []fdw.Column, left, right nodes.Expr, in bool) bool {
	v, name := b.field(left, id, columns)
	value, isConst := b.fold(right, !o.near).(*nodes.Const)
	if v == nil || !isConst {
		return false
	}
	j, isJSON := value.Value.(*adt.JSONB)
	if !isJSON {
		return false
	}
	o.qual.Column, o.qual.Key, o.qual.Op, o.qual.Values, o.exact = v.Attno-1, &name, fdw.OpIn, []adt.Datum{}, false
	if j.Kind == adt.JSONString {
		o.qual.Op, o.qual.Values = fdw.OpEq, []adt.Datum{j.Str}
		return true
	}
	if !columns[v.Attno-1].TextMap {
		return false
	}
	if in && j.Kind == adt.JSONArray { // a list contains each of its texts
		for _, e := range j.Vals {
			if e.Kind == adt.JSONString {
				o.qual.Values = append(o.qual.Values, e.Str)
			}
		}
	}
	return true
}

// field takes column -> 'key' apart, also as column['key'], column #> '{key}' or by a
// path.
func (b *builder) field(e nodes.Expr, id int, columns []fdw.Column) (*nodes.Var, string) {
	var args []nodes.Expr
	src := ""
	switch e := e.(type) {
	case *nodes.SubscriptingRef:
		if e.Slice || len(e.Upper) != 1 || e.Assign != nil {
			return nil, ""
		}
		args, src = []nodes.Expr{e.Expr, e.Upper[0]}, "jsonb_object_field"
	case *nodes.OpExpr:
		args = e.Args
	case *nodes.FuncExpr:
		args = e.Args
	}
	if len(args) < 2 {
		return nil, ""
	}
	if src == "" {
		p := b.opt.Catalog.ProcByOID(callee(e))
		if p == nil {
			return nil, ""
		}
		src = p.Src
	}
	v := columnOf(args[0], id)
	k, isConst := args[1].(*nodes.Const)
	if v == nil || v.Type != adt.JSONBOID || !isConst {
		return nil, ""
	}
	switch key := k.Value.(type) {
	case string:
		if src == "jsonb_object_field" {
			return v, key
		}
	case *adt.Array:
		if src != "jsonb_extract_path" || len(key.Values) != 1 {
			return nil, ""
		}
		if name, ok := key.Values[0].(string); ok && !isIndex(name) {
			return v, name
		}
	case *adt.JSONPath:
		if name, ok := key.Member(); ok && columns[v.Attno-1].TextMap && (src == "jsonb_path_query_first" || src == "jsonb_path_query_first_tz") {
			return v, name
		}
	}
	return nil, ""
}

// twoArgs gives the arguments of an operator or function that has two, else nil.
func twoArgs(e nodes.Expr) []nodes.Expr {
	var args []nodes.Expr
	switch e := e.(type) {
	case *nodes.OpExpr:
		args = e.Args
	case *nodes.FuncExpr:
		args = e.Args
	}
	if len(args) != 2 {
		return nil
	}
	return args
}

// member takes column ->> 'key' apart, also as column #>> '{key}' or by the function. What
// column['key'] gives is jsonb and is compared as such.
func (b *builder) member(e nodes.Expr, id int) (*nodes.Var, string) {
	args := twoArgs(e)
	if args == nil {
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

// offerJSONB offers what an operator of jsonb, by its routine, says of a whole column.
func (b *builder) offerJSONB(o *offer, columns []fdw.Column, src string, right nodes.Expr) bool {
	switch src {
	case "jsonb_exists":
		o.qual.Op = fdw.OpHasKey
		return b.offerValue(o, columns, right)
	case "jsonb_exists_any":
		o.qual.Op = fdw.OpHasAny
		return b.offerArray(o, columns, right)
	}
	o.qual.Op = fdw.OpContains
	if src == "jsonb_eq" { // what is equal to an object contains its members
		o.exact = false
		if o.near {
			return false
		}
	}
	ok := b.offerValue(o, columns, right)
	if ok && columns[o.qual.Column].TextMap {
		offerPair(o)
	}
	return ok
}
