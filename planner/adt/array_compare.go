package adt

import (
	"cmp"
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

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
