package adt

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// integer is the Go types of int2, int4 and int8.
type integer interface{ int16 | int32 | int64 }

// intFuncs are the routines of int2, int4 and int8 (PostgreSQL's int.c and
// int8.c).
func intFuncs() Funcs {
	f := Funcs{}
	for _, t := range []Funcs{
		intType[int16]("2", "smallint"), intType[int32]("4", "integer"), intType[int64]("8", "bigint"),
		intPair[int16, int16, int16]("2"), intPair[int32, int32, int32]("4"), intPair[int64, int64, int64]("8"),
		intPair[int16, int32, int32]("24"), intPair[int32, int16, int32]("42"),
		intPair[int16, int64, int64]("28"), intPair[int64, int16, int64]("82"),
		intPair[int32, int64, int64]("48"), intPair[int64, int32, int64]("84"),
		intCasts(), intExtras(),
	} {
		maps.Copy(f, t)
	}
	return f
}

// intBits is an integer type's width.
func intBits[T integer]() int {
	var z T
	switch any(z).(type) {
	case int16:
		return 16
	case int32:
		return 32
	}
	return 64
}

// intName is an integer type's SQL name, for messages.
func intName[T integer]() string {
	switch intBits[T]() {
	case 16:
		return "smallint"
	case 32:
		return "integer"
	}
	return "bigint"
}

// intType gives the routines of one integer type, n being the digit of its name.
func intType[T integer](n, name string) Funcs {
	bits := intBits[T]()
	p := "int" + n
	return Funcs{
		p + "in": In(func(_ *Call, s string, _ int32) (T, error) {
			v, err := parseInt(s, bits, name)
			return T(v), err
		}),
		p + "out": Out(func(_ *Call, dst []byte, v T) ([]byte, error) { return strconv.AppendInt(dst, int64(v), 10), nil }),
		p + "recv": Recv(func(_ *Call, b []byte, _ int32) (T, error) {
			if err := wantBytes(b, bits/8); err != nil {
				return 0, err
			}
			var v int64
			for _, c := range b {
				v = v<<8 | int64(c)
			}
			return T(v), nil
		}),
		p + "send": Send(func(_ *Call, dst []byte, v T) ([]byte, error) {
			for i := bits - 8; i >= 0; i -= 8 {
				dst = append(dst, byte(uint64(v)>>i))
			}
			return dst, nil
		}),
		p + "um":      F1(intNeg[T]),
		p + "up":      P1(func(a T) T { return a }),
		p + "abs":     F1(intAbs[T]),
		p + "mod":     F2(intMod[T]),
		p + "and":     P2(func(a, b T) T { return a & b }),
		p + "or":      P2(func(a, b T) T { return a | b }),
		p + "xor":     P2(func(a, b T) T { return a ^ b }),
		p + "not":     P1(func(a T) T { return ^a }),
		p + "shl":     P2(func(a T, n int32) T { return intShl(a, n) }),
		p + "shr":     P2(func(a T, n int32) T { return intShr(a, n) }),
		p + "larger":  P2(func(a, b T) T { return max(a, b) }),
		p + "smaller": P2(func(a, b T) T { return min(a, b) }),
		"hash" + p: {
			Call: func(_ *Call, a []Datum) (Datum, error) { return int32(hashInt64(hashable[T](a[0]))), nil },
			Key: func(dst []byte, d Datum) []byte {
				return binary.BigEndian.AppendUint64(dst, uint64(hashable[T](d)))
			},
		},
		"hash" + p + "extended": P2(func(a Datum, seed int64) int64 {
			return int64(hashInt64Extended(hashable[T](a), uint64(seed)))
		}),
	}
}

// hashable gives the value of an integer, or of another type whose operator
// class has the integer's hash function: date, xid, cid, xid8. All integers
// have one form, because their hash families compare across types.
func hashable[T integer](d Datum) int64 {
	switch v := d.(type) {
	case T:
		return int64(v)
	case Date:
		return int64(v)
	case OID:
		return int64(int32(v))
	}
	return int64(d.(uint64))
}

