package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// jsonValue resolves a value of a SQL/JSON constructor. A string with FORMAT
// JSON is parsed; other values are converted by the constructor (transformJsonValueExpr).
func (ps *ParseState) jsonValue(v *pg_query.JsonValueExpr) (nodes.Expr, error) {
	e, err := ps.expr(v.RawExpr)
	if err != nil {
		return nil, err
	}
	if exprType(e) == adt.UnknownOID {
		if e, err = ps.coerceToSpecificType(e, adt.TextOID, "JSON_VALUE"); err != nil {
			return nil, err
		}
	}
	f, typ := v.Format, exprType(e)
	if f.GetFormatType() != pg_query.JsonFormatType_JS_FORMAT_JSON {
		return e, nil
	}
	if explicitEncoding(f) && typ != adt.ByteaOID {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "JSON ENCODING clause is only allowed for bytea input type").At(int(f.Location))
	}
	switch typ {
	case adt.JSONOID, adt.JSONBOID:
		return e, nil
	case adt.ByteaOID:
		if e, err = ps.jsonBytesToText(e, f); err != nil {
			return nil, err
		}
		typ = adt.TextOID
	default:
		if t := ps.catalog.TypeByOID(ps.catalog.BaseType(typ)); t == nil || t.Category != 'S' {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "cannot use non-string types with explicit FORMAT JSON clause").At(int(f.Location))
		}
	}
	return ps.coerceToTargetType(e, typ, adt.JSONOID, -1, CoerceExplicit, nodes.ImplicitForm, exprLocation(e))
}

// explicitEncoding tells whether FORMAT JSON has an ENCODING.
func explicitEncoding(f *pg_query.JsonFormat) bool {
	e := f.GetEncoding()
	return e != pg_query.JsonEncoding_JS_ENC_DEFAULT && e != pg_query.JsonEncoding_JSON_ENCODING_UNDEFINED
}

// jsonEncoding checks that an encoding is the one there is.
func jsonEncoding(f *pg_query.JsonFormat) error {
	if explicitEncoding(f) && f.Encoding != pg_query.JsonEncoding_JS_ENC_UTF8 {
		return pgerr.New(pgerrcode.FeatureNotSupported, "unsupported JSON encoding").
			Hintf("Only UTF8 JSON encoding is supported.").At(int(f.Location))
	}
	return nil
}

// jsonConvert calls convert_from or convert_to between bytes and JSON's text.
func (ps *ParseState) jsonConvert(function string, e nodes.Expr, f *pg_query.JsonFormat) (nodes.Expr, error) {
	if err := jsonEncoding(f); err != nil {
		return nil, err
	}
	loc := exprLocation(e)
	utf8 := &nodes.Const{Type: adt.NameOID, Typmod: -1, Value: "UTF8", Location: -1}
	return ps.parseFuncOrColumn([]string{"pg_catalog", function}, []nodes.Expr{e, utf8}, &pg_query.FuncCall{Location: int32(loc)}, ps.lastSRF, false, loc)
}

func (ps *ParseState) jsonBytesToText(e nodes.Expr, f *pg_query.JsonFormat) (nodes.Expr, error) {
	return ps.jsonConvert("convert_from", e, f)
}

// jsonTarget is what RETURNING asks for.
type jsonTarget struct {
	typ    OID
	typmod int32
	format *pg_query.JsonFormat
}

// jsonOutput reads RETURNING: json unless told otherwise, jsonb when an argument is jsonb
// (transformJsonConstructorOutput).
func (ps *ParseState) jsonOutput(o *pg_query.JsonOutput, args []nodes.Expr) (jsonTarget, error) {
	if o == nil || o.TypeName == nil {
		for _, a := range args {
			if exprType(a) == adt.JSONBOID {
				return jsonTarget{typ: adt.JSONBOID, typmod: -1}, nil
			}
		}
		return jsonTarget{typ: adt.JSONOID, typmod: -1}, nil
	}
	t, typmod, err := ps.typeOf(o.TypeName)
	if err != nil {
		return jsonTarget{}, err
	}
	f := o.GetReturning().GetFormat()
	switch {
	case o.TypeName.Setof:
		err = pgerr.New(pgerrcode.FeatureNotSupported, "returning SETOF types is not supported in SQL/JSON functions")
	case f.GetFormatType() == pg_query.JsonFormatType_JS_FORMAT_JSONB:
		err = pgerr.Unsupported("FORMAT JSONB in RETURNING is not supported")
	case f.GetFormatType() == pg_query.JsonFormatType_JS_FORMAT_JSON:
		if explicitEncoding(f) && t.OID != adt.ByteaOID {
			err = pgerr.New(pgerrcode.FeatureNotSupported, "cannot set JSON encoding for non-bytea output types").At(int(f.Location))
		} else {
			err = jsonEncoding(f)
		}
	}
	return jsonTarget{t.OID, typmod, f}, err
}

