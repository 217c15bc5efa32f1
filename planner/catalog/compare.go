package catalog

import "github.com/flowgres/flowgres/planner/adt"

// Operators whose use depends on the types inside the value.
const (
	arrayEqOp, arrayLtOp, arrayGtOp    OID = 1070, 1072, 1073
	recordEqOp, recordLtOp, recordGtOp OID = 2988, 2990, 2991
)

// SortOperators gives the default operators that sort and group a type, 0
// where there is none, and whether its values can be hashed
// (get_sort_group_operators over lookup_type_cache).
func (c *Catalog) SortOperators(typ OID) (lt, eq, gt OID, hashable bool) {
	family, input := c.DefaultOpClass(btreeAM, typ)
	hashFamily, hashInput := c.DefaultOpClass(hashAM, typ)
	if family != 0 {
		lt = c.OpFamilyOperator(family, input, input, 1)
		eq = c.OpFamilyOperator(family, input, input, 3)
		gt = c.OpFamilyOperator(family, input, input, 5)
	}
	if eq == 0 && hashFamily != 0 {
		eq = c.OpFamilyOperator(hashFamily, hashInput, hashInput, 1)
	}
	hashable = hashFamily != 0 && c.SupportProc(hashFamily, hashInput, hashInput, 1) != 0
	switch eq {
	case arrayEqOp:
		elt, eeq, egt, ehash := c.SortOperators(c.ElemTypeOf(typ))
		lt, eq, gt, hashable = keep(lt, elt), keep(eq, eeq), keep(gt, egt), hashable && ehash
	case recordEqOp:
		t := c.types[c.BaseType(typ)]
		if t.OID == recordOID || t.Desc == nil {
			return lt, eq, gt, false // an anonymous record: the executor finds out, and does not hash
		}
		for _, f := range t.Desc.Fields {
			flt, feq, fgt, fhash := c.SortOperators(f.Type)
			lt, eq, gt, hashable = keep(lt, flt), keep(eq, feq), keep(gt, fgt), hashable && fhash
		}
	default:
		sub := c.RangeSubtype(c.BaseType(typ))
		if sub == 0 {
			sub = c.RangeSubtype(c.RangeOf(c.BaseType(typ)))
		}
		if sub != 0 && hashable {
			_, _, _, hashable = c.SortOperators(sub)
		}
	}
	return lt, eq, gt, hashable && eq != 0
}

func keep(op, inner OID) OID {
	if inner == 0 {
		return 0
	}
	return op
}

// compareTypes gives types their order and key from the support functions of
// their default operator classes.
func (c *Catalog) compareTypes() {
	for _, t := range c.types {
		if family, input := c.DefaultOpClass(btreeAM, t.OID); family != 0 {
			if f := c.body(c.SupportProc(family, input, input, 1)); f != nil {
				t.Compare = f.Compare
			}
		}
		if family, input := c.DefaultOpClass(hashAM, t.OID); family != 0 {
			if f := c.body(c.SupportProc(family, input, input, 1)); f != nil {
				t.Key = f.Key
			}
		}
	}
	_ = adt.OID(0)
}
