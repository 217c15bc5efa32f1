package adt

import "testing"

// TestKeys checks that equal values of types that share a hash function have
// equal keys and that others differ.
func TestKeys(t *testing.T) {
	funcs := Builtins()
	for _, c := range []struct {
		hash        string
		a, b, other Datum
	}{
		{"hashint4", int32(5), int32(5), int32(6)},
		{"hashint4", Date(5), Date(5), DateInfinity},
		{"hashint4", OID(5), OID(5), OID(1 << 31)},
		{"hashint8", int64(5), int64(5), int64(-5)},
		{"hashint8", uint64(5), uint64(5), uint64(1 << 63)},
		{"hashchar", true, true, false},
		{"hashchar", Char('x'), Char('x'), Char('y')},
		{"hash_numeric", numericScaled(150, 2), numericScaled(15, 1), numericScaled(15, 0)},
		{"hash_numeric", numericScaled(0, 5), NumericFromInt64(0), nanNumeric},
		{"hashfloat8", 0.0, -1 * 0.0, 1.0},
		{"interval_hash", Interval{Day: 1}, Interval{Time: usecsPerDay}, Interval{Month: 1}},
		{"timestamp_hash", Timestamp(5), TimestampTZ(5), Timestamp(6)},
	} {
		key := funcs[c.hash].Key
		a, b, other := string(key(nil, c.a)), string(key(nil, c.b)), string(key(nil, c.other))
		if a != b || a == other {
			t.Errorf("%s: %v %x, %v %x, %v %x", c.hash, c.a, a, c.b, b, c.other, other)
		}
		if _, err := funcs[c.hash].Call(&Call{}, []Datum{c.a}); err != nil {
			t.Error(err)
		}
	}
}
