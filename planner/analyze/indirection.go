package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformIndirection resolves (expr).field, expr[subscript] and chains of
// them.
func (ps *ParseState) transformIndirection(a *pg_query.A_Indirection) (nodes.Expr, error) {
	before := ps.lastSRF
	e, err := ps.expr(a.Arg)
	if err != nil {
		return nil, err
	}
	loc := exprLocation(e)
	var subscripts []*pg_query.Node
	apply := func() error {
		if len(subscripts) == 0 {
			return nil
		}
		i := nodes.TypeOf(e)
		r, err := ps.transformContainerSubscripts(e, i.Type, i.Typmod, subscripts)
		if err != nil {
			return err
		}
		e, subscripts = r, nil
		return nil
	}
	for _, n := range a.Indirection {
		switch {
		case n.GetAIndices() != nil:
			subscripts = append(subscripts, n)
		case n.GetAStar() != nil:
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "row expansion via \"*\" is not supported here").At(loc)
		default:
			if err := apply(); err != nil {
				return nil, err
			}
			field := n.GetString_().GetSval()
			f, err := ps.parseFuncOrColumn([]string{field}, []nodes.Expr{e}, nil, before, false, loc)
			if err != nil {
				return nil, err
			}
			if f == nil {
				return nil, ps.unknownAttribute(e, "", field, loc)
			}
			e = f
		}
	}
	if err := apply(); err != nil {
		return nil, err
	}
	return e, nil
}

// unknownAttribute is the error for a field that a value does not have.
func (ps *ParseState) unknownAttribute(e nodes.Expr, rel, attr string, loc int) error {
	if v, ok := e.(*nodes.Var); ok && v.Attno == 0 {
		if rel == "" {
			p := ps
			for range v.LevelsUp {
				p = p.parent
			}
			rel = p.rtable[v.RTE-1].Alias
		}
		return pgerr.New(pgerrcode.UndefinedColumn, "column %s.%s does not exist", rel, attr).At(loc)
	}
	typ := exprType(e)
	switch {
	case ps.catalog.TypeRelation(ps.catalog.BaseType(typ)) != nil:
		return pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" not found in data type %s", attr, ps.catalog.FormatType(typ, -1)).At(loc)
	case typ == adt.RecordOID:
		return pgerr.New(pgerrcode.UndefinedColumn, "could not identify column \"%s\" in record data type", attr).At(loc)
	}
	return pgerr.New(pgerrcode.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type",
		attr, ps.catalog.FormatType(typ, -1)).At(loc)
}

// transformContainerSubscripts resolves container[…][…]
// (transformContainerSubscripts with array's and jsonb's handlers).
func (ps *ParseState) transformContainerSubscripts(base nodes.Expr, container OID, typmod int32, idx []*pg_query.Node) (*nodes.SubscriptingRef, error) {
	container = ps.catalog.BaseType(container)
	switch container { // these are subscripted as arrays of their elements
	case adt.OIDVectorOID:
		container = 1028 // oidvector
	case adt.Int2VectorOID:
		container = 1005 // int2vector
	}
	t := ps.catalog.TypeByOID(container)
	if t == nil || t.Subscript == "" || t.Subscript == "-" {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting",
			ps.catalog.FormatType(exprType(base), -1)).At(exprLocation(base))
	}
	out := &nodes.SubscriptingRef{Container: container, Elem: t.Elem, Typmod: typmod, Expr: base, Location: exprLocation(base)}
	for _, n := range idx {
		if n.GetAIndices().IsSlice {
			out.Slice = true
		}
	}
	if container == adt.JSONBOID {
		return out, ps.jsonbSubscripts(out, idx)
	}
	for _, n := range idx {
		x := n.GetAIndices()
		if out.Slice {
			lo, err := ps.arraySubscript(x.Lidx)
			if err != nil {
				return nil, err
			}
			if !x.IsSlice { // one subscript among slices is 1:n
				lo = &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: int32(1), Location: -1}
			}
			out.Lower = append(out.Lower, lo)
		}
		hi, err := ps.arraySubscript(x.Uidx)
		if err != nil {
			return nil, err
		}
		out.Upper = append(out.Upper, hi)
	}
	const maxDim = 6
	if len(out.Upper) > maxDim {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(out.Upper), maxDim)
	}
	out.Type = t.Elem
	if out.Slice {
		out.Type = container
	}
	return out, nil
}

// arraySubscript resolves a subscript of an array; nil stays nil.
func (ps *ParseState) arraySubscript(n *pg_query.Node) (nodes.Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := ps.expr(n)
	if err != nil {
		return nil, err
	}
	c, err := ps.coerceToTargetType(e, exprType(e), adt.Int4OID, -1, CoerceAssignment, nodes.ImplicitForm, -1)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "array subscript must have type integer").At(exprLocation(e))
	}
	return c, nil
}

// jsonbSubscripts resolves the subscripts of a jsonb value: text or integer.
func (ps *ParseState) jsonbSubscripts(out *nodes.SubscriptingRef, idx []*pg_query.Node) error {
	out.Type, out.Typmod = adt.JSONBOID, -1
	for _, n := range idx {
		x := n.GetAIndices()
		if x.IsSlice {
			at := x.Uidx
			if at == nil {
				at = x.Lidx
			}
			return pgerr.New(pgerrcode.DatatypeMismatch, "jsonb subscript does not support slices").At(rawLocation(at))
		}
		e, err := ps.expr(x.Uidx)
		if err != nil {
			return err
		}
		from, target := exprType(e), adt.TextOID
		if from != adt.UnknownOID {
			asInt := ps.canCoerce([]OID{from}, []OID{adt.Int4OID}, CoerceImplicit)
			asText := ps.canCoerce([]OID{from}, []OID{adt.TextOID}, CoerceImplicit)
			switch {
			case asInt && asText:
				return pgerr.New(pgerrcode.DatatypeMismatch, "subscript type %s is not supported", ps.catalog.FormatType(from, -1)).
					Hintf("jsonb subscript must be coercible to only one type, integer or text.").At(exprLocation(e))
			case asInt:
				target = adt.Int4OID
			case !asText:
				return pgerr.New(pgerrcode.DatatypeMismatch, "subscript type %s is not supported", ps.catalog.FormatType(from, -1)).
					Hintf("jsonb subscript must be coercible to either integer or text.").At(exprLocation(e))
			}
		}
		c, err := ps.coerceType(e, from, target, -1, CoerceImplicit, nodes.ImplicitForm, -1)
		if err != nil {
			return err
		}
		out.Upper = append(out.Upper, c)
	}
	return nil
}
