package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func rangeFuncs() Funcs {
	f := Funcs{
		"range_in":                Raw(rangeIn),
		"range_out":               Out(rangeOut),
		"range_recv":              Raw(rangeRecv),
		"range_send":              Send(rangeSend),
		"anyrange_out":            Out(rangeOut),
		"anycompatiblerange_out":  Out(rangeOut),
		"range_constructor2":      Raw(func(c *Call, a []Datum) (Datum, error) { return constructRange(c, a[0], a[1], "[)") }),
		"range_constructor3":      Raw(rangeConstructor3),
		"int4range_canonical":     P1(func(r *Range) *Range { return r }),
		"int8range_canonical":     P1(func(r *Range) *Range { return r }),
		"daterange_canonical":     P1(func(r *Range) *Range { return r }),
		"int4range_subdiff":       P2(func(a, b int32) float64 { return float64(a) - float64(b) }),
		"int8range_subdiff":       P2(func(a, b int64) float64 { return float64(a) - float64(b) }),
		"daterange_subdiff":       P2(func(a, b Date) float64 { return float64(a) - float64(b) }),
		"tsrange_subdiff":         P2(func(a, b Timestamp) float64 { return (float64(a) - float64(b)) / 1e6 }),
		"tstzrange_subdiff":       P2(func(a, b TimestampTZ) float64 { return (float64(a) - float64(b)) / 1e6 }),
		"numrange_subdiff":        F2(numrangeSubdiff),
		"range_contains_elem":     P2(func(r *Range, d Datum) bool { return r.containsElem(d) }),
		"elem_contained_by_range": P2(func(d Datum, r *Range) bool { return r.containsElem(d) }),

		"range_lower":     Raw(func(_ *Call, a []Datum) (Datum, error) { return a[0].(*Range).Lower, nil }),
		"range_upper":     Raw(func(_ *Call, a []Datum) (Datum, error) { return a[0].(*Range).Upper, nil }),
		"range_empty":     P1(func(r *Range) bool { return r.Empty }),
		"range_lower_inc": P1(func(r *Range) bool { return r.LowerInc }),
		"range_upper_inc": P1(func(r *Range) bool { return r.UpperInc }),
		"range_lower_inf": P1(func(r *Range) bool { return !r.Empty && r.Lower == nil }),
		"range_upper_inf": P1(func(r *Range) bool { return !r.Empty && r.Upper == nil }),

		"range_union":                 F2(func(a, b *Range) (*Range, error) { return a.union(b, true) }),
		"range_merge":                 F2(func(a, b *Range) (*Range, error) { return a.union(b, false) }),
		"range_intersect":             F2((*Range).intersect),
		"range_intersect_agg_transfn": aggOnly(F2((*Range).intersect)),
		"range_minus":                 F2(rangeMinus),

		"range_cmp": Cmp(rangeCompare),
		"hash_range": hashOf(func(r *Range) int32 { return int32(r.hash()) },
			func(dst []byte, d Datum) []byte { return d.(*Range).key(dst) }),
		"hash_range_extended": P2(func(r *Range, seed int64) int64 { return int64(r.hashExtended(uint64(seed))) }),
	}
	for name, test := range map[string]func(a, b *Range) bool{
		"eq":           func(a, b *Range) bool { return rangeCompare(a, b) == 0 },
		"ne":           func(a, b *Range) bool { return rangeCompare(a, b) != 0 },
		"lt":           func(a, b *Range) bool { return rangeCompare(a, b) < 0 },
		"le":           func(a, b *Range) bool { return rangeCompare(a, b) <= 0 },
		"gt":           func(a, b *Range) bool { return rangeCompare(a, b) > 0 },
		"ge":           func(a, b *Range) bool { return rangeCompare(a, b) >= 0 },
		"contains":     (*Range).contains,
		"contained_by": func(a, b *Range) bool { return b.contains(a) },
		"before":       (*Range).before,
		"after":        func(a, b *Range) bool { return b.before(a) },
		"adjacent":     (*Range).adjacent,
		"overlaps":     (*Range).overlaps,
		"overleft":     (*Range).overLeft,
		"overright":    (*Range).overRight,
	} {
		f["range_"+name] = P2(test)
	}
	return f
}

func constructRange(c *Call, lower, upper Datum, flags string) (Datum, error) {
	return box(newRange(c.Result, bound{lower, flags[0] == '[', true}, bound{upper, flags[1] == ']', false}))
}

func rangeConstructor3(c *Call, a []Datum) (Datum, error) {
	if a[2] == nil {
		return nil, pgerr.New(pgerrcode.DataException, "range constructor flags argument must not be null")
	}
	switch flags := a[2].(string); flags {
	case "[]", "[)", "(]", "()":
		return constructRange(c, a[0], a[1], flags)
	}
	return nil, pgerr.New(pgerrcode.SyntaxError, "invalid range bound flags").
		Hintf("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
}

func numrangeSubdiff(a, b *Numeric) (float64, error) {
	d, err := numericSub(a, b)
	if err != nil {
		return 0, err
	}
	return d.float8()
}
