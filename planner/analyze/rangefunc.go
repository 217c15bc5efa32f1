package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// fromFunction is one function of a FROM item while it is resolved.
type fromFunction struct {
	name       string
	expr       nodes.Expr
	columnDefs []*pg_query.Node
}

// transformRangeFunction resolves functions in FROM: f(), ROWS FROM (…), with
// column definition lists and WITH ORDINALITY.
func (ps *ParseState) transformRangeFunction(r *pg_query.RangeFunction) (*NSItem, error) {
	// Functions see LATERAL names whether they say LATERAL or not.
	ps.lateralActive = true
	var funcs []fromFunction
	for _, n := range r.Functions {
		pair := n.GetList().GetItems()
		if len(pair) == 0 {
			return nil, pgerr.Internal("malformed function in FROM")
		}
		var defs []*pg_query.Node
		if len(pair) > 1 {
			defs = pair[1].GetList().GetItems()
		}
		for _, call := range splitUnnest(pair[0], defs) {
			e, err := ps.transformFromFunction(call)
			if err != nil {
				ps.lateralActive = false
				return nil, err
			}
			if len(defs) > 0 && len(r.Coldeflist) > 0 {
				ps.lateralActive = false
				return nil, pgerr.New(pgerrcode.SyntaxError,
					"multiple column definition lists are not allowed for the same function").At(rawListLocation(r.Coldeflist))
			}
			funcs = append(funcs, fromFunction{name: ps.figureColname(call), expr: e, columnDefs: defs})
		}
	}
	ps.lateralActive = false

	lateral := r.Lateral
	exprs := make([]nodes.Expr, len(funcs))
	for i, f := range funcs {
		exprs[i] = f.expr
		lateral = lateral || containsVarsOfLevel(f.expr, 0)
	}
	if err := ps.assignListCollations(exprs); err != nil {
		return nil, err
	}
	if len(r.Coldeflist) > 0 {
		if err := checkTopColumnDefs(r, len(funcs)); err != nil {
			return nil, err
		}
		funcs[0].columnDefs = r.Coldeflist
	}
	return ps.addFunction(funcs, r, lateral)
}

func checkTopColumnDefs(r *pg_query.RangeFunction, n int) error {
	loc := rawListLocation(r.Coldeflist)
	switch {
	case n != 1 && r.IsRowsfrom:
		return pgerr.New(pgerrcode.SyntaxError, "ROWS FROM() with multiple functions cannot have a column definition list").
			Hintf("Put a separate column definition list for each function inside ROWS FROM().").At(loc)
	case n != 1:
		return pgerr.New(pgerrcode.SyntaxError, "UNNEST() with multiple arguments cannot have a column definition list").
			Hintf("Use separate UNNEST() calls inside ROWS FROM(), and attach a column definition list to each one.").At(loc)
	case r.Ordinality:
		return pgerr.New(pgerrcode.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
			Hintf("Put the column definition list inside ROWS FROM().").At(loc)
	}
	return nil
}

// splitUnnest turns a plain unnest(a, b, …) into one pg_catalog.unnest for each
// argument, as SQL's UNNEST wants.
func splitUnnest(n *pg_query.Node, defs []*pg_query.Node) []*pg_query.Node {
	fc := n.GetFuncCall()
	if fc == nil || len(fc.Funcname) != 1 || fc.Funcname[0].GetString_().GetSval() != "unnest" || len(fc.Args) < 2 ||
		len(fc.AggOrder) > 0 || fc.AggFilter != nil || fc.Over != nil || fc.AggStar || fc.AggDistinct || fc.FuncVariadic || len(defs) > 0 {
		return []*pg_query.Node{n}
	}
	var out []*pg_query.Node
	for _, a := range fc.Args {
		call := &pg_query.FuncCall{
			Funcname:   []*pg_query.Node{pg_query.MakeStrNode("pg_catalog"), pg_query.MakeStrNode("unnest")},
			Args:       []*pg_query.Node{a},
			Funcformat: fc.Funcformat, Location: fc.Location,
		}
		out = append(out, &pg_query.Node{Node: &pg_query.Node_FuncCall{FuncCall: call}})
	}
	return out
}

// transformFromFunction resolves one call; a set-returning function may stand
// at its top alone.
func (ps *ParseState) transformFromFunction(n *pg_query.Node) (nodes.Expr, error) {
	last := ps.lastSRF
	e, err := ps.transformExpr(n, KindFromFunction)
	if err != nil {
		return nil, err
	}
	if ps.lastSRF != last && ps.lastSRF != e {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions must appear at top level of FROM").
			At(exprLocation(ps.lastSRF))
	}
	return e, nil
}

// addFunction makes the range table entry of functions in FROM,
// addRangeTableEntryForFunction.
func (ps *ParseState) addFunction(funcs []fromFunction, r *pg_query.RangeFunction, lateral bool) (*NSItem, error) {
	name, aliases := aliasNames(r.Alias)
	if r.Alias == nil {
		name = funcs[0].name
	}
	rte := &nodes.RTE{Kind: nodes.RTEFunction, Alias: name, Ordinality: r.Ordinality, Lateral: lateral}
	var columns []nodes.ColumnDef
	for _, f := range funcs {
		rf, err := ps.rangeFunction(f, r.Alias, len(funcs))
		if err != nil {
			return nil, err
		}
		rte.Functions = append(rte.Functions, rf)
		columns = append(columns, rf.Columns...)
	}
	if r.Ordinality {
		columns = append(columns, nodes.ColumnDef{Name: "ordinality", Type: adt.Int8OID, Typmod: -1})
	}
	if len(columns) > maxColumns {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "functions in FROM can return at most %d columns", maxColumns).At(exprLocation(funcs[0].expr))
	}
	var err error
	if rte.Columns, err = renameColumns(name, columns, aliases); err != nil {
		return nil, err
	}
	return newNSItem(rte, ps.addRTE(rte), r.Alias != nil), nil
}

