package plan

import (
	"strconv"
	"strings"
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
		if e.Slice || len(e.Upper) != 1 || e.Assign != nil {
			return false
		}
		column, key = e.Expr, e.Upper[0]
	case *nodes.OpExpr:
		p := b.opt.Catalog.ProcByOID(e.Func)
		if p == nil || len(e.Args) != 2 {
			return false
		}
		column, key = e.Args[0], e.Args[1]
		switch p.Src {
		case "jsonb_object_field":
		case "jsonb_extract_path":
			k, _ := key.(*nodes.Const)
			if k == nil {
				return false
			}
			path, _ := k.Value.(*adt.Array)
			if path == nil || len(path.Values) != 1 {
				return false
			}
			if name, ok := path.Values[0].(string); !ok || isIndex(name) {
				return false
			}
			key = &nodes.Const{Type: textOID, Typmod: -1, Value: path.Values[0], Location: -1}
		default:
			return false
		}
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
