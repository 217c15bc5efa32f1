package adt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// int2vector and oidvector: arrays with lower bound 0 that print as numbers
// between blanks (int.c, oid.c).

const maxVector = 100 // FUNC_MAX_ARGS

func vectorFuncs() Funcs {
	cmp := func(test func(int) bool) Func {
		return F2(func(a, b *Array) (bool, error) {
			if err := checkVector(a); err != nil {
				return false, err
			}
			if err := checkVector(b); err != nil {
				return false, err
			}
			return test(compareVectors(a, b)), nil
		})
	}
	return Funcs{
		"int2vectorin":   F1(int2vectorIn),
		"int2vectorout":  Out(vectorOut),
		"int2vectorrecv": vectorRecv(Int2OID),
		"int2vectorsend": Send(arraySend),
		"oidvectorin":    F1(oidvectorIn),
		"oidvectorout":   Out(vectorOut),
		"oidvectorrecv":  vectorRecv(OIDOID),
		"oidvectorsend":  Send(arraySend),

		"oidvectoreq":    cmp(func(r int) bool { return r == 0 }),
		"oidvectorne":    cmp(func(r int) bool { return r != 0 }),
		"oidvectorlt":    cmp(func(r int) bool { return r < 0 }),
		"oidvectorle":    cmp(func(r int) bool { return r <= 0 }),
		"oidvectorgt":    cmp(func(r int) bool { return r > 0 }),
		"oidvectorge":    cmp(func(r int) bool { return r >= 0 }),
		"btoidvectorcmp": Cmp(compareVectors),
		"hashoidvector": hashOf(func(a *Array) int32 { return int32(hashBytes(vectorBytes(a))) },
			func(dst []byte, d Datum) []byte { return keyBytes(dst, string(vectorBytes(d.(*Array)))) }),
		"hashoidvectorextended": P2(func(a *Array, seed int64) int64 {
			return int64(hashBytesExtended(vectorBytes(a), uint64(seed)))
		}),
		"oidvectortypes": C1(func(c *Call, a *Array) (string, error) {
			names := make([]string, len(a.Values))
			for i, v := range a.Values {
				names[i] = typeNameOf(c, v.(OID))
			}
			return strings.Join(names, ", "), nil
		}),
	}
}

// newVector makes an int2vector or oidvector.
func newVector(elem OID, values []Datum) *Array {
	return &Array{Elem: elem, Dims: []ArrayDim{{Len: int32(len(values))}}, Values: values}
}

func int2vectorIn(s string) (*Array, error) {
	var out []Datum
	rest := s
	for {
		rest = strings.TrimLeft(rest, " \t\n\v\f\r")
		if rest == "" {
			return newVector(Int2OID, out), nil
		}
		if len(out) >= maxVector {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "int2vector has too many elements")
		}
		n := 0
		if rest[0] == '-' || rest[0] == '+' {
			n++
		}
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		v, err := strconv.ParseInt(strings.TrimPrefix(rest[:n], "+"), 10, 16)
		if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
			return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, `value "%s" is out of range for type %s`, rest, "smallint")
		}
		if err != nil || n < len(rest) && rest[n] != ' ' {
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, "smallint", rest)
		}
		out = append(out, int16(v))
		rest = rest[n:]
	}
}

// oidvectorIn reads numbers as strtoul does, one after the other: nothing need
// be between them (uint32in_subr).
func oidvectorIn(s string) (*Array, error) {
	var out []Datum
	trim := func(s string) string {
		return strings.TrimLeftFunc(s, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
	}
	for rest := trim(s); rest != ""; rest = trim(rest) {
		if len(out) >= maxVector {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "oidvector has too many elements")
		}
		n := uintLen(rest)
		if n == 0 {
			return nil, invalidInput("oid", rest)
		}
		v, err := ParseOID(rest[:n], "oid")
		if err != nil {
			return nil, inputRange("oid", rest)
		}
		out = append(out, v)
		rest = rest[n:]
	}
	return newVector(OIDOID, out), nil
}

// checkVector refuses an array that only passes for a vector, as ARRAY[] and what
// array_agg makes of vectors do (check_valid_int2vector, check_valid_oidvector).
func checkVector(a *Array) error {
	if len(a.Dims) == 1 && !slices.Contains(a.Values, nil) {
		return nil
	}
	return pgerr.New(pgerrcode.DatatypeMismatch, "array is not a valid %svector", pick(a.Elem == OIDOID, "oid", "int2"))
}

func vectorOut(_ *Call, dst []byte, a *Array) ([]byte, error) {
	if err := checkVector(a); err != nil {
		return nil, err
	}
	for i, v := range a.Values {
		if i > 0 {
			dst = append(dst, ' ')
		}
		switch v := v.(type) {
		case int16:
			dst = strconv.AppendInt(dst, int64(v), 10)
		case OID:
			dst = strconv.AppendUint(dst, uint64(v), 10)
		}
	}
	return dst, nil
}

func vectorRecv(elem OID) Func {
	return Recv(func(c *Call, b []byte, _ int32) (*Array, error) {
		t, err := typeOf(c, elem)
		if err != nil {
			return nil, err
		}
		a, err := receiveArray(c.Env, t, b, -1)
		if err != nil {
			return nil, err
		}
		bad := len(a.Dims) > 1 || len(a.Dims) == 1 && a.Dims[0].Lower != 0
		for _, v := range a.Values {
			bad = bad || v == nil
		}
		if bad {
			return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid %svector data", pick(elem == OIDOID, "oid", "int2"))
		}
		return newVector(elem, a.Values), nil
	})
}

// compareVectors orders by length first.
func compareVectors(a, b *Array) int {
	if len(a.Values) != len(b.Values) {
		return len(a.Values) - len(b.Values)
	}
	for i, v := range a.Values {
		if u, w := v.(OID), b.Values[i].(OID); u != w {
			return pick(u > w, 1, -1)
		}
	}
	return 0
}

func vectorBytes(a *Array) []byte {
	b := make([]byte, 0, 4*len(a.Values))
	for _, v := range a.Values {
		o := v.(OID)
		b = append(b, byte(o), byte(o>>8), byte(o>>16), byte(o>>24))
	}
	return b
}
