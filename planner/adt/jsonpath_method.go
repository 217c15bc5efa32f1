package adt

import (
	"math"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func (x *jpExec) method(n *jpNode, v jpVal, unwrap bool, emit jpEmit) error {
	out := func(j *JSONB) error { return x.next(n, jpVal{j: j}, emit) }
	switch n.str {
	case "type":
		if v.dt != nil {
			return out(JSONBString(typeNameOf(x.call, datetimeType(v.dt))))
		}
		return out(JSONBString(v.j.Kind.String()))
	case "size":
		if v.isArray() {
			return out(jsonbInt(int64(len(v.j.Vals))))
		}
		if !x.lax {
			if !x.lenient {
				return jpErr(pgerrcode.SQLJSONArrayNotFound, "jsonpath item method .%s() can only be applied to an array", n.str)
			}
			return nil
		}
		return out(jsonbInt(1))
	}
	if unwrap && v.isArray() {
		return x.unwrap(n, v, emit)
	}
	switch n.str {
	case "abs", "floor", "ceiling":
		num := v.number()
		if num == nil {
			return jpErr(pgerrcode.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", n.str)
		}
		d, err := hashTable()[map[string]string{"abs": "numeric_abs", "floor": "numeric_floor", "ceiling": "numeric_ceil"}[n.str]].
			Call(x.call, []Datum{num})
		if err != nil {
			return err
		}
		return out(JSONBNumber(d.(*Numeric)))
	case "double":
		return x.double(n, v, emit)
	case "datetime":
		return x.datetime(n, v, emit)
	case "keyvalue":
		return x.keyValue(n, v, emit)
	}
	return pgerr.Internal("unrecognized jsonpath item method: %s", n.str)
}

func (x *jpExec) double(n *jpNode, v jpVal, emit jpEmit) error {
	s := ""
	switch {
	case v.number() != nil:
		s = v.number().String()
	case v.dt == nil && v.j.Kind == JSONString:
		s = v.j.Str
	default:
		return jpErr(pgerrcode.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a string or numeric value", n.str)
	}
	bad := func() error {
		if v.number() != nil {
			return jpErr(pgerrcode.NonNumericSQLJSONItem,
				"numeric argument of jsonpath item method .%s() is out of range for type double precision", n.str)
		}
		return jpErr(pgerrcode.NonNumericSQLJSONItem,
			"string argument of jsonpath item method .%s() is not a valid representation of a double precision number", n.str)
	}
	d, err := hashTable()["float8in"].Call(x.call, []Datum{s, OID(0), int32(-1)})
	if err != nil {
		return bad()
	}
	f := d.(float64)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return jpErr(pgerrcode.NonNumericSQLJSONItem, "string argument of jsonpath item method .%s() is not a valid representation of a double precision number", n.str)
	}
	num := v.number()
	if num == nil {
		if num, err = parseNumeric(strconv.FormatFloat(f, 'g', 15, 64)); err != nil {
			return bad()
		}
	}
	return x.next(n, jpVal{j: JSONBNumber(num)}, emit)
}

// keyValue is executeKeyValueMethod. An object's id is its place in the stored
// form of the root object, and which variable or made object that is.
func (x *jpExec) keyValue(n *jpNode, v jpVal, emit jpEmit) error {
	if v.dt != nil || v.j.Kind != JSONObject {
		return jpErr(pgerrcode.SQLJSONObjectNotFound, "jsonpath item method .%s() can only be applied to an object", n.str)
	}
	base := x.root.j
	if v.id != 0 {
		base = v.j
	}
	id := NumericFromInt64(v.id*10000000000 + int64(max(jsonbOffset(base, v.j), 0)))
	for i, e := range v.j.Vals {
		o := JSONBObject([]string{"id", "key", "value"}, []*JSONB{JSONBNumber(id), JSONBString(v.j.Keys[i]), e})
		x.ids++
		if err := x.next(n, jpVal{j: o, id: x.ids}, emit); err != nil {
			return err
		}
	}
	return nil
}

// jsonbOffset is the byte offset of the container find within root's stored
// form (jsonb.h), -1 when it is not there.
func jsonbOffset(root, find *JSONB) int {
	if root == find {
		return 0
	}
	pos := 0
	var walk func(j *JSONB, at int) (end, found int)
	walk = func(j *JSONB, at int) (int, int) {
		if j == find {
			return at, at
		}
		align := func(n int) int { return (n + 3) &^ 3 }
		switch j.Kind {
		case JSONString:
			return at + len(j.Str), -1
		case JSONNumber:
			return align(at) + jsonbNumericSize(j.Num), -1
		case JSONArray, JSONObject:
			at = align(at)
			if j == find {
				return at, at
			}
			at += 4 + 4*len(j.Vals)
			if j.Kind == JSONObject {
				at += 4 * len(j.Keys)
				for _, k := range j.Keys {
					at += len(k)
				}
			}
			for _, e := range j.Vals {
				if e == find {
					return at, align(at)
				}
				end, found := walk(e, at)
				if found >= 0 {
					return end, found
				}
				at = end
			}
		}
		return at, -1
	}
	_, pos = walk(root, 0)
	return pos
}

// jsonbNumericSize is the size of a numeric in its short form with a 4-byte
// header.
func jsonbNumericSize(n *Numeric) int {
	digits, _ := n.base10000()
	return 4 + 2 + 2*len(digits)
}
