package exec

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// The closures of this file are shortcuts for the commonest operators: they do
// what the routine's body does, without a call through an argument slice.

// comparison is the relation that a comparison operator tests.
type comparison uint8

const (
	cmpEQ comparison = iota
	cmpNE
	cmpLT
	cmpLE
	cmpGT
	cmpGE
)

var comparisonNames = []string{"eq", "ne", "lt", "le", "gt", "ge"}

// comparisons maps the prosrc of comparison routines to their relation.
var comparisons = func() map[string]comparison {
	m := map[string]comparison{}
	for _, prefix := range []string{
		"int2", "int4", "int8", "int24", "int42", "int28", "int82", "int48", "int84",
		"oid", "bool", "name", "text", "text_", "date_", "timestamp_", "timestamptz_", "time_", "float4", "float8", "float48", "float84",
		"nameeqtext", "texteqname",
	} {
		for i, n := range comparisonNames {
			m[prefix+n] = comparison(i)
		}
	}
	return m
}()

// fastTest compiles a comparison of common types; nil if it is none.
func (c *compiler) fastTest(e *nodes.OpExpr) test {
	if len(e.Args) != 2 {
		return nil
	}
	p := c.cat.ProcByOID(e.Func)
	if p == nil || !p.Strict || p.Body == nil {
		return nil
	}
	rel, ok := comparisons[p.Src]
	if !ok || !strings.HasSuffix(p.Src, comparisonNames[rel]) {
		return nil
	}
	l, r := nodes.TypeOf(e.Args[0]).Type, nodes.TypeOf(e.Args[1]).Type
	switch {
	case isInt(l) && isInt(r):
		if l == r {
			switch l {
			case adt.Int4OID:
				return ordered[int32](c, e, rel)
			case adt.Int8OID:
				return ordered[int64](c, e, rel)
			}
		}
		return integers(c, e, rel)
	case isFloat(l) && isFloat(r):
		return floats(c, e, rel)
	case isString(l) && isString(r):
		// An order other than C's is the routine's matter, and so is a missing collation.
		if rel > cmpNE && e.InputCollation != adt.DefaultCollationOID && e.InputCollation != adt.CCollationOID && e.InputCollation != adt.PosixCollationOID {
			return nil
		}
		if coll := c.cat.CollationByOID(e.InputCollation); coll == nil || !coll.Deterministic {
			return nil
		}
		return ordered[string](c, e, rel)
	case l != r:
		return nil
	}
	switch l {
	case adt.OIDOID:
		return ordered[adt.OID](c, e, rel)
	case adt.DateOID:
		return ordered[adt.Date](c, e, rel)
	case adt.TimeOID:
		return ordered[adt.Time](c, e, rel)
	case adt.TimestampOID:
		return ordered[adt.Timestamp](c, e, rel)
	case adt.TimestamptzOID:
		return ordered[adt.TimestampTZ](c, e, rel)
	case adt.BoolOID:
		return booleans(c, e, rel)
	}
	return nil
}

func isInt(t OID) bool    { return t == adt.Int4OID || t == adt.Int8OID || t == adt.Int2OID }
func isFloat(t OID) bool  { return t == adt.Float8OID || t == adt.Float4OID }
func isString(t OID) bool { return t == adt.TextOID || t == adt.VarcharOID || t == adt.NameOID }

// scalar is what Go's < orders as PostgreSQL does.
type scalar interface {
	~int16 | ~int32 | ~int64 | ~uint32 | ~string
}

func holds[T scalar](rel comparison, a, b T) bool {
	switch rel {
	case cmpEQ:
		return a == b
	case cmpNE:
		return a != b
	case cmpLT:
		return a < b
	case cmpLE:
		return a <= b
	case cmpGT:
		return a > b
	}
	return a >= b
}

// ordered compares two values of one Go type; the common case of a column and
// a constant has a closure of its own.
func ordered[T scalar](c *compiler, e *nodes.OpExpr, rel comparison) test {
	slot := slotOf(e.Args[0])
	if k, ok := c.constOf(e.Args[1]); ok && slot >= 0 {
		v, ok := k.(T)
		if !ok {
			if k != nil {
				return nil
			}
			return func(adt.Row) (truth, error) { return unknown, nil }
		}
		if rel == cmpEQ {
			return func(row adt.Row) (truth, error) {
				d := row[slot]
				if d == nil {
					return unknown, nil
				}
				return is(d.(T) == v), nil
			}
		}
		return func(row adt.Row) (truth, error) {
			d := row[slot]
			if d == nil {
				return unknown, nil
			}
			return is(holds(rel, d.(T), v)), nil
		}
	}
	return compared(c, e, func(a, b adt.Datum) bool { return holds(rel, a.(T), b.(T)) })
}

