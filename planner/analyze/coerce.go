package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// CoercionContext tells what coercions may happen unasked, PostgreSQL's
// CoercionContext.
type CoercionContext uint8

// The coercion contexts.
const (
	CoerceImplicit CoercionContext = iota
	CoerceAssignment
	CoerceExplicit
)

// coerceToTargetType coerces e to a type and typmod when the context allows
// that; nil, nil says that it does not.
func (ps *ParseState) coerceToTargetType(e nodes.Expr, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	if !ps.canCoerce([]OID{from}, []OID{to}, ctx) {
		return nil, nil
	}
	// COLLATE stays on top.
	inner := e
	for {
		c, ok := inner.(*nodes.CollateExpr)
		if !ok {
			break
		}
		inner = c.Arg
	}
	r, err := ps.coerceType(inner, from, to, typmod, ctx, form, loc)
	if err != nil {
		return nil, err
	}
	_, isConst := r.(*nodes.Const)
	if r, err = ps.coerceTypmod(r, to, typmod, ctx, form, loc, r != inner && !isConst); err != nil {
		return nil, err
	}
	if c, ok := e.(*nodes.CollateExpr); ok && ps.typeCollation(to) != 0 {
		return &nodes.CollateExpr{Arg: r, Collation: c.Collation, Location: c.Location}, nil
	}
	return r, nil
}

// coerceType coerces e to a type. The caller has made sure by canCoerce that
// this can be done. The typmod matters to literals and domains alone: others
// also need coerceTypmod.
func (ps *ParseState) coerceType(e nodes.Expr, from, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	if to == from || e == nil {
		return e, nil
	}
	switch to {
	case adt.AnyOID, adt.AnyElementOID, adt.AnyNonArrayOID, adt.AnyCompatibleOID, adt.AnyCompatibleNonArrayOID:
		return e, nil
	case adt.AnyArrayOID, adt.AnyEnumOID, adt.AnyRangeOID, adt.AnyMultirangeOID,
		adt.AnyCompatibleArrayOID, adt.AnyCompatibleRangeOID, adt.AnyCompatibleMultirangeOID:
		// A domain is shown as what it is over, so that the routine sees an array, enum or range.
		if from != adt.UnknownOID {
			if base := ps.catalog.BaseType(from); base != from {
				return &nodes.RelabelType{Arg: e, Type: base, Typmod: -1, Form: form, Location: loc}, nil
			}
			return e, nil
		}
	}
	switch x := e.(type) {
	case *nodes.Const:
		if from == adt.UnknownOID {
			return ps.coerceLiteral(x, to, typmod, ctx, form, loc)
		}
	case *nodes.Param:
		if done, err := ps.params.coerce(ps, x, to, loc); done || err != nil {
			return x, err
		}
	case *nodes.CollateExpr:
		arg, err := ps.coerceType(x.Arg, from, to, typmod, ctx, form, loc)
		if err != nil || ps.typeCollation(to) == 0 {
			return arg, err
		}
		return &nodes.CollateExpr{Arg: arg, Collation: x.Collation, Location: x.Location}, nil
	}
	path, fn := ps.coercionPath(to, from, ctx)
	switch path {
	case pathRelabel:
		if base := ps.catalog.BaseType(to); base != to && base != from {
			e = &nodes.RelabelType{Arg: e, Type: base, Typmod: -1, Form: nodes.ImplicitForm, Location: loc}
		}
		r, err := ps.coerceToDomain(e, 0, -1, to, ctx, form, loc, false)
		if err != nil || r != e {
			return r, err
		}
		return &nodes.RelabelType{Arg: e, Type: to, Typmod: -1, Form: form, Location: loc}, nil
	case pathFunc, pathArray, pathIO:
		base, baseTypmod := ps.baseTypmod(to, typmod)
		r, err := ps.buildCoercion(e, path, fn, base, baseTypmod, ctx, form, loc)
		if err != nil || base == to {
			return r, err
		}
		return ps.coerceToDomain(r, base, baseTypmod, to, ctx, form, loc, true)
	}
	switch {
	case from == adt.RecordOID && ps.isComplex(to):
		return ps.coerceRecord(e, to, ctx, form, loc)
	case to == adt.RecordOID && ps.isComplex(from), to == adt.RecordArrayOID && ps.isComplexArray(from):
		return e, nil
	}
	return nil, pgerr.Internal("failed to find conversion function from %s to %s", ps.format(from), ps.format(to))
}

