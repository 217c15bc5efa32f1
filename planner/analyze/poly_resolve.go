package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// generic is the state of resolveGeneric: the types found so far.
type generic struct {
	ps                                              *ParseState
	allowPoly                                       bool
	elem, array, rng, multi                         OID
	nonArray, enum, multirange                      bool
	count                                           int  // arguments of the anyelement family
	unknowns                                        bool // some of them are unknown
	family2                                         bool
	compatible                                      []OID // actual types of the anycompatible family
	common, compatArray, compatRange, compatMulti   OID
	wantArray, wantRange, wantMulti, wantCompatNonA bool
}

func mismatch(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerrcode.DatatypeMismatch, format, args...)
}

// resolveGeneric makes a call's polymorphic argument types concrete and gives
// its result type, enforce_generic_type_consistency. declared is changed: the anycompatible
// family becomes the common types, and unknown arguments of the anyelement family the type that
// the others have. allowPoly lets pseudo-types through that stay open.
func (ps *ParseState) resolveGeneric(actual, declared []OID, result OID, allowPoly bool) (OID, error) {
	g := generic{
		ps: ps, allowPoly: allowPoly,
		nonArray: result == adt.AnyNonArrayOID, enum: result == adt.AnyEnumOID, multirange: result == adt.AnyMultirangeOID,
		wantArray: result == adt.AnyCompatibleArrayOID, wantRange: result == adt.AnyCompatibleRangeOID,
		wantMulti: result == adt.AnyCompatibleMultirangeOID, wantCompatNonA: result == adt.AnyCompatibleNonArrayOID,
	}
	for i, d := range declared[:len(actual)] {
		if err := g.argument(d, actual[i]); err != nil {
			return 0, err
		}
	}
	if g.count == 0 && !g.family2 {
		return result, nil
	}
	if g.count > 0 {
		if err := g.resolveElement(result); err != nil {
			return 0, err
		}
	}
	if g.family2 {
		if err := g.resolveCompatible(); err != nil {
			return 0, err
		}
		for i, d := range declared[:len(actual)] {
			switch d {
			case adt.AnyCompatibleOID, adt.AnyCompatibleNonArrayOID:
				declared[i] = g.common
			case adt.AnyCompatibleArrayOID:
				declared[i] = g.compatArray
			case adt.AnyCompatibleRangeOID:
				declared[i] = g.compatRange
			case adt.AnyCompatibleMultirangeOID:
				declared[i] = g.compatMulti
			}
		}
	}
	if g.unknowns {
		for i, d := range declared[:len(actual)] {
			if actual[i] != adt.UnknownOID || !isPolymorphic1(d) {
				continue
			}
			t, err := g.concrete(d)
			if err != nil {
				return 0, err
			}
			declared[i] = t
		}
	}
	return g.concrete(result)
}

// argument takes in one argument.
func (g *generic) argument(declared, actual OID) error {
	c := g.ps.catalog
	if isPolymorphic1(declared) {
		g.count++
	}
	switch declared {
	case adt.AnyNonArrayOID:
		g.nonArray = true
	case adt.AnyEnumOID:
		g.enum = true
	case adt.AnyMultirangeOID:
		g.multirange = true
	case adt.AnyCompatibleArrayOID:
		g.wantArray = true
	case adt.AnyCompatibleNonArrayOID:
		g.wantCompatNonA = true
	case adt.AnyCompatibleRangeOID:
		g.wantRange = true
	case adt.AnyCompatibleMultirangeOID:
		g.wantMulti = true
	}
	g.family2 = g.family2 || isPolymorphic2(declared)
	if actual == adt.UnknownOID {
		g.unknowns = g.unknowns || isPolymorphic1(declared)
		return nil
	}
	if g.allowPoly && declared == actual {
		return nil
	}
	base := c.BaseType(actual)
	switch declared {
	case adt.AnyElementOID, adt.AnyNonArrayOID, adt.AnyEnumOID:
		return g.alike(&g.elem, actual, "anyelement")
	case adt.AnyArrayOID:
		return g.alike(&g.array, base, "anyarray")
	case adt.AnyRangeOID:
		return g.alike(&g.rng, base, "anyrange")
	case adt.AnyMultirangeOID:
		return g.alike(&g.multi, base, "anymultirange")
	case adt.AnyCompatibleOID, adt.AnyCompatibleNonArrayOID:
		g.compatible = append(g.compatible, actual)
	case adt.AnyCompatibleArrayOID:
		e := g.ps.elemType(base)
		if e == 0 {
			return mismatch("argument declared %s is not an array but type %s", "anycompatiblearray", g.ps.format(base))
		}
		g.compatible = append(g.compatible, e)
	case adt.AnyCompatibleRangeOID:
		known := g.compatRange != 0
		if err := g.alike(&g.compatRange, base, "anycompatiblerange"); err != nil || known {
			return err
		}
		sub := c.RangeSubtype(base)
		if sub == 0 {
			return mismatch("argument declared %s is not a range type but type %s", "anycompatiblerange", g.ps.format(base))
		}
		g.compatible = append(g.compatible, sub)
	case adt.AnyCompatibleMultirangeOID:
		if err := g.alike(&g.compatMulti, base, "anycompatiblemultirange"); err != nil {
			return err
		}
		if c.RangeOf(base) == 0 {
			return mismatch("argument declared %s is not a multirange type but type %s", "anycompatiblemultirange", g.ps.format(base))
		}
	}
	return nil
}

