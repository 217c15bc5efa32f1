package adt

import (
	"cmp"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Arrays: arrayfuncs.c, array_userfuncs.c. Input is in array_in.go, output in
// array_out.go, subscripts in array_subs.go.

const (
	int4OID      OID = 23
	oidOID       OID = 26
	int2OID      OID = 21
	int4ArrayOID OID = 1007
)

func arrayFuncs() Funcs {
	cmpOf := func(test func(int) bool) Func {
		return C2(func(c *Call, a, b *Array) (bool, error) {
			r, err := compareArrays(c, a, b)
			return test(r), err
		})
	}
	return Funcs{
		"array_in":   {Call: arrayIn},
		"array_out":  Out(arrayOut),
		"array_recv": {Call: arrayRecv},
		"array_send": Send(arraySend),

		"array_eq": C2(equalArrays),
		"array_ne": C2(func(c *Call, a, b *Array) (bool, error) {
			eq, err := equalArrays(c, a, b)
			return !eq, err
		}),
		"array_lt":   cmpOf(func(r int) bool { return r < 0 }),
		"array_le":   cmpOf(func(r int) bool { return r <= 0 }),
		"array_gt":   cmpOf(func(r int) bool { return r > 0 }),
		"array_ge":   cmpOf(func(r int) bool { return r >= 0 }),
		"btarraycmp": C2(func(c *Call, a, b *Array) (int32, error) { r, err := compareArrays(c, a, b); return int32(r), err }),
		"array_larger": C2(func(c *Call, a, b *Array) (*Array, error) {
			r, err := compareArrays(c, a, b)
			return pick(r > 0, a, b), err
		}),
		"array_smaller": C2(func(c *Call, a, b *Array) (*Array, error) {
			r, err := compareArrays(c, a, b)
			return pick(r < 0, a, b), err
		}),
		"hash_array":          C1(hashArray),
		"hash_array_extended": C2(hashArrayExtended),

		"array_ndims": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if n := len(a[0].(*Array).Dims); n > 0 {
				return int32(n), nil
			}
			return nil, nil
		}),
		"array_dims": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if d := a[0].(*Array).Dims; len(d) > 0 {
				return string(appendDims(nil, d)), nil
			}
			return nil, nil
		}),
		"array_lower":       arrayBound(func(d ArrayDim) int32 { return d.Lower }),
		"array_upper":       arrayBound(func(d ArrayDim) int32 { return d.Lower + d.Len - 1 }),
		"array_length":      arrayBound(func(d ArrayDim) int32 { return d.Len }),
		"array_cardinality": P1(func(a *Array) int32 { return int32(len(a.Values)) }),

		"arraycontains":  C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, b, a, true) }),
		"arraycontained": C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, a, b, true) }),
		"arrayoverlap":   C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, a, b, false) }),
	}
}

func arrayBound(f func(ArrayDim) int32) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		d, n := a[0].(*Array).Dims, a[1].(int32)
		if n < 1 || int(n) > len(d) {
			return nil, nil
		}
		return f(d[n-1]), nil
	})
}

// comparer gives the order of a type's values, or PostgreSQL's complaint that
// there is none.
func comparer(c *Call, oid OID) (func(a, b Datum) int, error) {
	t, err := typeOf(c, oid)
	if err != nil {
		return nil, err
	}
	if t.Compare == nil {
		if f := nestedCompare(c, t); f != nil {
			return f, nil
		}
		return nil, pgerr.New(pgerrcode.UndefinedFunction,
			"could not identify a comparison function for type %s", typeName(c.Env, t))
	}
	return t.Compare, nil
}

// nestedCompare orders types that are built of others: arrays, domains, and
// records whose columns are known only at run time.
func nestedCompare(c *Call, t *Type) func(a, b Datum) int {
	switch {
	case t.OID == RecordOID || t.Kind == 'c':
		return RecordCompare(c.Env)
	case t.IsArray:
		if elem, err := comparer(c, t.Elem); err == nil {
			return ArrayCompare(elem)
		}
	case t.Base != 0:
		if base, err := comparer(c, t.Base); err == nil {
			return base
		}
	}
	return nil
}