// coerceLiteral converts an unknown-type literal by the type's input function.
// A domain's literal is read as its base type's, then checked. Only interval's
// input wants the typmod: its fields change what the text means.
func (ps *ParseState) coerceLiteral(c *nodes.Const, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	base, baseTypmod := ps.baseTypmod(to, typmod)
	t := ps.catalog.TypeByOID(base)
	if t == nil {
		return nil, pgerr.Internal("cache lookup failed for type %d", base)
	}
	r := &nodes.Const{Type: base, Typmod: -1, Collation: t.Collation, Location: c.Location}
	if base == adt.IntervalOID {
		r.Typmod = baseTypmod
	}
	switch {
	case c.Value != nil:
		var err error
		if t.Category == 'U' { // of tsvector and tsquery it may give notice
			defer ps.noticesAt(c.Location)()
		}
		if r.Value, err = t.InputText(ps.env, c.Value.(string), r.Typmod); err != nil {
			return nil, pgerr.Place(err, c.Location)
		}
	case t.Kind == 'p' && nullRefused(t.OID):
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", t.Name).At(c.Location)
	}
	if base == to {
		return r, nil
	}
	return ps.coerceToDomain(r, base, baseTypmod, to, ctx, form, loc, false)
}

// nullRefused tells of the pseudo-types that refuse even NULL: their input
// functions are not strict.
func nullRefused(typ OID) bool {
	switch typ {
	case 269, 325, 2279, 2280, 2281, 3115, 3310, 3838:
		return true
	}
	return false
}

// canCoerce tells whether each type of from can be coerced to that of to in
// the context, can_coerce_type.
func (ps *ParseState) canCoerce(from, to []OID, ctx CoercionContext) bool {
	generic := false
	for i, f := range from {
		t := to[i]
		switch {
		case f == t, t == adt.AnyOID:
			continue
		case isPolymorphic(t):
			generic = true
			continue
		case f == adt.UnknownOID:
			continue
		}
		if path, _ := ps.coercionPath(t, f, ctx); path != pathNone {
			continue
		}
		switch {
		case f == adt.RecordOID && ps.isComplex(t), t == adt.RecordOID && ps.isComplex(f),
			t == adt.RecordArrayOID && ps.isComplexArray(f):
			continue
		}
		return false
	}
	return !generic || ps.genericConsistent(from, to)
}

// coerceToDomain puts the check of a domain's constraints on top of a value of
// its base type; other types pass unchanged. base 0: look it up.
func (ps *ParseState) coerceToDomain(e nodes.Expr, base OID, baseTypmod int32, to OID, ctx CoercionContext, form nodes.CoercionForm, loc int, hide bool) (nodes.Expr, error) {
	if base == 0 {
		base, baseTypmod = ps.baseTypmod(to, baseTypmod)
	}
	if base == to {
		return e, nil
	}
	if hide {
		hideCoercion(e)
	}
	e, err := ps.coerceTypmod(e, base, baseTypmod, ctx, nodes.ImplicitForm, loc, false)
	if err != nil {
		return nil, err
	}
	return &nodes.CoerceToDomain{Arg: e, Type: to, Typmod: -1, Form: form, Location: loc}, nil
}

// coerceTypmod forces a value of the right type to a typmod, by the type's
// length coercion function where there is one (coerce_type_typmod).
func (ps *ParseState) coerceTypmod(e nodes.Expr, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int, hide bool) (nodes.Expr, error) {
	t := nodes.TypeOf(e)
	if typmod == t.Typmod {
		return e, nil
	}
	if hide {
		hideCoercion(e)
	}
	path, fn := pathNone, OID(0)
	if typmod >= 0 {
		path, fn = ps.typmodPath(to)
	}
	if path != pathNone {
		return ps.buildCoercion(e, path, fn, to, typmod, ctx, form, loc)
	}
	return relabel(e, to, typmod, t.Collation, form, loc), nil
}

// relabel says that a value is of another type as it stands, simplifying what
// it can (applyRelabelType).
func relabel(e nodes.Expr, typ OID, typmod int32, collation OID, form nodes.CoercionForm, loc int) nodes.Expr {
	for {
		r, ok := e.(*nodes.RelabelType)
		if !ok {
			break
		}
		e = r.Arg
	}
	if c, ok := e.(*nodes.Const); ok {
		k := *c
		k.Value = adt.Relabel(k.Value, typ)
		k.Type, k.Typmod, k.Collation = typ, typmod, collation
		return &k
	}
	if t := nodes.TypeOf(e); t.Type == typ && t.Typmod == typmod && t.Collation == collation {
		return e
	}
	return &nodes.RelabelType{Arg: e, Type: typ, Typmod: typmod, Collation: collation, Form: form, Location: loc}
}