// jsonConstructor makes a constructor node and coerces its result to what
// RETURNING asks for.
func (ps *ParseState) jsonConstructor(c *nodes.JSONConstructorExpr, o *pg_query.JsonOutput) (nodes.Expr, error) {
	want, err := ps.jsonOutput(o, c.Args)
	if err != nil {
		return nil, err
	}
	c.Type, c.Typmod, c.JSONB = adt.JSONOID, -1, want.typ == adt.JSONBOID
	if c.JSONB {
		c.Type = adt.JSONBOID
	}
	return ps.jsonReturn(c, c.Type, want, c.Location)
}

// jsonReturn brings a constructor's value to what RETURNING asks for: bytes
// are JSON's text in its encoding (coerceJsonFuncExpr).
func (ps *ParseState) jsonReturn(e nodes.Expr, have OID, want jsonTarget, loc int) (nodes.Expr, error) {
	switch want.typ {
	case have:
		return e, nil
	case adt.ByteaOID:
		text, err := ps.coerceToTargetType(e, have, adt.TextOID, -1, CoerceAssignment, nodes.ImplicitForm, loc)
		if err != nil {
			return nil, err
		}
		return ps.jsonConvert("convert_to", text, want.format)
	}
	r, err := ps.coerceToTargetType(e, have, want.typ, want.typmod, CoerceExplicit, nodes.CastForm, loc)
	if err == nil && r == nil {
		err = pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s", ps.catalog.FormatType(have, -1), ps.catalog.FormatType(want.typ, -1))
	}
	return r, err
}

func (ps *ParseState) transformJSONObject(c *pg_query.JsonObjectConstructor) (nodes.Expr, error) {
	out := &nodes.JSONConstructorExpr{Kind: nodes.JSONObject, AbsentOnNull: c.AbsentOnNull, Unique: c.Unique, Location: int(c.Location)}
	for _, n := range c.Exprs {
		kv := n.GetJsonKeyValue()
		k, err := ps.expr(kv.Key)
		if _, literal := k.(*nodes.Const); err == nil && literal && exprType(k) == adt.UnknownOID { // a parameter stays without type
			k, err = ps.coerceToSpecificType(k, adt.TextOID, "JSON_OBJECT")
		}
		if err != nil {
			return nil, err
		}
		v, err := ps.jsonValue(kv.Value)
		if err != nil {
			return nil, err
		}
		out.Args = append(out.Args, k, v)
	}
	return ps.jsonConstructor(out, c.Output)
}

func (ps *ParseState) transformJSONArray(c *pg_query.JsonArrayConstructor) (nodes.Expr, error) {
	out := &nodes.JSONConstructorExpr{Kind: nodes.JSONArray, AbsentOnNull: c.AbsentOnNull, Location: int(c.Location)}
	for _, n := range c.Exprs {
		v, err := ps.jsonValue(n.GetJsonValueExpr())
		if err != nil {
			return nil, err
		}
		out.Args = append(out.Args, v)
	}
	return ps.jsonConstructor(out, c.Output)
}

// transformJSONArrayQuery resolves JSON_ARRAY(SELECT …) as the aggregate over
// the subquery's column. Its columns are counted first: the alias below names but one.
func (ps *ParseState) transformJSONArrayQuery(c *pg_query.JsonArrayQueryConstructor) (nodes.Expr, error) {
	q, err := ps.analyzeSubquery(c.Query, nil, true)
	if err != nil {
		return nil, err
	}
	columns := 0
	for _, t := range q.TargetList {
		if !t.Resjunk {
			columns++
		}
	}
	if columns != 1 {
		return nil, pgerr.New(pgerrcode.SyntaxError, "subquery must return only one column").At(int(c.Location))
	}
	column := func() *pg_query.Node {
		str := &pg_query.Node{Node: &pg_query.Node_String_{String_: &pg_query.String{Sval: "a"}}}
		return &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: []*pg_query.Node{str}, Location: c.Location}}}
	}
	agg := &pg_query.JsonArrayAgg{
		Arg:          &pg_query.JsonValueExpr{RawExpr: column(), Format: c.Format},
		AbsentOnNull: c.AbsentOnNull,
		Constructor:  &pg_query.JsonAggConstructor{Output: c.Output, Location: c.Location},
	}
	from := &pg_query.RangeSubselect{Subquery: c.Query, Alias: &pg_query.Alias{
		Aliasname: "q",
		Colnames:  []*pg_query.Node{{Node: &pg_query.Node_String_{String_: &pg_query.String{Sval: "a"}}}},
	}}
	sel := &pg_query.SelectStmt{
		TargetList: []*pg_query.Node{{Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{
			Val: &pg_query.Node{Node: &pg_query.Node_JsonArrayAgg{JsonArrayAgg: agg}}, Location: c.Location,
		}}}},
		FromClause:  []*pg_query.Node{{Node: &pg_query.Node_RangeSubselect{RangeSubselect: from}}},
		LimitOption: pg_query.LimitOption_LIMIT_OPTION_DEFAULT, Op: pg_query.SetOperation_SETOP_NONE,
	}
	return ps.transformSubLink(&pg_query.SubLink{
		SubLinkType: pg_query.SubLinkType_EXPR_SUBLINK, Location: c.Location,
		Subselect: &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: sel}},
	})
}