// equaler gives the equality of a type's values.
func equaler(c *Call, oid OID) (func(a, b Datum) bool, error) {
	t, err := typeOf(c, oid)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Compare != nil:
		compare := t.Compare
		return func(a, b Datum) bool { return compare(a, b) == 0 }, nil
	case t.Key != nil:
		key := t.Key
		return func(a, b Datum) bool { return string(key(nil, a)) == string(key(nil, b)) }, nil
	}
	if compare := nestedCompare(c, t); compare != nil {
		return func(a, b Datum) bool { return compare(a, b) == 0 }, nil
	}
	return nil, pgerr.New(pgerrcode.UndefinedFunction,
		"could not identify an equality operator for type %s", typeName(c.Env, t))
}

// collatedElements fails where the elements of arrays, if each has some, are compared by a
// collation and the call has none.
func collatedElements(c *Call, arrays ...*Array) error {
	if c.Collation != 0 {
		return nil
	}
	for _, a := range arrays {
		if t, err := typeOf(c, a.Elem); err != nil || t.Collation == 0 || len(a.Values) == 0 {
			return err
		}
	}
	return Uncollated("texteq")
}

// ArrayCompare orders arrays as btarraycmp does, by an order of their elements:
// elements first, NULL last, then length, dimensions and bounds.
func ArrayCompare(elem func(a, b Datum) int) func(a, b Datum) int {
	return func(x, y Datum) int {
		a, b := x.(*Array), y.(*Array)
		for i := 0; i < len(a.Values) && i < len(b.Values); i++ {
			u, v := a.Values[i], b.Values[i]
			switch {
			case u == nil && v == nil:
				continue
			case u == nil:
				return 1
			case v == nil:
				return -1
			}
			if r := elem(u, v); r != 0 {
				return r
			}
		}
		if r := cmp.Compare(len(a.Values), len(b.Values)); r != 0 {
			return r
		}
		if r := cmp.Compare(len(a.Dims), len(b.Dims)); r != 0 {
			return r
		}
		for i, d := range a.Dims {
			if r := cmp.Compare(d.Len, b.Dims[i].Len); r != 0 {
				return r
			}
		}
		for i, d := range a.Dims {
			if r := cmp.Compare(d.Lower, b.Dims[i].Lower); r != 0 {
				return r
			}
		}
		return 0
	}
}

// ArrayKey makes hash keys of arrays from those of their elements.
func ArrayKey(elem func(dst []byte, d Datum) []byte) func(dst []byte, d Datum) []byte {
	return func(dst []byte, d Datum) []byte {
		a := d.(*Array)
		dst = binary.AppendUvarint(dst, uint64(len(a.Dims)))
		for _, d := range a.Dims {
			dst = binary.AppendVarint(binary.AppendVarint(dst, int64(d.Len)), int64(d.Lower))
		}
		for _, v := range a.Values {
			if v == nil {
				dst = append(dst, 0)
				continue
			}
			dst = elem(append(dst, 1), v)
		}
		return dst
	}
}

func sameElem(a, b *Array) error {
	if a.Elem != b.Elem {
		return pgerr.New(pgerrcode.DatatypeMismatch, "cannot compare arrays of different element types")
	}
	return nil
}

func compareArrays(c *Call, a, b *Array) (int, error) {
	if err := sameElem(a, b); err != nil {
		return 0, err
	}
	if err := collatedElements(c, a, b); err != nil {
		return 0, err
	}
	elem, err := comparer(c, a.Elem)
	if err != nil {
		return 0, err
	}
	return ArrayCompare(elem)(a, b), nil
}

func equalArrays(c *Call, a, b *Array) (bool, error) {
	if err := sameElem(a, b); err != nil {
		return false, err
	}
	if !sameDims(a, b) {
		return false, nil
	}
	if err := collatedElements(c, a, b); err != nil {
		return false, err
	}
	eq, err := equaler(c, a.Elem)
	if err != nil {
		return false, err
	}
	for i, u := range a.Values {
		v := b.Values[i]
		if u == nil || v == nil {
			if u == nil && v == nil {
				continue
			}
			return false, nil
		}
		if !eq(u, v) {
			return false, nil
		}
	}
	return true, nil
}

func sameDims(a, b *Array) bool {
	if len(a.Dims) != len(b.Dims) {
		return false
	}
	for i, d := range a.Dims {
		if d != b.Dims[i] {
			return false
		}
	}
	return true
}