// rangeFunction finds the columns that one function contributes.
func (ps *ParseState) rangeFunction(f fromFunction, alias *pg_query.Alias, count int) (*nodes.RangeFunction, error) {
	rf := &nodes.RangeFunction{Expr: f.expr}
	class, typ, desc := ps.resultClass(f.expr)
	if len(f.columnDefs) > 0 {
		loc := rawListLocation(f.columnDefs)
		switch class {
		case classRecord:
		case classComposite:
			if nodes.TypeOf(f.expr).Type == adt.RecordOID {
				return nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is redundant for a function with OUT parameters").At(loc)
			}
			return nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is redundant for a function returning a named composite type").At(loc)
		default:
			return nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(loc)
		}
	} else if class == classRecord {
		return nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is required for functions returning \"record\"").At(exprLocation(f.expr))
	}
	switch class {
	case classComposite:
		for _, c := range desc.Fields {
			rf.Columns = append(rf.Columns, nodes.ColumnDef{Name: c.Name, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation})
		}
	case classScalar:
		t := nodes.TypeOf(f.expr)
		rf.Scalar = true
		rf.Columns = []nodes.ColumnDef{{Name: ps.scalarFunctionAlias(f, alias, count), Type: typ, Typmod: t.Typmod, Collation: t.Collation}}
	case classRecord:
		defs, err := ps.columnDefs(f.columnDefs)
		if err != nil {
			return nil, err
		}
		rf.Columns = defs
	default:
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "function \"%s\" in FROM has unsupported return type %s",
			f.name, ps.catalog.FormatType(typ, -1)).At(exprLocation(f.expr))
	}
	return rf, nil
}

// scalarFunctionAlias names the column of a function that returns a scalar,
// chooseScalarFunctionAlias: its one OUT parameter, else the table alias, else
// the function.
func (ps *ParseState) scalarFunctionAlias(f fromFunction, alias *pg_query.Alias, count int) string {
	if fe, ok := f.expr.(*nodes.FuncExpr); ok {
		if p := ps.catalog.ProcByOID(fe.Func); p != nil {
			out, n := "", 0
			for i, m := range p.ArgModes {
				if m == 'o' || m == 'b' || m == 't' {
					n++
					if i < len(p.ArgNames) {
						out = p.ArgNames[i]
					}
				}
			}
			if n == 1 && out != "" {
				return out
			}
		}
	}
	if alias != nil && count == 1 {
		return alias.Aliasname
	}
	return f.name
}

