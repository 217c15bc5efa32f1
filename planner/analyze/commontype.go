package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// coerceToBoolean coerces the argument of a construct, such as WHERE, that
// wants a boolean.
func (ps *ParseState) coerceToBoolean(e nodes.Expr, construct string) (nodes.Expr, error) {
	return ps.coerceToSpecificTypeTypmod(e, adt.BoolOID, -1, construct)
}

// coerceToSpecificType coerces the argument of a construct that wants one
// type, such as LIMIT.
func (ps *ParseState) coerceToSpecificType(e nodes.Expr, to OID, construct string) (nodes.Expr, error) {
	return ps.coerceToSpecificTypeTypmod(e, to, -1, construct)
}

// coerceToSpecificTypeTypmod is coerceToSpecificType with a typmod.
func (ps *ParseState) coerceToSpecificTypeTypmod(e nodes.Expr, to OID, typmod int32, construct string) (nodes.Expr, error) {
	if from := nodes.TypeOf(e).Type; from != to {
		c, err := ps.coerceToTargetType(e, from, to, typmod, CoerceAssignment, nodes.ImplicitForm, -1)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "argument of %s must be type %s, not type %s",
				construct, ps.format(to), ps.format(from)).At(exprLocation(e))
		}
		e = c
	}
	if ps.returnsSet(e) {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "argument of %s must not return a set", construct).At(exprLocation(e))
	}
	return e, nil
}

// returnsSet tells whether a set-returning call is in e, but for the arguments of aggregates and
// window functions (expression_returns_set).
func (ps *ParseState) returnsSet(e nodes.Expr) bool {
	if ps.lastSRF == nil { // there is none anywhere: e may be deep, and asked about at each level
		return false
	}
	found := false
	nodes.Walk(e, func(x nodes.Expr) bool {
		switch x := x.(type) {
		case *nodes.FuncExpr:
			found = found || x.ReturnsSet
		case *nodes.OpExpr:
			found = found || x.ReturnsSet
		case *nodes.Aggref, *nodes.GroupingFunc, *nodes.WindowFunc:
			return false
		}
		return !found
	})
	return found
}

// selectCommonType finds the type that all expressions of a CASE, UNION and
// their like become, and the expression that it came from. context names the
// construct; with "" the answer is 0 where there would be an error.
func (ps *ParseState) selectCommonType(es []nodes.Expr, context string) (OID, nodes.Expr, error) {
	which, typ := es[0], nodes.TypeOf(es[0]).Type
	rest := es[1:]
	if typ != adt.UnknownOID {
		for len(rest) > 0 && nodes.TypeOf(rest[0]).Type == typ {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return typ, which, nil
		}
	}
	c := commonType{ps: ps}
	c.take(ps.catalog.BaseType(typ))
	for _, e := range rest {
		next := ps.catalog.BaseType(nodes.TypeOf(e).Type)
		switch c.consider(next) {
		case commonTaken:
			which = e
		case commonMismatch:
			if context == "" {
				return 0, nil, nil
			}
			return 0, nil, pgerr.New(pgerrcode.DatatypeMismatch, "%s types %s and %s cannot be matched",
				context, ps.format(c.typ), ps.format(next)).At(exprLocation(e))
		}
	}
	if c.typ == adt.UnknownOID {
		return adt.TextOID, which, nil
	}
	return c.typ, which, nil
}

// commonTypeOf is selectCommonType for bare types,
// select_common_type_from_oids.
func (ps *ParseState) commonTypeOf(types []OID) (OID, error) {
	typ, rest := types[0], types[1:]
	if typ != adt.UnknownOID {
		for len(rest) > 0 && rest[0] == typ {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return typ, nil
		}
	}
	c := commonType{ps: ps}
	c.take(ps.catalog.BaseType(typ))
	for _, t := range rest {
		next := ps.catalog.BaseType(t)
		if c.consider(next) == commonMismatch {
			return 0, pgerr.New(pgerrcode.DatatypeMismatch, "argument types %s and %s cannot be matched", ps.format(c.typ), ps.format(next))
		}
	}
	if c.typ == adt.UnknownOID {
		return adt.TextOID, nil
	}
	return c.typ, nil
}

// commonType is the choice so far of a common type.
type commonType struct {
	ps        *ParseState
	typ       OID
	category  byte
	preferred bool
}

type commonResult uint8

const (
	commonKept commonResult = iota
	commonTaken
	commonMismatch
)

func (c *commonType) take(typ OID) {
	c.typ, c.category, c.preferred = typ, 'X', false
	if t := c.ps.catalog.TypeByOID(typ); t != nil {
		c.category, c.preferred = t.Category, t.Preferred
	}
}

// consider weighs the next type: it wins over unknown, and within a category
// when the choice so far is not preferred and goes one way into it.
func (c *commonType) consider(next OID) commonResult {
	switch {
	case next == adt.UnknownOID || next == c.typ:
		return commonKept
	case c.typ == adt.UnknownOID:
		c.take(next)
		return commonTaken
	case c.ps.category(next) != c.category:
		return commonMismatch
	case !c.preferred && c.ps.canCoerce([]OID{c.typ}, []OID{next}, CoerceImplicit) &&
		!c.ps.canCoerce([]OID{next}, []OID{c.typ}, CoerceImplicit):
		c.take(next)
		return commonTaken
	}
	return commonKept
}

// selectCommonTypmod gives the typmod that all expressions share if they are
// of the common type, else -1.
func (ps *ParseState) selectCommonTypmod(es []nodes.Expr, common OID) int32 {
	typmod := int32(-1)
	for i, e := range es {
		t := nodes.TypeOf(e)
		if t.Type != common || i > 0 && t.Typmod != typmod {
			return -1
		}
		typmod = t.Typmod
	}
	return typmod
}

// coerceToCommonType coerces to what selectCommonType chose.
func (ps *ParseState) coerceToCommonType(e nodes.Expr, to OID, context string) (nodes.Expr, error) {
	from := nodes.TypeOf(e).Type
	if from == to {
		return e, nil
	}
	if !ps.canCoerce([]OID{from}, []OID{to}, CoerceImplicit) {
		return nil, pgerr.New(pgerrcode.CannotCoerce, "%s could not convert type %s to %s", context, ps.format(from), ps.format(to)).At(exprLocation(e))
	}
	return ps.coerceType(e, from, to, -1, CoerceImplicit, nodes.ImplicitForm, -1)
}

// resolveTargetListUnknowns makes output columns of type unknown text,
// resolveTargetListUnknowns.
func (ps *ParseState) resolveTargetListUnknowns(tl []*nodes.TargetEntry) error {
	for _, t := range tl {
		if nodes.TypeOf(t.Expr).Type != adt.UnknownOID {
			continue
		}
		e, err := ps.coerceType(t.Expr, adt.UnknownOID, adt.TextOID, -1, CoerceImplicit, nodes.ImplicitForm, -1)
		if err != nil {
			return err
		}
		t.Expr = e
	}
	return nil
}