// compared tests two evaluated values, unknown if either is NULL.
func compared(c *compiler, e *nodes.OpExpr, f func(a, b adt.Datum) bool) test {
	a, b := c.expr(e.Args[0]), c.expr(e.Args[1])
	return func(row adt.Row) (truth, error) {
		v, err := a(row)
		if err != nil {
			return unknown, err
		}
		w, err := b(row)
		if err != nil || v == nil || w == nil {
			return unknown, err
		}
		return is(f(v, w)), nil
	}
}

func integers(c *compiler, e *nodes.OpExpr, rel comparison) test {
	return compared(c, e, func(a, b adt.Datum) bool { return holds(rel, asInt(a), asInt(b)) })
}

func asInt(d adt.Datum) int64 {
	switch d := d.(type) {
	case int32:
		return int64(d)
	case int64:
		return d
	}
	return int64(d.(int16))
}

func asFloat(d adt.Datum) float64 {
	if f, ok := d.(float64); ok {
		return f
	}
	return float64(d.(float32))
}

// floats compares with NaN equal to itself and above all others.
func floats(c *compiler, e *nodes.OpExpr, rel comparison) test {
	return compared(c, e, func(a, b adt.Datum) bool { return holds(rel, int32(adt.CompareFloat(asFloat(a), asFloat(b))), 0) })
}

func booleans(c *compiler, e *nodes.OpExpr, rel comparison) test {
	return compared(c, e, func(a, b adt.Datum) bool {
		return holds(rel, int32(is(a.(bool))), int32(is(b.(bool))))
	})
}

// fastArith compiles + - * of int4 and int8; on overflow the routine itself is
// called, for its error.
func (c *compiler) fastArith(e *nodes.OpExpr) eval {
	if len(e.Args) != 2 {
		return nil
	}
	p := c.cat.ProcByOID(e.Func)
	if p == nil || p.Body == nil || p.Body.Call == nil {
		return nil
	}
	r := c.opRoutine(e)
	switch p.Src {
	case "int4pl":
		return arith(c, e, r, func(a, b int32) (int32, bool) { s := int64(a) + int64(b); return int32(s), s == int64(int32(s)) })
	case "int4mi":
		return arith(c, e, r, func(a, b int32) (int32, bool) { s := int64(a) - int64(b); return int32(s), s == int64(int32(s)) })
	case "int4mul":
		return arith(c, e, r, func(a, b int32) (int32, bool) { s := int64(a) * int64(b); return int32(s), s == int64(int32(s)) })
	case "int8pl":
		return arith(c, e, r, func(a, b int64) (int64, bool) { s := a + b; return s, (s > a) == (b > 0) })
	case "int8mi":
		return arith(c, e, r, func(a, b int64) (int64, bool) { s := a - b; return s, (s < a) == (b > 0) })
	}
	return nil
}

func arith[T int32 | int64](c *compiler, e *nodes.OpExpr, r *routine, f func(a, b T) (T, bool)) eval {
	a, b, slow := c.expr(e.Args[0]), c.expr(e.Args[1]), c.binary(r)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := a(row)
		if err != nil {
			return nil, err
		}
		w, err := b(row)
		if err != nil || v == nil || w == nil {
			return nil, err
		}
		if s, ok := f(v.(T), w.(T)); ok {
			return s, nil
		}
		return slow(v, w)
	}
}

// extremes are the transition functions of max and min whose comparison is that of
// the type's order, and which take the later of equal values.
var extremes = map[string]int{
	"int2larger": 1, "int4larger": 1, "int8larger": 1, "text_larger": 1, "date_larger": 1, "timestamp_larger": 1, "timestamptz_larger": 1, "numeric_larger": 1,
	"int2smaller": -1, "int4smaller": -1, "int8smaller": -1, "text_smaller": -1, "date_smaller": -1, "timestamp_smaller": -1, "timestamptz_smaller": -1, "numeric_smaller": -1,
}

// extreme gives the comparison of a transition function of max or min, by which its
// better argument is the greater; nil if it is none.
func (c *compiler) extreme(fn OID, k aggCall) func(a, b adt.Datum) int {
	p := c.cat.ProcByOID(fn)
	if p == nil || len(k.args) != 1 || p.Body == nil || !p.Strict {
		return nil
	}
	t := c.cat.TypeByOID(c.cat.BaseType(nodes.TypeOf(k.args[0]).Type))
	if t == nil || t.Compare == nil || t.Collation != 0 && k.collation == 0 || isString(t.OID) && k.collation != adt.DefaultCollationOID && k.collation != adt.CCollationOID && k.collation != adt.PosixCollationOID {
		return nil
	}
	switch extremes[p.Src] {
	case 1:
		return t.Compare
	case -1:
		return func(a, b adt.Datum) int { return t.Compare(b, a) }
	}
	return nil
}
