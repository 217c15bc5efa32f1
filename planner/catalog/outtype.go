package catalog

// OutType resolves an OUT parameter's type from a call's actual argument types
// (resolve_polymorphic_tupdesc).
func (c *Catalog) OutType(p *Proc, typ OID, args []OID) OID {
	compatible := false
	switch typ {
	case anyElementOID, anyArrayOID, anyNonArrayOID, anyEnumOID, anyRangeOID, anyMultirange:
	case anyCompatible, anyCompatArray, anyCompatNonAr, anyCompatRange, anyCompatMulti:
		compatible = true
	default:
		return typ
	}
	var elem, rng OID
	for i, actual := range args[:min(len(args), len(p.ArgTypes))] {
		switch d := p.ArgTypes[i]; {
		case !compatible && (d == anyElementOID || d == anyNonArrayOID || d == anyEnumOID),
			compatible && (d == anyCompatible || d == anyCompatNonAr):
			elem = actual
		case !compatible && d == anyArrayOID, compatible && d == anyCompatArray:
			elem = c.ElemTypeOf(actual)
		case !compatible && d == anyRangeOID, compatible && d == anyCompatRange:
			rng = c.BaseType(actual)
		case !compatible && d == anyMultirange, compatible && d == anyCompatMulti:
			rng = c.RangeOf(c.BaseType(actual))
		}
	}
	if elem == 0 && rng != 0 {
		elem = c.RangeSubtype(rng)
	}
	switch typ {
	case anyArrayOID, anyCompatArray:
		return c.ArrayTypeOf(elem)
	case anyRangeOID, anyCompatRange:
		return rng
	case anyMultirange, anyCompatMulti:
		return c.MultirangeOf(rng)
	}
	return elem
}