// intPair gives the operators between two integer types with result type R, and
// their comparisons.
func intPair[A, B, R integer](n string) Funcs {
	p := "int" + n
	return Funcs{
		p + "eq":  P2(func(a A, b B) bool { return int64(a) == int64(b) }),
		p + "ne":  P2(func(a A, b B) bool { return int64(a) != int64(b) }),
		p + "lt":  P2(func(a A, b B) bool { return int64(a) < int64(b) }),
		p + "le":  P2(func(a A, b B) bool { return int64(a) <= int64(b) }),
		p + "gt":  P2(func(a A, b B) bool { return int64(a) > int64(b) }),
		p + "ge":  P2(func(a A, b B) bool { return int64(a) >= int64(b) }),
		p + "pl":  F2(intAdd[A, B, R]),
		p + "mi":  F2(intSub[A, B, R]),
		p + "mul": F2(intMul[A, B, R]),
		p + "div": F2(intDiv[A, B, R]),
		"btint" + n + "cmp": {
			Compare: func(a, b Datum) int { return cmp.Compare(int64(a.(A)), int64(b.(B))) },
			Call: func(_ *Call, a []Datum) (Datum, error) {
				if n == "2" { // btint2cmp gives the difference itself
					return int32(a[0].(A)) - int32(a[1].(B)), nil
				}
				return int32(cmp.Compare(int64(a[0].(A)), int64(a[1].(B)))), nil
			},
		},
	}
}

func intAdd[A, B, R integer](a A, b B) (R, error) {
	x, y := int64(a), int64(b)
	s := x + y
	if r := R(s); int64(r) == s && (s > x) == (y > 0) {
		return r, nil
	}
	return 0, outOfRange(intName[R]())
}

func intSub[A, B, R integer](a A, b B) (R, error) {
	x, y := int64(a), int64(b)
	s := x - y
	if r := R(s); int64(r) == s && (s < x) == (y > 0) {
		return r, nil
	}
	return 0, outOfRange(intName[R]())
}

func intMul[A, B, R integer](a A, b B) (R, error) {
	if p, ok := mul64(int64(a), int64(b)); ok {
		if r := R(p); int64(r) == p {
			return r, nil
		}
	}
	return 0, outOfRange(intName[R]())
}

// mul64 multiplies and tells whether the product fits.
func mul64(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	if p/b != a || a == -1 && b == math.MinInt64 || b == -1 && a == math.MinInt64 {
		return 0, false
	}
	return p, true
}

