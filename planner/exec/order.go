package exec

import (
	"cmp"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// order makes the comparison of two non-NULL values of a type under the family
// of a < or > operator, ascending. A comparison that fails leaves its error in
// the state, for takeCmpErr.
func (c *compiler) order(typ, op, collation OID) func(a, b adt.Datum) int {
	if t := c.cat.TypeByOID(c.cat.BaseType(typ)); t != nil && op != 0 {
		if lt, _, gt, _ := c.cat.SortOperators(typ); (op == lt || op == gt) && t.Compare != nil && (collation != 0 || t.Collation == 0) {
			return t.Compare
		}
	}
	return c.btreeOrder(op, typ, typ, collation)
}

// btreeOrder makes the comparison that any operator of a btree family belongs to.
func (c *compiler) btreeOrder(op, left, right, collation OID) func(a, b adt.Datum) int {
	for _, m := range c.cat.OpFamilyMembers(op) {
		if m.Method != catalog.BtreeAM {
			continue
		}
		r := c.routine(c.cat.SupportProc(m.Family, m.Left, m.Right, 1),
			site{args: []OID{left, right}, result: adt.Int4OID, collation: collation})
		if r.err == nil && r.none == nil && r.proc.Body != nil && r.proc.Body.Compare != nil {
			return r.proc.Body.Compare
		}
		f, x := c.binary(r), c.x
		return func(a, b adt.Datum) int {
			if x.cmpErr != nil {
				return 0
			}
			v, err := f(a, b)
			if err != nil {
				x.cmpErr = err
				return 0
			}
			n, _ := v.(int32)
			return int(n)
		}
	}
	err, x := pgerr.Internal("operator %d is not a valid ordering operator", op), c.x
	return func(_, _ adt.Datum) int {
		x.cmpErr = err
		return 0
	}
}

// takeCmpErr gives the error that a comparison left, if any, and clears it.
func (x *state) takeCmpErr() error {
	err := x.cmpErr
	x.cmpErr = nil
	return err
}

// sortCol is a sort key: a column and how it is ordered.
type sortCol struct {
	slot       int
	cmp        func(a, b adt.Datum) int
	abbr       func(d adt.Datum) uint64 // nil: none
	value      func(n uint64) adt.Datum // undoes abbr; nil: different values may have one number
	float      bool
	desc       bool
	nullsFirst bool
}

func (c *compiler) sortCols(keys []*plan.SortKey) []sortCol {
	out := make([]sortCol, len(keys))
	for i, k := range keys {
		out[i] = c.sortCol(k.Slot, k.Type, k.Op, k.Collation, k.Desc, k.NullsFirst)
	}
	return out
}

func (c *compiler) sortCol(slot int, typ, op, collation OID, desc, nullsFirst bool) sortCol {
	s := sortCol{slot: slot, cmp: c.order(typ, op, collation), desc: desc, nullsFirst: nullsFirst}
	base := c.cat.BaseType(typ)
	switch lt, _, gt, _ := c.cat.SortOperators(typ); {
	case op != lt && op != gt:
	case isString(base) && collation != adt.DefaultCollationOID && collation != adt.CCollationOID && collation != adt.PosixCollationOID:
	default:
		s.abbr, s.value = abbreviation(base)
		s.float = base == adt.Float8OID
	}
	return s
}

// intCol sorts by a first column that holds integers.
func intCol(typ OID) sortCol {
	s := sortCol{cmp: func(a, b adt.Datum) int { return cmp.Compare(asInt(a), asInt(b)) }}
	s.abbr, s.value = abbreviation(typ)
	return s
}

// compare orders two values under the key, NULLs included.
func (s *sortCol) compare(a, b adt.Datum) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil || b == nil:
		if (a == nil) == s.nullsFirst {
			return -1
		}
		return 1
	}
	n := s.cmp(a, b)
	if s.desc {
		return -n
	}
	return n
}

// compareRows orders two rows under keys.
func compareRows(cols []sortCol, a, b adt.Row) int {
	for i := range cols {
		s := &cols[i]
		if n := s.compare(a[s.slot], b[s.slot]); n != 0 {
			return n
		}
	}
	return 0
}