// columnDefs resolves a column definition list.
func (ps *ParseState) columnDefs(list []*pg_query.Node) ([]nodes.ColumnDef, error) {
	var out []nodes.ColumnDef
	for _, n := range list {
		cd := n.GetColumnDef()
		if cd.TypeName.Setof {
			return nil, pgerr.New(pgerrcode.InvalidTableDefinition, "column \"%s\" cannot be declared SETOF", cd.Colname).At(int(cd.Location))
		}
		t, typmod, err := ps.typeOf(cd.TypeName)
		if err != nil {
			return nil, err
		}
		coll, err := ps.columnDefCollation(cd, t.OID)
		if err != nil {
			return nil, err
		}
		out = append(out, nodes.ColumnDef{Name: cd.Colname, Type: t.OID, Typmod: typmod, Collation: coll})
	}
	for i, c := range out {
		for _, d := range out[:i] {
			if c.Name == d.Name {
				return nil, pgerr.New(pgerrcode.DuplicateColumn, "column name \"%s\" specified more than once", c.Name)
			}
		}
	}
	for _, c := range out {
		t := ps.catalog.TypeByOID(c.Type)
		if t != nil && t.Kind == 'p' && c.Type != adt.RecordOID && c.Type != adt.RecordArrayOID {
			return nil, pgerr.New(pgerrcode.InvalidTableDefinition, "column \"%s\" has pseudo-type %s", c.Name, ps.catalog.FormatType(c.Type, -1))
		}
	}
	return out, nil
}

// resultClass is what an expression returns, PostgreSQL's TypeFuncClass.
type resultClass uint8

const (
	classScalar    resultClass = iota
	classComposite             // columns are known
	classRecord                // an anonymous record of unknown columns
	classOther
)

// resultClass tells whether an expression returns a scalar or a row, and the
// row's columns, get_expr_result_type.
func (ps *ParseState) resultClass(e nodes.Expr) (resultClass, OID, *adt.RowDesc) {
	switch x := e.(type) {
	case *nodes.FuncExpr:
		return ps.procResult(x.Func, x.Type, x.Args)
	case *nodes.OpExpr:
		return ps.procResult(x.Func, x.Type, x.Args)
	case *nodes.RowExpr:
		if x.Type == adt.RecordOID {
			desc := &adt.RowDesc{Type: adt.RecordOID}
			for i, a := range x.Args {
				t := nodes.TypeOf(a)
				f := adt.Field{Type: t.Type, Typmod: t.Typmod, Collation: t.Collation}
				if i < len(x.Names) {
					f.Name = x.Names[i]
				}
				desc.Fields = append(desc.Fields, f)
			}
			return classComposite, adt.RecordOID, desc
		}
	}
	return ps.typeClass(nodes.TypeOf(e).Type)
}

// typeClass is get_type_func_class with the columns of composite types.
func (ps *ParseState) typeClass(typ OID) (resultClass, OID, *adt.RowDesc) {
	t := ps.catalog.TypeByOID(typ)
	if t == nil {
		return classOther, typ, nil
	}
	switch t.Kind {
	case 'c':
		return classComposite, typ, t.Desc
	case 'd':
		base := ps.catalog.TypeByOID(ps.catalog.BaseType(typ))
		if base != nil && base.Kind == 'c' {
			return classComposite, typ, base.Desc
		}
		return classScalar, typ, nil
	case 'p':
		switch typ {
		case adt.RecordOID:
			return classRecord, typ, nil
		case adt.VoidOID, adt.CStringOID:
			return classScalar, typ, nil
		}
		return classOther, typ, nil
	}
	return classScalar, typ, nil
}

// procResult finds the result of a routine from its OUT parameters, else from
// the call's type.
func (ps *ParseState) procResult(proc, typ OID, args []nodes.Expr) (resultClass, OID, *adt.RowDesc) {
	p := ps.catalog.ProcByOID(proc)
	if p == nil || typ != adt.RecordOID {
		return ps.typeClass(typ)
	}
	actual := make([]OID, len(args))
	for i, a := range args {
		actual[i] = nodes.TypeOf(a).Type
	}
	var outs []adt.Field
	for i, m := range p.ArgModes {
		if m == 'o' || m == 'b' || m == 't' {
			f := adt.Field{Type: ps.catalog.OutType(p, p.AllTypes[i], actual), Typmod: -1}
			if i < len(p.ArgNames) {
				f.Name = p.ArgNames[i]
			}
			if f.Name == "" {
				f.Name = "column" + itoa(len(outs)+1)
			}
			f.Collation = ps.typeCollation(f.Type)
			outs = append(outs, f)
		}
	}
	if len(outs) < 2 {
		return ps.typeClass(typ)
	}
	return classComposite, typ, &adt.RowDesc{Type: adt.RecordOID, Fields: outs}
}