// jsonAggregate calls the aggregate that does an aggregating constructor's
// work.
func (ps *ParseState) jsonAggregate(name string, args []nodes.Expr, c *pg_query.JsonAggConstructor, raw []*pg_query.Node) (nodes.Expr, error) {
	want, err := ps.jsonOutput(c.Output, args)
	if err != nil {
		return nil, err
	}
	have, prefix := adt.JSONOID, "json"
	if want.typ == adt.JSONBOID {
		have, prefix = adt.JSONBOID, "jsonb"
	}
	call := &pg_query.FuncCall{Args: raw, AggOrder: c.AggOrder, AggFilter: c.AggFilter, Over: c.Over, Location: c.Location}
	e, err := ps.parseFuncOrColumn([]string{"pg_catalog", prefix + name}, args, call, ps.lastSRF, false, int(c.Location))
	if err != nil {
		return nil, err
	}
	return ps.jsonReturn(e, have, want, int(c.Location))
}

func (ps *ParseState) transformJSONObjectAgg(a *pg_query.JsonObjectAgg) (nodes.Expr, error) {
	k, err := ps.expr(a.Arg.Key)
	if err != nil {
		return nil, err
	}
	v, err := ps.jsonValue(a.Arg.Value)
	if err != nil {
		return nil, err
	}
	name := "_object_agg"
	switch {
	case a.Unique && a.AbsentOnNull:
		name += "_unique_strict"
	case a.Unique:
		name += "_unique"
	case a.AbsentOnNull:
		name += "_strict"
	}
	return ps.jsonAggregate(name, []nodes.Expr{k, v}, a.Constructor, []*pg_query.Node{a.Arg.Key, a.Arg.Value.RawExpr})
}

func (ps *ParseState) transformJSONArrayAgg(a *pg_query.JsonArrayAgg) (nodes.Expr, error) {
	v, err := ps.jsonValue(a.Arg)
	if err != nil {
		return nil, err
	}
	name := "_agg"
	if a.AbsentOnNull {
		name += "_strict"
	}
	return ps.jsonAggregate(name, []nodes.Expr{v}, a.Constructor, []*pg_query.Node{a.Arg.RawExpr})
}

func (ps *ParseState) transformJSONIsPredicate(p *pg_query.JsonIsPredicate) (nodes.Expr, error) {
	arg, err := ps.expr(p.Expr)
	if err != nil {
		return nil, err
	}
	typ := exprType(arg)
	switch {
	case typ == adt.UnknownOID:
		if arg, err = ps.coerceToSpecificType(arg, adt.TextOID, "IS JSON"); err != nil {
			return nil, err
		}
	case typ == adt.ByteaOID:
		if arg, err = ps.jsonBytesToText(arg, nil); err != nil {
			return nil, err
		}
	case typ == adt.JSONOID, typ == adt.JSONBOID:
	default:
		if t := ps.catalog.TypeByOID(ps.catalog.BaseType(typ)); t == nil || t.Category != 'S' {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "cannot use type %s in IS JSON predicate", ps.catalog.FormatType(typ, -1))
		}
	}
	kind := map[pg_query.JsonValueType]nodes.JSONValueKind{
		pg_query.JsonValueType_JS_TYPE_OBJECT: nodes.JSONAnyObject,
		pg_query.JsonValueType_JS_TYPE_ARRAY:  nodes.JSONAnyArray,
		pg_query.JsonValueType_JS_TYPE_SCALAR: nodes.JSONAnyScalar,
	}[p.ItemType]
	return &nodes.JSONIsPredicate{Arg: arg, Kind: kind, Unique: p.UniqueKeys, Location: int(p.Location)}, nil
}
