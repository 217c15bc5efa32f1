package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// foldRowCompare folds (a, b) < (c, d): constants at the front that are equal
// fall away, and others decide.
func (b *builder) foldRowCompare(n *nodes.RowCompareExpr, stable bool) nodes.Expr {
	rec := func(x nodes.Expr) (nodes.Expr, bool) { return b.fold(x, stable), true }
	c := *n
	c.Left, c.Right = nodes.RewriteList(n.Left, rec), nodes.RewriteList(n.Right, rec)
	for len(c.Ops) > 0 && constant(c.Left[0]) && constant(c.Right[0]) {
		order, ok := b.firstDiffers(&c, stable)
		switch {
		case !ok:
			return &c
		case order != nil:
			return order
		}
		c.Ops, c.Collations, c.Left, c.Right = c.Ops[1:], c.Collations[1:], c.Left[1:], c.Right[1:]
	}
	if len(c.Ops) == 0 {
		return boolConst(c.Op == nodes.RowLE || c.Op == nodes.RowGE)
	}
	return &c
}

// firstDiffers gives what the first columns of a row comparison, constants both,
// make of it; nil: they are equal. ok is false when that cannot be told.
func (b *builder) firstDiffers(c *nodes.RowCompareExpr, stable bool) (result nodes.Expr, ok bool) {
	first := nodes.RowCompareExpr{Ops: c.Ops[:1], Collations: c.Collations[:1], Left: c.Left[:1], Right: c.Right[:1]}
	is := func(op nodes.RowCompareOp) (v adt.Datum, ok bool) {
		e := first
		e.Op = op
		k, ok := b.evaluate(&e, stable).(*nodes.Const)
		if !ok {
			return nil, false
		}
		return k.Value, true
	}
	le, ok1 := is(nodes.RowLE)
	ge, ok2 := is(nodes.RowGE)
	switch {
	case !ok1 || !ok2:
		return nil, false
	case le == nil:
		return nullConst(adt.BoolOID), true
	case le == ge:
		return nil, true
	}
	return boolConst((c.Op == nodes.RowLT || c.Op == nodes.RowLE) == (le == adt.Datum(true))), true
}

// memberOfRow gives the column that to_jsonb(row) ->> 'column' is, when that is a text, and for
// to_jsonb(row) -> 'column' ->> 'key' the member of a jsonb column, also where #>> has the way there;
// nil: it is something else.
func (b *builder) memberOfRow(fn nodes.OID, args []nodes.Expr) nodes.Expr {
	p := b.opt.Catalog.ProcByOID(fn)
	if p == nil || len(args) != 2 {
		return nil
	}
	key, isConst := args[1].(*nodes.Const)
	if !isConst {
		return nil
	}
	switch p.Src {
	case "jsonb_object_field_text", "json_object_field_text":
		name, _ := key.Value.(string)
		if row := b.rowMadeJSON(args[0]); row != nil {
			return columnNamed(row, name, adt.TextOID)
		}
		if column := b.jsonbOfRow(args[0]); column != nil && p.Src == "jsonb_object_field_text" {
			return memberText(column, name)
		}
	case "jsonb_extract_path_text":
		row, path := b.rowMadeJSON(args[0]), textsIn(key.Value)
		if row == nil || len(path) == 0 {
			return nil
		}
		if len(path) == 1 {
			return columnNamed(row, path[0], adt.TextOID)
		}
		if column := columnNamed(row, path[0], adt.JSONBOID); column != nil && len(path) == 2 && !isIndex(path[1]) {
			return memberText(column, path[1])
		}
	}
	return nil
}

// jsonbOfRow gives the jsonb column that to_jsonb(row) -> 'column' is, but for NULLs; nil: it is
// something else.
func (b *builder) jsonbOfRow(e nodes.Expr) nodes.Expr {
	op, ok := e.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil
	}
	p := b.opt.Catalog.ProcByOID(op.Func)
	key, isConst := op.Args[1].(*nodes.Const)
	row := b.rowMadeJSON(op.Args[0])
	if p == nil || p.Src != "jsonb_object_field" || !isConst || row == nil {
		return nil
	}
	name, _ := key.Value.(string)
	return columnNamed(row, name, adt.JSONBOID)
}

// PostgreSQL's operator jsonb ->> text and its function.
const (
	jsonbFieldTextOp   = 3477
	jsonbFieldTextFunc = 3214
)

func memberText(column nodes.Expr, key string) nodes.Expr {
	return &nodes.OpExpr{Op: jsonbFieldTextOp, Func: jsonbFieldTextFunc, Type: adt.TextOID, Collation: adt.DefaultCollationOID, InputCollation: adt.DefaultCollationOID, Location: -1, Args: []nodes.Expr{
		column, &nodes.Const{Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID, Value: key, Location: -1},
	}}
}