// add64 adds and tells whether the sum fits.
func add64(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

// sub64 subtracts and tells whether the difference fits.
func sub64(a, b int64) (int64, bool) {
	s := a - b
	return s, (s < a) == (b > 0)
}

func intDiv[A, B, R integer](a A, b B) (R, error) {
	x, y := int64(a), int64(b)
	if y == 0 {
		return 0, divisionByZero()
	}
	if y == -1 {
		return intNeg(R(x))
	}
	return R(x / y), nil
}

func intMod[T integer](a, b T) (T, error) {
	switch b {
	case 0:
		return 0, divisionByZero()
	case -1: // the most negative value would overflow in C
		return 0, nil
	}
	return a % b, nil
}

func intNeg[T integer](a T) (T, error) {
	if a == -a && a != 0 {
		return 0, outOfRange(intName[T]())
	}
	return -a, nil
}

func intAbs[T integer](a T) (T, error) {
	if a < 0 {
		return intNeg(a)
	}
	return a, nil
}

// intShl shifts as C does on the usual machines, the count modulo the width
// (of int for int2).
func intShl[T integer](a T, n int32) T {
	if intBits[T]() == 64 {
		return T(int64(a) << (uint32(n) & 63))
	}
	return T(int32(a) << (uint32(n) & 31))
}

func intShr[T integer](a T, n int32) T {
	if intBits[T]() == 64 {
		return T(int64(a) >> (uint32(n) & 63))
	}
	return T(int32(a) >> (uint32(n) & 31))
}

func intGCD[T integer](a, b T) (T, error) {
	if a > 0 { // work on negative values, as these have the wider range
		a = -a
	}
	if b > 0 {
		b = -b
	}
	for b != 0 {
		if b == -1 {
			a, b = -1, 0
			break
		}
		a, b = b, a%b
	}
	if a == -a && a != 0 {
		return 0, outOfRange(intName[T]())
	}
	return -a, nil
}

func intLCM[T integer](a, b T) (T, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	g, err := intGCD(a, b)
	if err != nil {
		return 0, err
	}
	m, err := intMul[T, T, T](a/g, b)
	if err != nil {
		return 0, err
	}
	return intAbs(m)
}

// intCasts are the conversions among integers.
func intCasts() Funcs {
	return Funcs{
		"i2toi4": P1(func(a int16) int32 { return int32(a) }),
		"int28":  P1(func(a int16) int64 { return int64(a) }),
		"int48":  P1(func(a int32) int64 { return int64(a) }),
		"i4toi2": F1(func(a int32) (int16, error) { return narrow[int16](int64(a)) }),
		"int84":  F1(narrow[int32]),
		"int82":  F1(narrow[int16]),
	}
}

func narrow[T integer](v int64) (T, error) {
	if r := T(v); int64(r) == v {
		return r, nil
	}
	return 0, outOfRange(intName[T]())
}

// intExtras are what only some of the integer types have.
func intExtras() Funcs {
	f := Funcs{
		"int4inc":               F1(func(a int32) (int32, error) { return intAdd[int32, int32, int32](a, 1) }),
		"int8inc":               F1(func(a int64) (int64, error) { return intAdd[int64, int64, int64](a, 1) }),
		"int8dec":               F1(func(a int64) (int64, error) { return intSub[int64, int64, int64](a, 1) }),
		"int4gcd":               F2(intGCD[int32]),
		"int8gcd":               F2(intGCD[int64]),
		"int4lcm":               F2(intLCM[int32]),
		"int8lcm":               F2(intLCM[int64]),
		"int8inc_any":           Raw(func(_ *Call, a []Datum) (Datum, error) { return count(a[0], 1) }),
		"int8inc_float8_float8": Raw(func(_ *Call, a []Datum) (Datum, error) { return count(a[0], 1) }),
		"int8dec_any":           Raw(func(_ *Call, a []Datum) (Datum, error) { return count(a[0], -1) }),
		"in_range_int2_int2":    inRangeInt[int16, int16](),
		"in_range_int2_int4":    inRangeInt[int16, int32](),
		"in_range_int2_int8":    inRangeInt[int16, int64](),
		"in_range_int4_int2":    inRangeInt[int32, int16](),
		"in_range_int4_int4":    inRangeInt[int32, int32](),
		"in_range_int4_int8":    inRangeInt[int32, int64](),
		"in_range_int8_int8":    inRangeInt[int64, int64](),
	}
	return f
}

func count(state Datum, by int64) (Datum, error) {
	return box(intAdd[int64, int64, int64](state.(int64), by))
}

// inRangeInt is in_range for integers: whether val lies within offset of base,
// sums beyond the type's range counting as infinite.
func inRangeInt[T, O integer]() Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		val, base, off := int64(a[0].(T)), int64(a[1].(T)), int64(a[2].(O))
		sub, less := a[3].(bool), a[4].(bool)
		if off < 0 {
			return nil, badFrameOffset()
		}
		if sub {
			off = -off
		}
		sum, ok := add64(base, off)
		if !ok {
			return sub != less, nil
		}
		if less {
			return val <= sum, nil
		}
		return val >= sum, nil
	})
}

func badFrameOffset() error {
	return pgerr.New(pgerrcode.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
}
