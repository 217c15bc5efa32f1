package adt

import (
	"strconv"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The executor of jsonpath (jsonpath_exec.c).

// jpVal is an item of a sequence: a jsonb value, or a datetime, which has no
// jsonb form until it comes out.
type jpVal struct {
	j  *JSONB
	dt Datum          // Date, Time, TimeTZ, Timestamp or TimestampTZ
	id int64          // of the object that keyvalue() counts from
	tz *time.Location // of a TimestampTZ: the zone it was written in
}

type jpExec struct {
	call    *Call
	vars    *JSONB
	root    jpVal
	current jpVal
	lax     bool
	lenient bool // structural errors are ignored: lax mode, and below .**
	size    int  // of the innermost array, for last; -1 outside
	tz      bool
	ids     int64 // objects that keyvalue() has made
	probe   bool  // only whether there is an item counts, not which
	quiet   bool  // errors that jsonpath may absorb are not thrown (!throwErrors)
}

// jpBool is the three-valued result of a predicate.
type jpBool uint8

const (
	jpFalse jpBool = iota
	jpTrue
	jpUnknown
)

// jpStop ends an evaluation whose result is known.
type jpStop struct{}

func (jpStop) Error() string { return "stop" }

// jpErr makes an error that silent mode and predicates absorb.
func jpErr(code, format string, args ...any) error {
	return &jpSoft{pgerr.New(code, format, args...)}
}

type jpSoft struct{ err *pgerr.Error }

func (s *jpSoft) Error() string { return s.err.Error() }

// soft tells whether an error is one that jsonpath may absorb.
func soft(err error) bool {
	switch err.(type) {
	case *jpSoft:
		return true
	}
	return false
}

// hard gives the error as the user sees it.
func hard(err error) error {
	if s, ok := err.(*jpSoft); ok {
		return s.err
	}
	return err
}

// collect runs a path on the root item.
func (x *jpExec) collect(path *JSONPath, first bool) ([]jpVal, error) {
	var out []jpVal
	err := x.item(path.root, x.root, x.lax, func(v jpVal) error {
		out = append(out, v)
		if first {
			return jpStop{}
		}
		return nil
	})
	if _, ok := err.(jpStop); ok {
		err = nil
	}
	return out, err
}

func datetimeType(d Datum) OID {
	switch d.(type) {
	case Date:
		return 1082
	case Time:
		return 1083
	case TimeTZ:
		return 1266
	case Timestamp:
		return 1114
	}
	return 1184
}

type jpEmit func(v jpVal) error

func (v jpVal) isArray() bool { return v.dt == nil && v.j.Kind == JSONArray }

// next goes on with the accessor after n, or gives v to emit.
func (x *jpExec) next(n *jpNode, v jpVal, emit jpEmit) error {
	if n.next == nil {
		return emit(v)
	}
	return x.item(n.next, v, x.lax, emit)
}

// unwrap applies n to each element of an array.
func (x *jpExec) unwrap(n *jpNode, v jpVal, emit jpEmit) error {
	for _, e := range v.j.Vals {
		if err := x.item(n, jpVal{j: e, id: v.id}, false, emit); err != nil {
			return err
		}
	}
	return nil
}

// item is executeItemOptUnwrapTarget: with unwrap, methods and accessors that
// want no array apply to its elements.
func (x *jpExec) item(n *jpNode, v jpVal, unwrap bool, emit jpEmit) error {
	if err := x.call.context().Err(); err != nil {
		return err
	}
	switch n.kind {
	case jpAnd, jpOr, jpNot, jpIsUnknown, jpExists, jpCompare, jpStartsWith, jpLikeRegex:
		r, err := x.predicate(n, v)
		if err != nil {
			return err
		}
		switch r {
		case jpTrue:
			return x.next(n, jpVal{j: jsonbTrue}, emit)
		case jpFalse:
			return x.next(n, jpVal{j: jsonbFalse}, emit)
		}
		return x.next(n, jpVal{j: jsonbNull}, emit)
	case jpRoot:
		return x.next(n, x.root, emit)
	case jpCurrent:
		return x.next(n, x.current, emit)
	case jpLast:
		if x.size < 0 {
			return pgerr.Internal("evaluating jsonpath LAST outside of array subscript")
		}
		return x.next(n, jpVal{j: jsonbInt(int64(x.size - 1))}, emit)
	case jpNullLit:
		return x.next(n, jpVal{j: jsonbNull}, emit)
	case jpBoolLit:
		return x.next(n, jpVal{j: JSONBBool(n.flag)}, emit)
	case jpNumber:
		return x.next(n, jpVal{j: JSONBNumber(n.num)}, emit)
	case jpString:
		return x.next(n, jpVal{j: JSONBString(n.str)}, emit)
	case jpVariable:
		if x.vars == nil { // the operators have no variables: all are null
			return x.next(n, jpVal{j: jsonbNull}, emit)
		}
		val := x.vars.Get(n.str)
		if val == nil {
			return pgerr.New(pgerrcode.UndefinedObject, `could not find jsonpath variable "%s"`, n.str)
		}
		return x.next(n, jpVal{j: val, id: 1}, emit)
	case jpKey:
		return x.key(n, v, unwrap, emit)
	case jpAnyKey:
		switch {
		case v.dt == nil && v.j.Kind == JSONObject:
			for _, e := range v.j.Vals {
				if err := x.next(n, jpVal{j: e, id: v.id}, emit); err != nil {
					return err
				}
			}
			return nil
		case unwrap && v.isArray():
			return x.unwrap(n, v, emit)
		case !x.lenient:
			return jpErr(pgerrcode.SQLJSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
		}
		return nil
	case jpAnyArray:
		switch {
		case v.isArray():
			for _, e := range v.j.Vals {
				if err := x.next(n, jpVal{j: e, id: v.id}, emit); err != nil {
					return err
				}
			}
			return nil
		case x.lax:
			return x.next(n, v, emit)
		case !x.lenient:
			return jpErr(pgerrcode.SQLJSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
		}
		return nil
	case jpIndexes:
		return x.indexes(n, v, emit)
	case jpAny:
		if n.first == 0 {
			outer := x.lenient
			x.lenient = true
			err := x.next(n, v, emit)
			x.lenient = outer
			// What is found below a container takes the place of an error that is not thrown.
			if below := v.dt == nil && !v.j.scalar(); err != nil && !(below && x.quiet && soft(err)) {
				return err
			}
		}
		return x.descend(n, v, 1, emit)
	case jpFilter:
		if unwrap && v.isArray() {
			return x.unwrap(n, v, emit)
		}
		outer := x.current
		x.current = v
		r, err := x.predicate(n.left, v)
		x.current = outer
		if err != nil || r != jpTrue {
			return err
		}
		return x.next(n, v, emit)
	case jpUnary:
		return x.unaryMinus(n, v, emit)
	case jpBinary:
		return x.arithmetic(n, v, emit)
	case jpMethod:
		return x.method(n, v, unwrap, emit)
	}
	return pgerr.Internal("unrecognized jsonpath item type: %d", n.kind)
}

func (x *jpExec) key(n *jpNode, v jpVal, unwrap bool, emit jpEmit) error {
	switch {
	case v.dt == nil && v.j.Kind == JSONObject:
		if e := v.j.Get(n.str); e != nil {
			return x.next(n, jpVal{j: e, id: v.id}, emit)
		}
		if !x.lenient {
			return jpErr(pgerrcode.SQLJSONMemberNotFound, `JSON object does not contain key "%s"`, n.str)
		}
	case unwrap && v.isArray():
		return x.unwrap(n, v, emit)
	case !x.lenient:
		return jpErr(pgerrcode.SQLJSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
	}
	return nil
}

// descend is executeAnyItem for .**: the items at depth level below v.
func (x *jpExec) descend(n *jpNode, v jpVal, level uint32, emit jpEmit) error {
	if v.dt != nil || v.j.scalar() || level > n.last {
		return nil
	}
	for _, e := range v.j.Vals {
		ev := jpVal{j: e, id: v.id}
		if level >= n.first || n.first == jpLevelLast && n.last == jpLevelLast && e.scalar() {
			outer := x.lenient
			x.lenient = true
			err := x.next(n, ev, emit)
			x.lenient = outer
			if err != nil {
				return err
			}
		}
		if level < n.last {
			if err := x.descend(n, ev, level+1, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *jpExec) indexes(n *jpNode, v jpVal, emit jpEmit) error {
	if !v.isArray() && !x.lax {
		if !x.lenient {
			return jpErr(pgerrcode.SQLJSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
		}
		return nil
	}
	size := 1
	if v.isArray() {
		size = len(v.j.Vals)
	}
	outer := x.size
	x.size = size
	defer func() { x.size = outer }()
	for _, r := range n.ranges {
		from, err := x.index(r[0], v)
		if err != nil {
			return err
		}
		to := from
		if r[1] != nil {
			if to, err = x.index(r[1], v); err != nil {
				return err
			}
		}
		if !x.lenient && (from < 0 || from > to || to >= size) {
			return jpErr(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		for i := max(from, 0); i <= min(to, size-1); i++ {
			e := v
			if v.isArray() {
				e = jpVal{j: v.j.Vals[i], id: v.id}
			}
			// A nested subscript's last is its own.
			if err := x.next(n, e, emit); err != nil {
				return err
			}
			x.size = size
		}
	}
	return nil
}

// index is getArrayIndex.
func (x *jpExec) index(n *jpNode, v jpVal) (int, error) {
	var found []jpVal
	err := x.item(n, v, x.lax, func(v jpVal) error { found = append(found, v); return nil })
	if err != nil {
		return 0, err
	}
	if len(found) != 1 || found[0].dt != nil || found[0].j.Kind != JSONNumber {
		return 0, jpErr(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is not a single numeric value")
	}
	num := found[0].j.Num
	if num.IsNaN() || num.IsInf() {
		return 0, jpErr(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is out of integer range")
	}
	i, err := strconv.ParseInt(num.trunc(0).String(), 10, 32)
	if err != nil {
		return 0, jpErr(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is out of integer range")
	}
	return int(i), nil
}

// unwrapped collects an expression's items, arrays taken apart in lax mode.
func (x *jpExec) unwrapped(n *jpNode, v jpVal) ([]jpVal, error) {
	var out []jpVal
	outer := x.probe
	x.probe = false
	defer func() { x.probe = outer }()
	err := x.item(n, v, x.lax, func(v jpVal) error {
		if x.lax && v.isArray() {
			for _, e := range v.j.Vals {
				out = append(out, jpVal{j: e, id: v.id})
			}
			return nil
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