func (g *generic) alike(known *OID, actual OID, family string) error {
	if *known != 0 && *known != actual {
		return mismatch("arguments declared \"%s\" are not all alike", family).Detailf("%s versus %s", g.ps.format(*known), g.ps.format(actual))
	}
	*known = actual
	return nil
}

// consistent makes known agree with what another argument says of it.
func (g *generic) consistent(known *OID, derived OID, from OID, fromName, knownName string) error {
	if *known == 0 {
		*known = derived
		return nil
	}
	if *known != derived {
		return mismatch("argument declared %s is not consistent with argument declared %s", fromName, knownName).
			Detailf("%s versus %s", g.ps.format(from), g.ps.format(*known))
	}
	return nil
}

// resolveElement settles the types of the anyelement family.
func (g *generic) resolveElement(result OID) error {
	c := g.ps.catalog
	if g.array != 0 {
		elem := OID(adt.AnyElementOID)
		if g.array == adt.AnyArrayOID {
			// A column that is anyarray itself has no element type to give.
			if g.count != 1 || result != adt.AnyArrayOID && isPolymorphic1(result) {
				return mismatch("cannot determine element type of \"anyarray\" argument")
			}
		} else if elem = g.ps.elemType(g.array); elem == 0 {
			return mismatch("argument declared %s is not an array but type %s", "anyarray", g.ps.format(g.array))
		}
		if err := g.consistent(&g.elem, elem, g.array, "anyarray", "anyelement"); err != nil {
			return err
		}
	}
	if g.multi != 0 {
		r := c.RangeOf(g.multi)
		if r == 0 {
			return mismatch("argument declared %s is not a multirange type but type %s", "anymultirange", g.ps.format(g.multi))
		}
		if err := g.consistent(&g.rng, r, g.multi, "anymultirange", "anyrange"); err != nil {
			return err
		}
	} else if g.multirange && g.rng != 0 {
		g.multi = c.MultirangeOf(g.rng)
	}
	if g.rng != 0 {
		e := c.RangeSubtype(g.rng)
		if e == 0 {
			return mismatch("argument declared %s is not a range type but type %s", "anyrange", g.ps.format(g.rng))
		}
		if err := g.consistent(&g.elem, e, g.rng, "anyrange", "anyelement"); err != nil {
			return err
		}
	}
	if g.elem == 0 {
		if !g.allowPoly {
			return mismatch("could not determine polymorphic type because input has type %s", "unknown")
		}
		g.elem, g.array, g.rng, g.multi = adt.AnyElementOID, adt.AnyArrayOID, adt.AnyRangeOID, adt.AnyMultirangeOID
	}
	if g.elem == adt.AnyElementOID {
		return nil
	}
	if g.nonArray && c.ElemTypeOf(g.elem) != 0 {
		return mismatch("type matched to anynonarray is an array type: %s", g.ps.format(g.elem))
	}
	if g.enum && g.ps.typeKind(g.elem) != 'e' {
		return mismatch("type matched to anyenum is not an enum type: %s", g.ps.format(g.elem))
	}
	return nil
}

