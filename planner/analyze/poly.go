package analyze

import "github.com/flowgres/flowgres/planner/adt"

// isPolymorphic tells whether a type stands for whatever the call gives,
// IsPolymorphicType.
func isPolymorphic(typ OID) bool { return isPolymorphic1(typ) || isPolymorphic2(typ) }

// isPolymorphic1 is for the family of anyelement, whose arguments must be alike.
func isPolymorphic1(typ OID) bool {
	switch typ {
	case adt.AnyElementOID, adt.AnyArrayOID, adt.AnyNonArrayOID, adt.AnyEnumOID, adt.AnyRangeOID, adt.AnyMultirangeOID:
		return true
	}
	return false
}

// isPolymorphic2 is for the family of anycompatible, whose arguments are
// coerced to a common type.
func isPolymorphic2(typ OID) bool {
	switch typ {
	case adt.AnyCompatibleOID, adt.AnyCompatibleArrayOID, adt.AnyCompatibleNonArrayOID, adt.AnyCompatibleRangeOID, adt.AnyCompatibleMultirangeOID:
		return true
	}
	return false
}

// genericConsistent tells whether actual types fit declared polymorphic ones,
// check_generic_type_consistency. Unknown fits everything.
func (ps *ParseState) genericConsistent(actual, declared []OID) bool {
	var elem, array, rng, multi, compatRange, compatMulti OID
	var compatible []OID
	var nonArray, enum, compatNonArray bool
	same := func(known *OID, t OID) bool {
		if *known != 0 && *known != t {
			return false
		}
		*known = t
		return true
	}
	for i, d := range declared[:len(actual)] {
		a := actual[i]
		switch d {
		case adt.AnyNonArrayOID:
			nonArray = true
		case adt.AnyEnumOID:
			enum = true
		case adt.AnyCompatibleNonArrayOID:
			compatNonArray = true
		}
		if a == adt.UnknownOID {
			continue
		}
		base := ps.catalog.BaseType(a)
		ok := true
		switch d {
		case adt.AnyElementOID, adt.AnyNonArrayOID, adt.AnyEnumOID:
			ok = same(&elem, a)
		case adt.AnyArrayOID:
			ok = same(&array, base)
		case adt.AnyRangeOID:
			ok = same(&rng, base)
		case adt.AnyMultirangeOID:
			ok = same(&multi, base)
		case adt.AnyCompatibleOID, adt.AnyCompatibleNonArrayOID:
			compatible = append(compatible, a)
		case adt.AnyCompatibleArrayOID:
			e := ps.elemType(base)
			ok = e != 0
			compatible = append(compatible, e)
		case adt.AnyCompatibleRangeOID:
			if known := compatRange != 0; !known {
				sub := ps.catalog.RangeSubtype(base)
				ok = sub != 0
				compatible = append(compatible, sub)
			}
			ok = ok && same(&compatRange, base)
		case adt.AnyCompatibleMultirangeOID:
			ok = ps.catalog.RangeOf(base) != 0 && same(&compatMulti, base)
		}
		if !ok {
			return false
		}
	}

	// anyarray columns of system tables match anyarray here; resolveGeneric may still complain.
	if array != 0 && array != adt.AnyArrayOID {
		e := ps.elemType(array)
		if e == 0 || !same(&elem, e) {
			return false
		}
	}
	if multi != 0 {
		r := ps.catalog.RangeOf(multi)
		if r == 0 || !same(&rng, r) {
			return false
		}
	}
	if rng != 0 {
		e := ps.catalog.RangeSubtype(rng)
		if e == 0 || !same(&elem, e) {
			return false
		}
	}
	if nonArray && ps.catalog.ElemTypeOf(elem) != 0 || enum && ps.typeKind(elem) != 'e' {
		return false
	}

	if compatMulti != 0 {
		r := ps.catalog.RangeOf(compatMulti)
		if compatRange != 0 && compatRange != r {
			return false
		}
		if compatRange == 0 {
			compatRange = r
			compatible = append(compatible, ps.catalog.RangeSubtype(r))
		}
	}
	if len(compatible) == 0 {
		return true
	}
	common, err := ps.commonTypeOf(compatible)
	if err != nil || !ps.allCoercible(compatible, common) {
		return false
	}
	return !(compatNonArray && ps.catalog.ElemTypeOf(common) != 0) &&
		(compatRange == 0 || ps.catalog.RangeSubtype(compatRange) == common)
}

// allCoercible is verify_common_type_from_oids.
func (ps *ParseState) allCoercible(types []OID, to OID) bool {
	for _, t := range types {
		if !ps.canCoerce([]OID{t}, []OID{to}, CoerceImplicit) {
			return false
		}
	}
	return true
}
