package plan

import (
	"strconv"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// lookup is an expression that looks for keys in a jsonb column.
type lookup struct {
	column *nodes.Var
	needs  []adt.Need // without one of their keys it comes to what missing says
	// missing is what it may come to: nil for NULL.
	missing []adt.Datum
}

// lookupOf tells whether an expression is one.
func (b *builder) lookupOf(e nodes.Expr, id int, columns []fdw.Column) (lookup, bool) {
	var args []nodes.Expr
	src := ""
	switch e := e.(type) {
	case *nodes.SubscriptingRef:
		if e.Slice || e.Assign != nil || e.Container != adt.JSONBOID {
			return lookup{}, false
		}
		args, src = []nodes.Expr{e.Expr, e.Upper[0]}, "subscript"
	case *nodes.OpExpr:
		args = e.Args
	case *nodes.FuncExpr:
		args = e.Args
	}
	if len(args) < 2 {
		return lookup{}, false
	}
	v, isVar := args[0].(*nodes.Var)
	k, isConst := args[1].(*nodes.Const)
	if !isVar || v.RTE != id || v.LevelsUp > 0 || v.Attno < 1 || v.Type != adt.JSONBOID || !isConst || k.Value == nil {
		return lookup{}, false
	}
	if src == "" {
		p := b.opt.Catalog.ProcByOID(callee(e))
		if p == nil {
			return lookup{}, false
		}
		src = p.Src
	}
	l := lookup{column: v, missing: []adt.Datum{nil}}
	switch key := k.Value.(type) {
	case string:
		switch src {
		case "subscript":
			if isIndex(key) {
				return l, false
			}
		case "jsonb_exists":
			l.missing = []adt.Datum{false}
		case "jsonb_object_field", "jsonb_object_field_text":
		default:
			return l, false
		}
		l.needs = []adt.Need{{Key: key}}
	case *adt.Array:
		if src != "jsonb_extract_path" && src != "jsonb_extract_path_text" || len(key.Values) == 0 {
			return l, false
		}
		first, ok := key.Values[0].(string)
		if !ok || isIndex(first) {
			return l, false
		}
		l.needs = []adt.Need{{Key: first}}
	case *adt.JSONPath:
		if !columns[v.Attno-1].TextMap {
			return l, false
		}
		switch src {
		case "jsonb_path_exists", "jsonb_path_exists_opr", "jsonb_path_exists_tz":
			l.needs, l.missing = key.Needs(false), []adt.Datum{false, nil}
		case "jsonb_path_match", "jsonb_path_match_opr", "jsonb_path_match_tz":
			l.needs, l.missing = key.Needs(true), []adt.Datum{false, nil}
		case "jsonb_path_query_first", "jsonb_path_query_first_tz":
			l.needs = key.Needs(false)
		}
	}
	return l, len(l.needs) > 0
}

// isIndex tells of keys that find elements of arrays, too.
func isIndex(key string) bool {
	_, err := strconv.Atoi(key)
	return err == nil
}

// keysNeeded offers the keys of jsonb columns without which a condition that is checked
// here can't hold: it is not true once what looks for them finds nothing.
func (b *builder) keysNeeded(id int, columns []fdw.Column, c nodes.Expr) []offer {
	type key struct {
		attno int
		name  string
	}
	var keys []key
	seen := map[key]bool{}
	nodes.Walk(c, func(e nodes.Expr) bool {
		l, ok := b.lookupOf(e, id, columns)
		for _, n := range l.needs {
			if k := (key{l.column.Attno, n.Key}); ok && !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
		return true
	})
	var out []offer
	add := func(q fdw.Qual) {
		q.Text = b.qualText(c, columns)
		out = append(out, offer{qual: q})
	}
	if l, ok := b.lookupOf(c, id, columns); ok {
		for _, n := range l.needs {
			switch {
			case n.Values != nil:
				add(fdw.Qual{Column: l.column.Attno - 1, Key: &n.Key, Op: fdw.OpIn, Values: texts(n.Values)})
			case n.Prefix != "":
				add(fdw.Qual{Column: l.column.Attno - 1, Key: &n.Key, Op: fdw.OpPrefix, Values: []adt.Datum{n.Prefix}})
			}
		}
	}
	if q := b.pairNeeded(id, columns, c); q != nil {
		add(*q)
	}
	for _, k := range keys {
		needed := true
		for _, found := range []adt.Datum{nil, false} {
			without := nodes.Rewrite(c, func(e nodes.Expr) (nodes.Expr, bool) {
				l, ok := b.lookupOf(e, id, columns)
				if !ok || l.column.Attno != k.attno || !needsKey(l.needs, k.name) {
					return nil, false
				}
				none := l.missing[0]
				if len(l.missing) > 1 {
					none = found
				}
				t := nodes.TypeOf(e)
				return &nodes.Const{Type: t.Type, Typmod: t.Typmod, Collation: t.Collation, Value: none, Location: -1}, true
			})
			v, ok := b.fold(without, true).(*nodes.Const)
			needed = needed && ok && v.Value != adt.Datum(true)
		}
		if needed {
			add(fdw.Qual{Column: k.attno - 1, Op: fdw.OpHasKey, Values: []adt.Datum{k.name}})
		}
	}
	return out
}

// pairNeeded makes of a path through a list of pairs the qual on their map without which
// it finds nothing; nil: there is none.
func (b *builder) pairNeeded(id int, columns []fdw.Column, c nodes.Expr) *fdw.Qual {
	var args []nodes.Expr
	switch c := c.(type) {
	case *nodes.OpExpr:
		args = c.Args
	case *nodes.FuncExpr:
		args = c.Args
	}
	if len(args) < 2 {
		return nil
	}
	v, p := columnOf(args[0], id), b.opt.Catalog.ProcByOID(callee(c))
	k, isConst := args[1].(*nodes.Const)
	if v == nil || p == nil || !isConst || columns[v.Attno-1].PairsOf == 0 {
		return nil
	}
	path, ok := k.Value.(*adt.JSONPath)
	if !ok {
		return nil
	}
	var needs []adt.Need
	switch p.Src {
	case "jsonb_path_exists", "jsonb_path_exists_opr", "jsonb_path_exists_tz":
		needs = path.PairNeeds(false)
	case "jsonb_path_match", "jsonb_path_match_opr", "jsonb_path_match_tz":
		needs = path.PairNeeds(true)
	}
	if len(needs) == 0 {
		return nil
	}
	out := &fdw.Qual{Column: columns[v.Attno-1].PairsOf - 1, Op: fdw.OpHasAny}
	one := &fdw.Qual{Column: out.Column, Op: fdw.OpIn, Key: &needs[0].Key}
	for _, n := range needs {
		out.Values = append(out.Values, adt.Datum(n.Key))
		if n.Key != needs[0].Key || n.Values == nil {
			one = nil
		} else if one != nil {
			one.Values = append(one.Values, texts(n.Values)...)
		}
	}
	if one != nil {
		return one
	}
	return out
}

func texts(list []string) []adt.Datum {
	out := make([]adt.Datum, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func needsKey(needs []adt.Need, key string) bool {
	for _, n := range needs {
		if n.Key == key {
			return true
		}
	}
	return false
}