// resolveCompatible settles the types of the anycompatible family.
func (g *generic) resolveCompatible() error {
	c := g.ps.catalog
	if g.compatMulti != 0 {
		r := c.RangeOf(g.compatMulti)
		if g.compatRange != 0 {
			if err := g.consistent(&g.compatRange, r, g.compatMulti, "anycompatiblemultirange", "anycompatiblerange"); err != nil {
				return err
			}
		} else {
			g.compatRange, g.wantRange = r, true
			g.compatible = append(g.compatible, c.RangeSubtype(r))
		}
	} else if g.wantMulti && g.compatRange != 0 {
		g.compatMulti = c.MultirangeOf(g.compatRange)
	}
	noRange := func() error {
		if g.wantRange && g.compatRange == 0 {
			return mismatch("could not determine polymorphic type %s because input has type %s", "anycompatiblerange", "unknown")
		}
		if g.wantMulti && g.compatMulti == 0 {
			return mismatch("could not determine polymorphic type %s because input has type %s", "anycompatiblemultirange", "unknown")
		}
		return nil
	}
	if len(g.compatible) == 0 {
		if g.allowPoly {
			g.common, g.compatArray = adt.AnyCompatibleOID, adt.AnyCompatibleArrayOID
			g.compatRange, g.compatMulti = adt.AnyCompatibleRangeOID, adt.AnyCompatibleMultirangeOID
			return nil
		}
		// All arguments are unknown: text, as in CASE.
		g.common, g.compatArray = adt.TextOID, adt.TextArrayOID
		return noRange()
	}
	var err error
	if g.common, err = g.ps.commonTypeOf(g.compatible); err != nil {
		return err
	}
	if !g.ps.allCoercible(g.compatible, g.common) {
		return mismatch("arguments of anycompatible family cannot be cast to a common type")
	}
	if g.wantArray {
		if g.compatArray = c.ArrayTypeOf(g.common); g.compatArray == 0 {
			return g.noArrayType(g.common)
		}
	}
	if err := noRange(); err != nil {
		return err
	}
	if g.wantRange && c.RangeSubtype(g.compatRange) != g.common {
		return mismatch("anycompatiblerange type %s does not match anycompatible type %s", g.ps.format(g.compatRange), g.ps.format(g.common))
	}
	if g.wantMulti && c.RangeSubtype(g.compatRange) != g.common {
		return mismatch("anycompatiblemultirange type %s does not match anycompatible type %s", g.ps.format(g.compatMulti), g.ps.format(g.common))
	}
	if g.wantCompatNonA && c.ElemTypeOf(g.common) != 0 {
		return mismatch("type matched to anycompatiblenonarray is an array type: %s", g.ps.format(g.common))
	}
	return nil
}

func (g *generic) noArrayType(elem OID) error {
	return pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", g.ps.format(elem))
}

// concrete gives what a declared type has become.
func (g *generic) concrete(declared OID) (OID, error) {
	undetermined := func(name string) error {
		return mismatch("could not determine polymorphic type %s because input has type %s", name, "unknown")
	}
	switch declared {
	case adt.AnyElementOID, adt.AnyNonArrayOID, adt.AnyEnumOID:
		return g.elem, nil
	case adt.AnyArrayOID:
		if g.array == 0 {
			if g.array = g.ps.catalog.ArrayTypeOf(g.elem); g.array == 0 {
				return 0, g.noArrayType(g.elem)
			}
		}
		return g.array, nil
	case adt.AnyRangeOID:
		if g.rng == 0 {
			return 0, undetermined("anyrange")
		}
		return g.rng, nil
	case adt.AnyMultirangeOID:
		if g.multi == 0 {
			return 0, undetermined("anymultirange")
		}
		return g.multi, nil
	case adt.AnyCompatibleOID, adt.AnyCompatibleNonArrayOID:
		return g.common, nil
	case adt.AnyCompatibleArrayOID:
		return g.compatArray, nil
	case adt.AnyCompatibleRangeOID:
		return g.compatRange, nil
	case adt.AnyCompatibleMultirangeOID:
		return g.compatMulti, nil
	}
	return declared, nil
}
