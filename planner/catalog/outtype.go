package catalog

import "github.com/flowgres/flowgres/planner/adt"

// OutType resolves an OUT parameter's type from a call's actual argument types
// (resolve_polymorphic_tupdesc).
func (c *Catalog) OutType(p *Proc, typ OID, args []OID) OID {
	compatible := false
	switch typ {
	case adt.AnyElementOID, adt.AnyArrayOID, adt.AnyNonArrayOID, adt.AnyEnumOID, adt.AnyRangeOID, adt.AnyMultirangeOID:
	case adt.AnyCompatibleOID, adt.AnyCompatibleArrayOID, adt.AnyCompatibleNonArrayOID, adt.AnyCompatibleRangeOID, adt.AnyCompatibleMultirangeOID:
		compatible = true
	default:
		return typ
	}
	var elem, rng OID
	for i, actual := range args[:min(len(args), len(p.ArgTypes))] {
		switch d := p.ArgTypes[i]; {
		case !compatible && (d == adt.AnyElementOID || d == adt.AnyNonArrayOID || d == adt.AnyEnumOID),
			compatible && (d == adt.AnyCompatibleOID || d == adt.AnyCompatibleNonArrayOID):
			elem = actual
		case !compatible && d == adt.AnyArrayOID, compatible && d == adt.AnyCompatibleArrayOID:
			elem = c.ElemTypeOf(actual)
		case !compatible && d == adt.AnyRangeOID, compatible && d == adt.AnyCompatibleRangeOID:
			rng = c.BaseType(actual)
		case !compatible && d == adt.AnyMultirangeOID, compatible && d == adt.AnyCompatibleMultirangeOID:
			rng = c.RangeOf(c.BaseType(actual))
		}
	}
	if elem == 0 && rng != 0 {
		elem = c.RangeSubtype(rng)
	}
	switch typ {
	case adt.AnyArrayOID, adt.AnyCompatibleArrayOID:
		return c.ArrayTypeOf(elem)
	case adt.AnyRangeOID, adt.AnyCompatibleRangeOID:
		return rng
	case adt.AnyMultirangeOID, adt.AnyCompatibleMultirangeOID:
		return c.MultirangeOf(rng)
	}
	return elem
}
