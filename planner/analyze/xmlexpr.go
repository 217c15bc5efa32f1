package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

var xmlOps = map[pg_query.XmlExprOp]nodes.XMLOp{
	pg_query.XmlExprOp_IS_XMLCONCAT:  nodes.XMLConcat,
	pg_query.XmlExprOp_IS_XMLELEMENT: nodes.XMLElement,
	pg_query.XmlExprOp_IS_XMLFOREST:  nodes.XMLForest,
	pg_query.XmlExprOp_IS_XMLPARSE:   nodes.XMLParse,
	pg_query.XmlExprOp_IS_XMLPI:      nodes.XMLPI,
	pg_query.XmlExprOp_IS_XMLROOT:    nodes.XMLRoot,
	pg_query.XmlExprOp_IS_DOCUMENT:   nodes.XMLIsDocument,
}

// transformXMLExpr resolves XMLELEMENT and its like.
func (ps *ParseState) transformXMLExpr(x *pg_query.XmlExpr) (nodes.Expr, error) {
	op, ok := xmlOps[x.Op]
	if !ok {
		return nil, pgerr.Internal("unrecognized XmlExpr op: %d", x.Op)
	}
	out := &nodes.XMLExpr{
		Op: op, Document: x.Xmloption == pg_query.XmlOptionType_XMLOPTION_DOCUMENT,
		Name: adt.XMLName(x.Name, false, false), Location: int(x.Location),
	}
	for _, n := range x.NamedArgs {
		if err := ps.xmlNamedArg(out, n.GetResTarget()); err != nil {
			return nil, err
		}
	}
	for i, n := range x.Args {
		e, err := ps.expr(n)
		if err != nil {
			return nil, err
		}
		if e, err = ps.xmlArg(op, i, e); err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	return out, nil
}

// xmlNamedArg resolves an item of XMLATTRIBUTES or XMLFOREST.
func (ps *ParseState) xmlNamedArg(out *nodes.XMLExpr, r *pg_query.ResTarget) error {
	e, err := ps.expr(r.Val)
	if err != nil {
		return err
	}
	var name string
	switch {
	case r.Name != "":
		name = adt.XMLName(r.Name, false, false)
	case r.Val.GetColumnRef() != nil:
		name = adt.XMLName(ps.figureColname(r.Val), true, false)
	default:
		what := "element"
		if out.Op == nodes.XMLElement {
			what = "attribute"
		}
		return pgerr.New(pgerrcode.SyntaxError, "unnamed XML %s value must be a column reference", what).At(int(r.Location))
	}
	if out.Op == nodes.XMLElement {
		for _, n := range out.ArgNames {
			if n == name {
				return pgerr.New(pgerrcode.SyntaxError, "XML attribute name \"%s\" appears more than once", name).At(int(r.Location))
			}
		}
	}
	out.NamedArgs, out.ArgNames = append(out.NamedArgs, e), append(out.ArgNames, name)
	return nil
}

// xmlArg coerces the i'th argument.
func (ps *ParseState) xmlArg(op nodes.XMLOp, i int, e nodes.Expr) (nodes.Expr, error) {
	switch op {
	case nodes.XMLConcat:
		return ps.coerceToSpecificType(e, adt.XMLOID, "XMLCONCAT")
	case nodes.XMLForest:
		return ps.coerceToSpecificType(e, adt.XMLOID, "XMLFOREST")
	case nodes.XMLParse:
		if i == 0 {
			return ps.coerceToSpecificType(e, adt.TextOID, "XMLPARSE")
		}
		return ps.coerceToBoolean(e, "XMLPARSE")
	case nodes.XMLPI:
		return ps.coerceToSpecificType(e, adt.TextOID, "XMLPI")
	case nodes.XMLRoot:
		return ps.coerceToSpecificType(e, [...]OID{adt.XMLOID, adt.TextOID, adt.Int4OID}[min(i, 2)], "XMLROOT")
	case nodes.XMLIsDocument:
		return ps.coerceToSpecificType(e, adt.XMLOID, "IS DOCUMENT")
	}
	return e, nil
}

// transformXMLSerialize resolves XMLSERIALIZE: text, coerced to the type that
// is asked for.
func (ps *ParseState) transformXMLSerialize(x *pg_query.XmlSerialize) (nodes.Expr, error) {
	e, err := ps.expr(x.Expr)
	if err == nil {
		e, err = ps.coerceToSpecificType(e, adt.XMLOID, "XMLSERIALIZE")
	}
	if err != nil {
		return nil, err
	}
	t, typmod, err := ps.typeOf(x.TypeName)
	if err != nil {
		return nil, err
	}
	out := &nodes.XMLExpr{
		Op: nodes.XMLSerialize, Args: []nodes.Expr{e}, Indent: x.Indent,
		Document: x.Xmloption == pg_query.XmlOptionType_XMLOPTION_DOCUMENT, Location: int(x.Location),
	}
	r, err := ps.coerceToTargetType(out, adt.TextOID, t.OID, typmod, CoerceImplicit, nodes.ImplicitForm, -1)
	if err == nil && r == nil {
		err = pgerr.New(pgerrcode.CannotCoerce, "cannot cast XMLSERIALIZE result to %s", ps.catalog.FormatType(t.OID, -1)).At(int(x.Location))
	}
	return r, err
}

// transformRangeTableFunc resolves XMLTABLE.
func (ps *ParseState) transformRangeTableFunc(r *pg_query.RangeTableFunc) (*NSItem, error) {
	ps.lateralActive = true
	x, err := ps.xmlTable(r)
	ps.lateralActive = false
	if err != nil {
		return nil, err
	}
	name, aliases := aliasNames(r.Alias)
	if r.Alias == nil {
		name = "xmltable"
	}
	rf := &nodes.RangeFunction{Expr: x}
	for _, c := range x.Columns {
		rf.Columns = append(rf.Columns, c.ColumnDef)
	}
	rte := &nodes.RTE{
		Kind: nodes.RTEFunction, Alias: name, Functions: []*nodes.RangeFunction{rf},
		Lateral: r.Lateral || containsVarsOfLevel(x, 0),
	}
	if len(aliases) > len(rf.Columns) {
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "XMLTABLE function has %d columns available but %d columns specified",
			len(rf.Columns), len(aliases))
	}
	if rte.Columns, err = renameColumns(name, rf.Columns, aliases); err != nil {
		return nil, err
	}
	return newNSItem(rte, ps.addRTE(rte), r.Alias != nil), nil
}

