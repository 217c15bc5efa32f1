package adt

import (
	"encoding/binary"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// columnSize is pg_column_size: the bytes of a value as PostgreSQL holds one
// that is not stored in a table, with a header of four bytes.
func columnSize(c *Call, args []Datum) (Datum, error) {
	t := c.Env.Types.TypeByOID(c.Args[0])
	if t == nil {
		return nil, pgerr.Internal("cache lookup failed for type %d", c.Args[0])
	}
	n, err := valueSize(c, t, args[0])
	if err != nil {
		return nil, err
	}
	return int32(n), nil
}

// alignUp rounds an offset up to an alignment.
func alignUp(n, align int) int { return (n + align - 1) &^ (align - 1) }

// typeAlign is typalign in bytes, which follows from the type's length but for
// a few.
func typeAlign(types Types, t *Type) int {
	for t.Kind == 'd' {
		t = types.TypeByOID(t.Base)
	}
	switch {
	case t.Kind == 'r':
		return max(4, typeAlign(types, types.TypeByOID(t.Subtype)))
	case t.Kind == 'm':
		return typeAlign(types, types.TypeByOID(t.RangeType))
	case t.Kind == 'c' || t.OID == 2249:
		return 8
	case t.IsArray && t.Elem != 0:
		return max(4, typeAlign(types, types.TypeByOID(t.Elem)))
	}
	switch {
	case t.Len == 1, t.Len == -2, t.Name == "name", t.Name == "uuid":
		return 1
	case t.Len == 2, t.Name == "tid":
		return 2
	case t.Len == 4, t.Len == -1, t.Name == "macaddr", t.Name == "macaddr8":
		return 4
	}
	return 8
}

// valueSize is datumGetSize.
func valueSize(c *Call, t *Type, d Datum) (int, error) {
	for t.Kind == 'd' {
		t = c.Env.Types.TypeByOID(t.Base)
	}
	if t.Len > 0 {
		return int(t.Len), nil
	}
	if s, ok := d.(string); ok {
		if t.Len == -2 {
			return len(s) + 1, nil
		}
		return 4 + len(s), nil
	}
	switch v := d.(type) {
	case []byte:
		return 4 + len(v), nil
	case *Numeric:
		return 4 + numericSize(v), nil
	case *Bits:
		return 8 + len(v.Bytes), nil
	case Inet:
		if v.V6 {
			return 22, nil
		}
		return 10, nil
	case *TSVector:
		return 8 + 4*len(v.Lexemes) + v.Bytes(), nil
	case *Array:
		return arraySize(c, v)
	case *Range:
		return rangeSize(c, t, v)
	case *Record:
		return recordSize(c, v)
	case *JSONB:
		if v.Kind != JSONArray && v.Kind != JSONObject {
			v = JSONBArray(v)
		}
		return 4 + jsonbSize(v, 0), nil
	}
	return 0, pgerr.Unsupported("pg_column_size of type %s is not supported", t.Name)
}

// numericSize is a number's size without the header: two bytes, or four where
// weight or scale are large, and its digits of base 10000.
func numericSize(n *Numeric) int {
	b, err := numericSend(nil, nil, n)
	if err != nil || len(b) < 8 {
		return 2
	}
	digits := int(binary.BigEndian.Uint16(b))
	weight, scale := int16(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint16(b[6:])
	if weight < -64 || weight > 63 || scale > 63 {
		return 4 + 2*digits
	}
	return 2 + 2*digits
}

func arraySize(c *Call, a *Array) (int, error) {
	elem := c.Env.Types.TypeByOID(a.Elem)
	if elem == nil {
		return 0, pgerr.Internal("cache lookup failed for type %d", a.Elem)
	}
	n := 16 + 8*len(a.Dims)
	for _, v := range a.Values {
		if v == nil {
			n = n + (len(a.Values)+7)/8
			break
		}
	}
	n = alignUp(n, 8)
	align := typeAlign(c.Env.Types, elem)
	for _, v := range a.Values {
		if v == nil {
			continue
		}
		size, err := valueSize(c, elem, v)
		if err != nil {
			return 0, err
		}
		n = alignUp(n+size, align)
	}
	return n, nil
}

// rangeSize is a range's: its type, bounds of which short ones have a header of
// one byte, and flags.
func rangeSize(c *Call, t *Type, r *Range) (int, error) {
	sub := c.Env.Types.TypeByOID(t.Subtype)
	n := 8
	for _, v := range []Datum{r.Lower, r.Upper} {
		if v == nil {
			continue
		}
		var err error
		if n, err = addAttribute(c, sub, n, v); err != nil {
			return 0, err
		}
	}
	return n + 1, nil
}

// addAttribute adds a value at an offset as in a tuple.
func addAttribute(c *Call, t *Type, at int, v Datum) (int, error) {
	size, err := valueSize(c, t, v)
	if err != nil {
		return 0, err
	}
	if t.Len == -1 && size-3 <= 127 { // short varlenas are packed
		return at + size - 3, nil
	}
	return alignUp(at, typeAlign(c.Env.Types, t)) + size, nil
}

// recordSize is a tuple's: a header of 23 bytes, a bitmap where there are NULLs,
// and the attributes.
func recordSize(c *Call, r *Record) (int, error) {
	n := 23
	for _, v := range r.Values {
		if v == nil {
			n += (len(r.Values) + 7) / 8
			break
		}
	}
	n = alignUp(n, 8)
	for i, v := range r.Values {
		if v == nil {
			continue
		}
		t := c.Env.Types.TypeByOID(r.Desc.Fields[i].Type)
		if t == nil {
			return 0, pgerr.Internal("cache lookup failed for type %d", r.Desc.Fields[i].Type)
		}
		var err error
		if n, err = addAttribute(c, t, n, v); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// jsonbSize is a container's at an offset: a header, an entry for each key and
// value, and their data, of which numbers and containers are aligned.
func jsonbSize(j *JSONB, at int) int {
	n := at + 4 + 4*(len(j.Vals)+len(j.Keys))
	for _, k := range j.Keys {
		n += len(k)
	}
	for _, v := range j.Vals {
		switch v.Kind {
		case JSONString:
			n += len(v.Str)
		case JSONNumber:
			n = alignUp(n, 4) + 4 + numericSize(v.Num)
		case JSONArray, JSONObject:
			n = alignUp(n, 4)
			n = jsonbSize(v, n)
		}
	}
	return n
}
