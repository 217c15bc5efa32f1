package catalog

import "github.com/flowgres/flowgres/planner/adt"

// Operators whose use depends on the types inside the value.
const (
	arrayEqOp  OID = 1070
	recordEqOp OID = 2988
)

// SortOperators gives the default operators that sort and group a type, 0
// where there is none, and whether its values can be hashed
// (get_sort_group_operators over lookup_type_cache).
func (c *Catalog) SortOperators(typ OID) (lt, eq, gt OID, hashable bool) {
	family, input := c.DefaultOpClass(BtreeAM, typ)
	hashFamily, hashInput := c.DefaultOpClass(HashAM, typ)
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
		if t.OID == adt.RecordOID || t.Desc == nil {
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

// compareTypes gives types their order and key: those of the support functions
// of their default operator classes or, for arrays and records, built on those
// of what they hold.
func (c *Catalog) compareTypes() {
	env := &adt.Env{Types: c}
	done := make(map[OID]bool, len(c.types))
	for _, t := range c.types {
		c.compareType(t, env, done)
	}
}

func (c *Catalog) compareType(t *adt.Type, env *adt.Env, done map[OID]bool) {
	if done[t.OID] {
		return
	}
	done[t.OID] = true
	family, input := c.DefaultOpClass(BtreeAM, t.OID)
	hashFamily, hashInput := c.DefaultOpClass(HashAM, t.OID)
	switch {
	case input == adt.AnyArrayOID:
		elem := c.types[c.ElemTypeOf(t.OID)]
		if elem == nil { // anyarray itself
			return
		}
		c.compareType(elem, env, done)
		if elem.Compare != nil {
			t.Compare = adt.ArrayCompare(elem.Compare)
		}
		if elem.Key != nil {
			t.Key = adt.ArrayKey(elem.Key)
		}
		return
	case input == adt.RecordOID:
		// What the columns lack shows when values meet, as with anonymous records.
		if lt, _, _, hashable := c.SortOperators(t.OID); lt != 0 {
			t.Compare = adt.RecordCompare(env)
			if hashable || t.OID == adt.RecordOID {
				t.Key = adt.RecordKey(env)
			}
		}
		return
	}
	if f := c.body(c.SupportProc(family, input, input, 1)); f != nil {
		t.Compare = f.Compare
	}
	if f := c.body(c.SupportProc(hashFamily, hashInput, hashInput, 1)); f != nil && f.Key != nil {
		t.Key = asHashed(f.Key, hashInput)
	}
}

// asHashed adapts the key function of a type that PostgreSQL hashes as another
// one of the same bits: those are different Go types.
func asHashed(key func([]byte, adt.Datum) []byte, typ OID) func([]byte, adt.Datum) []byte {
	switch typ {
	case adt.BoolOID: // bool, by hashchar
		return func(dst []byte, d adt.Datum) []byte {
			if d.(bool) {
				return key(dst, adt.Char(1))
			}
			return key(dst, adt.Char(0))
		}
	case adt.DateOID: // date, by hashint4
		return func(dst []byte, d adt.Datum) []byte { return key(dst, int32(d.(adt.Date))) }
	case adt.XID8OID: // xid8, by hashint8
		return func(dst []byte, d adt.Datum) []byte { return key(dst, int64(d.(uint64))) }
	}
	return key
}