// arrayContains tells whether each element of a (with all), or any, is in b;
// NULLs equal nothing.
func arrayContains(c *Call, a, b *Array, all bool) (bool, error) {
	if err := sameElem(a, b); err != nil {
		return false, err
	}
	if err := collatedElements(c, a, b); err != nil {
		return false, err
	}
	eq, err := equaler(c, a.Elem)
	if err != nil {
		return false, err
	}
	w := c.work()
	for _, u := range a.Values {
		if err := w.done(8 * len(b.Values)); err != nil {
			return false, err
		}
		found := false
		for _, v := range b.Values {
			if u != nil && v != nil && eq(u, v) {
				found = true
				break
			}
		}
		if found != all {
			return found, nil
		}
	}
	return all, nil
}

// hashElement runs the hash that PostgreSQL's type cache would find, as far as
// it has one here.
func hashElement(c *Call, elem OID) (func(d Datum) uint32, error) {
	f, err := hashFunction(c, elem)
	if err != nil {
		return nil, err
	}
	return func(d Datum) uint32 {
		if v, err := f.Call(c, []Datum{d}); err == nil {
			return uint32(v.(int32))
		}
		return 0
	}, nil
}

func hashArray(c *Call, a *Array) (int32, error) {
	hash, err := hashElement(c, a.Elem)
	if err != nil {
		return 0, err
	}
	result, work := uint32(1), c.work()
	for _, v := range a.Values {
		if err := work.done(30); err != nil {
			return 0, err
		}
		h := uint32(0)
		if v != nil {
			h = hash(v)
		}
		result = result<<5 - result + h
	}
	return int32(result), nil
}

func hashArrayExtended(c *Call, a *Array, seed int64) (int64, error) {
	f, err := hashFunctionExtended(c, a.Elem)
	if err != nil {
		return 0, err
	}
	result, work := uint64(1), c.work()
	for _, v := range a.Values {
		if err := work.done(50); err != nil {
			return 0, err
		}
		h := uint64(0)
		if v != nil {
			d, err := f.Call(c, []Datum{v, seed})
			if err != nil {
				return 0, err
			}
			h = uint64(d.(int64))
		}
		result = result<<5 - result + h
	}
	return int64(result), nil
}

// hashName names the hash support function of a type's default operator class.
func hashName(t *Type) string {
	switch t.Name {
	case "text", "varchar":
		return "hashtext"
	case "bpchar", "name", "char", "oid", "int2", "int4", "int8", "float4", "float8", "enum", "inet", "macaddr", "macaddr8", "tid":
		return "hash" + t.Name
	case "bool":
		return "hashchar"
	case "bytea":
		return "hashvarlena"
	case "uuid":
		return "uuid_hash"
	case "numeric":
		return "hash_numeric"
	case "jsonb":
		return "jsonb_hash"
	case "timestamp", "timestamptz":
		return "timestamp_hash"
	case "date":
		return "hashint4"
	case "time", "timetz", "interval", "pg_lsn":
		return t.Name + "_hash"
	}
	switch t.Kind {
	case 'e':
		return "hashenum"
	case 'r':
		return "hash_range"
	case 'm':
		return "hash_multirange"
	}
	if strings.HasPrefix(t.Name, "reg") {
		return "hashoid"
	}
	return ""
}

func hashFunction(c *Call, oid OID) (Func, error) { return findHash(c, oid, "") }

func hashFunctionExtended(c *Call, oid OID) (Func, error) { return findHash(c, oid, "extended") }

func findHash(c *Call, oid OID, suffix string) (Func, error) {
	t, err := typeOf(c, oid)
	if err != nil {
		return Func{}, err
	}
	if t.IsArray {
		return pick(suffix == "", Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(hashArray(c, a[0].(*Array))) }},
			Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(hashArrayExtended(c, a[0].(*Array), a[1].(int64))) }}), nil
	}
	if t.Base != 0 {
		return findHash(c, t.Base, suffix)
	}
	name := hashName(t)
	if suffix != "" && strings.Contains(name, "_") {
		suffix = "_" + suffix
	}
	if f, ok := hashTable()[name+suffix]; ok && name != "" {
		return f, nil
	}
	return Func{}, pgerr.New(pgerrcode.UndefinedFunction,
		"could not identify %s function for type %s", pick(suffix == "", "a hash", "an extended hash"), typeName(c.Env, t))
}

var hashes struct {
	once  sync.Once
	funcs Funcs
}

// hashTable gives the hash support functions by name.
func hashTable() Funcs {
	hashes.once.Do(func() { hashes.funcs = Builtins() })
	return hashes.funcs
}