// hideCoercion marks a coercion just built as implicit, hide_coercion_node.
func hideCoercion(e nodes.Expr) {
	switch e := e.(type) {
	case *nodes.FuncExpr:
		e.Form = nodes.ImplicitForm
	case *nodes.RelabelType:
		e.Form = nodes.ImplicitForm
	case *nodes.CoerceViaIO:
		e.Form = nodes.ImplicitForm
	case *nodes.ArrayCoerceExpr:
		e.Form = nodes.ImplicitForm
	case *nodes.ConvertRowtypeExpr:
		e.Form = nodes.ImplicitForm
	case *nodes.RowExpr:
		e.Form = nodes.ImplicitForm
	case *nodes.CoerceToDomain:
		e.Form = nodes.ImplicitForm
	}
}

// buildCoercion makes the node of a coercion found by coercionPath or
// typmodPath, build_coercion_expression.
func (ps *ParseState) buildCoercion(e nodes.Expr, path coercionPath, fn, to OID, typmod int32, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	switch path {
	case pathFunc:
		p := ps.catalog.ProcByOID(fn)
		if p == nil {
			return nil, pgerr.Internal("cache lookup failed for function %d", fn)
		}
		args := []nodes.Expr{e}
		if len(p.ArgTypes) > 1 {
			args = append(args, &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: typmod, Location: -1})
		}
		if len(p.ArgTypes) > 2 {
			args = append(args, &nodes.Const{Type: adt.BoolOID, Typmod: -1, Value: ctx == CoerceExplicit, Location: -1})
		}
		return &nodes.FuncExpr{Func: fn, Type: to, Form: form, Args: args, Location: loc}, nil
	case pathArray:
		source, sourceTypmod := ps.baseTypmod(nodes.TypeOf(e).Type, nodes.TypeOf(e).Typmod)
		test := &nodes.CaseTestExpr{Type: ps.elemType(source), Typmod: sourceTypmod}
		elem := ps.elemType(to)
		item, err := ps.coerceToTargetType(test, test.Type, elem, typmod, ctx, form, loc)
		if err != nil {
			return nil, err
		}
		if item == nil {
			return nil, pgerr.Internal("failed to coerce array element type as expected")
		}
		return &nodes.ArrayCoerceExpr{Arg: e, Elem: item, Type: to, Typmod: nodes.TypeOf(item).Typmod, Form: form, Location: loc}, nil
	case pathIO:
		return &nodes.CoerceViaIO{Arg: e, Type: to, Form: form, Location: loc}, nil
	}
	return nil, pgerr.Internal("unsupported pathtype %d in build_coercion_expression", path)
}

// coerceRecord coerces an anonymous row to a named composite type, column by
// column (coerce_record_to_complex).
func (ps *ParseState) coerceRecord(e nodes.Expr, to OID, ctx CoercionContext, form nodes.CoercionForm, loc int) (nodes.Expr, error) {
	cannot := func(at nodes.Expr) *pgerr.Error {
		if loc < 0 {
			return pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s", ps.format(adt.RecordOID), ps.format(to)).At(exprLocation(at))
		}
		return pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s", ps.format(adt.RecordOID), ps.format(to)).At(loc)
	}
	var args []nodes.Expr
	switch x := e.(type) {
	case *nodes.RowExpr:
		args = x.Args
	case *nodes.Var:
		if x.Attno != 0 {
			return nil, cannot(e)
		}
		args, _ = expandItem(ps.levelItem(x.RTE, x.LevelsUp), x.LevelsUp, x.Location)
	default:
		return nil, cannot(e)
	}
	base, baseTypmod := ps.baseTypmod(to, -1)
	var desc *adt.RowDesc
	if t := ps.catalog.TypeByOID(base); t != nil {
		desc = t.Desc
	}
	if desc == nil {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "type %s is not composite", ps.format(base))
	}
	row := &nodes.RowExpr{Type: base, Form: form, Location: loc}
	n := 0
	for _, f := range desc.Fields {
		if f.Dropped {
			row.Args = append(row.Args, &nodes.Const{Type: adt.Int4OID, Typmod: -1, Location: -1})
			continue
		}
		if n >= len(args) {
			return nil, cannot(e).Detailf("Input has too few columns.")
		}
		a := args[n]
		n++
		typ := nodes.TypeOf(a).Type
		c, err := ps.coerceToTargetType(a, typ, f.Type, f.Typmod, ctx, nodes.ImplicitForm, -1)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, cannot(a).Detailf("Cannot cast type %s to %s in column %d.", ps.format(typ), ps.format(f.Type), n)
		}
		row.Args = append(row.Args, c)
	}
	if n < len(args) {
		return nil, cannot(e).Detailf("Input has too many columns.")
	}
	if base == to {
		return row, nil
	}
	row.Form = nodes.ImplicitForm
	return ps.coerceToDomain(row, base, baseTypmod, to, ctx, form, loc, false)
}