func (ps *ParseState) xmlTable(r *pg_query.RangeTableFunc) (*nodes.XMLTableExpr, error) {
	x := &nodes.XMLTableExpr{Location: int(r.Location)}
	get := func(n *pg_query.Node, typ OID) (nodes.Expr, error) {
		if n == nil {
			return nil, nil
		}
		e, err := ps.transformExpr(n, KindFromFunction)
		if err == nil {
			e, err = ps.coerceToSpecificType(e, typ, "XMLTABLE")
		}
		if err != nil {
			return nil, err
		}
		return e, ps.assignListCollations([]nodes.Expr{e})
	}
	var err error
	if x.Row, err = get(r.Rowexpr, adt.TextOID); err != nil {
		return nil, err
	}
	if x.Doc, err = get(r.Docexpr, adt.XMLOID); err != nil {
		return nil, err
	}
	ordinality := false
	for _, n := range r.Columns {
		c := n.GetRangeTableFuncCol()
		col := nodes.XMLTableColumn{Ordinality: c.ForOrdinality, NotNull: c.IsNotNull}
		col.Name, col.Type, col.Typmod = c.Colname, adt.Int4OID, -1
		switch {
		case c.ForOrdinality && ordinality:
			return nil, pgerr.New(pgerrcode.SyntaxError, "only one FOR ORDINALITY column is allowed").At(int(c.Location))
		case c.ForOrdinality:
			ordinality = true
		case c.TypeName.Setof:
			return nil, pgerr.New(pgerrcode.InvalidTableDefinition, "column \"%s\" cannot be declared SETOF", c.Colname).At(int(c.Location))
		default:
			t, typmod, err := ps.typeOf(c.TypeName)
			if err != nil {
				return nil, err
			}
			col.Type, col.Typmod = t.OID, typmod
		}
		col.Collation = ps.typeCollation(col.Type)
		path, err := get(c.Colexpr, adt.TextOID)
		if err != nil {
			return nil, err
		}
		def, err := ps.xmlTableDefault(c.Coldefexpr, col.ColumnDef)
		if err != nil {
			return nil, err
		}
		for _, have := range x.Columns {
			if have.Name == col.Name {
				return nil, pgerr.New(pgerrcode.SyntaxError, "column name \"%s\" is not unique", col.Name).At(int(c.Location))
			}
		}
		x.Columns, x.Paths, x.Defaults = append(x.Columns, col), append(x.Paths, path), append(x.Defaults, def)
	}
	seen := map[string]bool{}
	for _, n := range r.Namespaces {
		t := n.GetResTarget()
		e, err := get(t.Val, adt.TextOID)
		if err != nil {
			return nil, err
		}
		switch {
		case seen[t.Name] && t.Name == "":
			return nil, pgerr.New(pgerrcode.SyntaxError, "only one default namespace is allowed").At(int(t.Location))
		case seen[t.Name]:
			return nil, pgerr.New(pgerrcode.SyntaxError, "namespace name \"%s\" is not unique", t.Name).At(int(t.Location))
		}
		seen[t.Name] = true
		x.Spaces, x.SpaceNames = append(x.Spaces, e), append(x.SpaceNames, t.Name)
	}
	return x, nil
}

// xmlTableDefault resolves a column's DEFAULT.
func (ps *ParseState) xmlTableDefault(n *pg_query.Node, col nodes.ColumnDef) (nodes.Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := ps.transformExpr(n, KindFromFunction)
	if err != nil {
		return nil, err
	}
	typ, loc := exprType(e), exprLocation(e)
	r, err := ps.coerceToTargetType(e, typ, col.Type, col.Typmod, CoerceAssignment, nodes.ImplicitForm, -1)
	if err == nil && r == nil {
		err = pgerr.New(pgerrcode.DatatypeMismatch, "argument of XMLTABLE must be type %s, not type %s",
			ps.catalog.FormatType(col.Type, -1), ps.catalog.FormatType(typ, -1)).At(loc)
	}
	if err != nil {
		return nil, err
	}
	return r, ps.assignListCollations([]nodes.Expr{r})
}