// textsIn gives the elements of an array of texts; nil: it is none, or one is NULL.
func textsIn(d adt.Datum) []string {
	a, ok := d.(*adt.Array)
	if !ok {
		return nil
	}
	var out []string
	for _, v := range a.Values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}

// rowMadeJSON gives the row that is made to JSON, nil: it is something else.
func (b *builder) rowMadeJSON(e nodes.Expr) *nodes.RowExpr {
	call, ok := e.(*nodes.FuncExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	made := b.opt.Catalog.ProcByOID(call.Func)
	row, ok := call.Args[0].(*nodes.RowExpr)
	if made == nil || !ok || made.Src != "to_jsonb" && made.Src != "to_json" && made.Src != "row_to_json" || len(row.Names) != len(row.Args) || b.volatile(row) {
		return nil
	}
	return row
}

// columnNamed gives the only column of a name, if it is of a type.
func columnNamed(row *nodes.RowExpr, name string, typ nodes.OID) (found nodes.Expr) {
	for i, n := range row.Names {
		if n != name {
			continue
		}
		if found != nil || nodes.TypeOf(row.Args[i]).Type != typ {
			return nil
		}
		found = row.Args[i]
	}
	return found
}

// partOfRow takes to_jsonb(row) @> '{"column": "value", …}' apart into conditions on
// columns; nil: it is something else, or asks of others than texts.
func (b *builder) partOfRow(src string, args []nodes.Expr) nodes.Expr {
	if src != "jsonb_contains" && src != "jsonb_contained" || len(args) != 2 {
		return nil
	}
	whole, in := args[0], args[1]
	if src == "jsonb_contained" {
		whole, in = in, whole
	}
	row := b.rowMadeJSON(whole)
	k, isConst := in.(*nodes.Const)
	if row == nil || !isConst {
		return nil
	}
	part, ok := k.Value.(*adt.JSONB)
	if !ok || part.Kind != adt.JSONObject || len(part.Keys) == 0 {
		return nil
	}
	out := &nodes.BoolExpr{Op: nodes.And, Location: -1}
	for i, name := range part.Keys {
		column := columnNamed(row, name, adt.TextOID)
		if column == nil || part.Vals[i].Kind != adt.JSONString {
			return nil
		}
		out.Args = append(out.Args, &nodes.BooleanTest{Test: nodes.IsTrue, Location: -1, Arg: &nodes.OpExpr{
			Op: textEqOperator, Func: textEqFunction, Type: adt.BoolOID, InputCollation: nodes.TypeOf(column).Collation, Location: -1,
			Args: []nodes.Expr{column, &nodes.Const{Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID, Value: part.Vals[i].Str, Location: -1}},
		}})
	}
	if len(out.Args) == 1 {
		return out.Args[0]
	}
	return out
}

// arrayTruth takes array = array apart, where NULL counts as false, when one of
// them is built of as many expressions as the other has constants.
func (b *builder) arrayTruth(e *nodes.OpExpr) nodes.Expr {
	for i, a := range e.Args {
		built, ok := a.(*nodes.ArrayExpr)
		k, isConst := e.Args[1-i].(*nodes.Const)
		if !ok || !isConst || built.Multi {
			continue
		}
		list, ok := k.Value.(*adt.Array)
		if !ok || len(list.Dims) != 1 || int(list.Dims[0].Len) != len(built.Elements) || list.Dims[0].Lower != 1 {
			continue
		}
		_, code, _, _ := b.opt.Catalog.SortOperators(built.Elem)
		eq := b.opt.Catalog.OperatorByOID(code)
		if eq == nil || eq.Left != built.Elem || eq.Right != built.Elem {
			continue
		}
		out := &nodes.BoolExpr{Op: nodes.And, Location: e.Location}
		for n, x := range built.Elements {
			if list.Values[n] == nil {
				if composite(b, built.Elem) {
					return nil
				}
				out.Args = append(out.Args, &nodes.NullTest{Arg: x, Location: -1}) // elements that are NULL are equal
				continue
			}
			out.Args = append(out.Args, &nodes.OpExpr{
				Op: eq.OID, Func: eq.Code, Type: adt.BoolOID, InputCollation: e.InputCollation, Location: -1,
				Args: []nodes.Expr{x, &nodes.Const{Type: built.Elem, Typmod: -1, Collation: built.Collation, Value: list.Values[n], Location: -1}},
			})
		}
		if len(out.Args) == 1 {
			return out.Args[0]
		}
		return out
	}
	return nil
}
