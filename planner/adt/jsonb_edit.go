package adt

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Changing jsonb: ||, -, #-, jsonb_set, jsonb_insert (jsonfuncs.c).

func jsonbEditFuncs() Funcs {
	return Funcs{
		"jsonb_concat":       F2(jsonbConcat),
		"jsonb_delete":       C2(func(c *Call, j *JSONB, key string) (*JSONB, error) { return jsonbDelete(c, j, []Datum{key}) }),
		"jsonb_delete_array": C2(jsonbDeleteArray),
		"jsonb_delete_idx":   F2(jsonbDeleteIndex),
		"jsonb_delete_path":  F2(jsonbDeletePath),
		"jsonb_set": F4(func(j *JSONB, path *Array, v *JSONB, create bool) (*JSONB, error) {
			return jsonbSet(j, path, v, create)
		}),
		"jsonb_set_lax": Raw(jsonbSetLax),
		"jsonb_insert":  F4(jsonbInsert),
	}
}

func jsonbConcat(a, b *JSONB) (*JSONB, error) {
	switch {
	case a.Kind == JSONObject && b.Kind == JSONObject:
		keys := append(append(make([]string, 0, len(a.Keys)+len(b.Keys)), a.Keys...), b.Keys...)
		vals := append(append(make([]*JSONB, 0, len(a.Keys)+len(b.Keys)), a.Vals...), b.Vals...)
		return JSONBObject(keys, vals), nil
	}
	list := func(j *JSONB) []*JSONB {
		if j.Kind == JSONArray {
			return j.Vals
		}
		return []*JSONB{j}
	}
	return JSONBArray(append(append([]*JSONB{}, list(a)...), list(b)...)...), nil
}

func errScalar(format string) error { return errJSONParam("%s", format) }

func jsonbDelete(c *Call, j *JSONB, keys []Datum) (*JSONB, error) {
	if j.scalar() {
		return nil, errScalar("cannot delete from scalar")
	}
	gone, work := map[string]bool{}, c.work()
	for _, k := range keys {
		if k != nil {
			gone[k.(string)] = true
		}
		if err := work.done(50); err != nil {
			return nil, err
		}
	}
	out := &JSONB{Kind: j.Kind}
	for i, v := range j.Vals {
		if err := work.done(50); err != nil {
			return nil, err
		}
		switch {
		case j.Kind == JSONObject && gone[j.Keys[i]], j.Kind == JSONArray && v.Kind == JSONString && gone[v.Str]:
			continue
		case j.Kind == JSONObject:
			out.Keys = append(out.Keys, j.Keys[i])
		}
		out.Vals = append(out.Vals, v)
	}
	return out, nil
}

func errArrayShape() error {
	return pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
}

func jsonbDeleteArray(c *Call, j *JSONB, keys *Array) (*JSONB, error) {
	if len(keys.Dims) > 1 {
		return nil, errArrayShape()
	}
	return jsonbDelete(c, j, keys.Values)
}

func jsonbDeleteIndex(j *JSONB, i int32) (*JSONB, error) {
	switch {
	case j.scalar():
		return nil, errScalar("cannot delete from scalar")
	case j.Kind == JSONObject:
		return nil, errScalar("cannot delete from object using integer index")
	}
	n := int(i)
	if n < 0 {
		n += len(j.Vals)
	}
	if n < 0 || n >= len(j.Vals) {
		return j, nil
	}
	return JSONBArray(slices.Delete(slices.Clone(j.Vals), n, n+1)...), nil
}

// The operations of setPath.
type jsonbOp uint8

const (
	jsonbCreate    jsonbOp = 1 << iota // a missing last key is added
	jsonbDel                           // the item is removed
	jsonbReplaceOp                     // an existing item is replaced
	jsonbBefore
	jsonbAfter
	jsonbFill       // gaps of arrays are filled with null, for subscripting
	jsonbConsistent // a path through a scalar fails, for subscripting
)

// editPath changes what is at a path of j, which what says for messages. Where still
// holds, or the path is empty, j stays as it is.
func editPath(j *JSONB, path *Array, what string, still bool, v *JSONB, op jsonbOp) (*JSONB, error) {
	if len(path.Dims) > 1 {
		return nil, errArrayShape()
	}
	switch {
	case j.scalar():
		return nil, errScalar("cannot " + what + " path in scalar")
	case still, len(path.Values) == 0:
		return j, nil
	}
	return setJSONPath(j, path.Values, 0, v, op)
}

func jsonbDeletePath(j *JSONB, path *Array) (*JSONB, error) {
	return editPath(j, path, "delete", len(j.Vals) == 0, nil, jsonbDel)
}

func jsonbSet(j *JSONB, path *Array, v *JSONB, create bool) (*JSONB, error) {
	op := jsonbReplaceOp
	if create {
		op |= jsonbCreate
	}
	return editPath(j, path, "set", len(j.Vals) == 0 && !create, v, op)
}

func jsonbInsert(j *JSONB, path *Array, v *JSONB, after bool) (*JSONB, error) {
	return editPath(j, path, "set", false, v, pick(after, jsonbAfter, jsonbBefore))
}

func jsonbSetLax(c *Call, a []Datum) (Datum, error) {
	if a[0] == nil || a[1] == nil || a[3] == nil {
		return nil, nil
	}
	badMode := errJSONParam(`null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`)
	mode, ok := a[4].(string)
	if !ok {
		return nil, badMode
	}
	j, path, create := a[0].(*JSONB), a[1].(*Array), a[3].(bool)
	if a[2] != nil {
		return box(jsonbSet(j, path, a[2].(*JSONB), create))
	}
	switch mode {
	case "raise_exception":
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "JSON value must not be null").
			Detailf(`Exception was raised because null_value_treatment is "raise_exception".`).
			Hintf("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		return box(jsonbSet(j, path, jsonbNull, create))
	case "delete_key":
		return box(jsonbDeletePath(j, path))
	case "return_target":
		return j, nil
	}
	return nil, badMode
}

// JSONBAssign puts a value, nil for null, at a path of texts (jsonb_set_element). A nil
// container is an empty one: an array for list, else an object.
func JSONBAssign(j *JSONB, path []Datum, v *JSONB, list bool) (*JSONB, error) {
	if v == nil {
		v = jsonbNull
	}
	switch {
	case j != nil:
	case list:
		j = JSONBArray()
	default:
		j = JSONBObject(nil, nil)
	}
	return setJSONPath(j, path, 0, v, jsonbCreate|jsonbFill|jsonbConsistent)
}

// mostLevels is how deep a path is followed, as far as PostgreSQL's stack lets it: a
// value put into itself again and again is soon deeper than any stack.
const mostLevels = 7270

// setJSONPath is setPath: it changes the item at path[level:] of j.
func setJSONPath(j *JSONB, path []Datum, level int, v *JSONB, op jsonbOp) (*JSONB, error) {
	if level >= mostLevels {
		return nil, errStackDepth(nil)
	}
	if path[level] == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "path element at position %d is null", level+1)
	}
	switch j.Kind {
	case JSONObject:
		return setJSONKey(j, path, level, v, op)
	case JSONArray:
		return setJSONIndex(j, path, level, v, op)
	}
	// A scalar in the way: subscripting refuses it, the functions leave it.
	if op&jsonbFill != 0 && op&jsonbConsistent != 0 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot replace existing key").
			Detailf("The path assumes key is a composite object, but it is a scalar value.")
	}
	return j, nil
}

const jsonbAdd = jsonbCreate | jsonbBefore | jsonbAfter

func setJSONKey(j *JSONB, path []Datum, level int, v *JSONB, op jsonbOp) (*JSONB, error) {
	key := path[level].(string)
	last := level == len(path)-1
	at, found := slices.BinarySearchFunc(j.Keys, key, jsonKeyCmp)
	if !found {
		switch {
		case last && op&jsonbAdd != 0:
		case !last && op&jsonbFill != 0:
			v = pushPath(path[level+1:], v)
		default:
			return j, nil
		}
		return &JSONB{Kind: JSONObject, Keys: slices.Insert(slices.Clone(j.Keys), at, key), Vals: slices.Insert(slices.Clone(j.Vals), at, v)}, nil
	}
	if !last {
		inner, err := setJSONPath(j.Vals[at], path, level+1, v, op)
		if err != nil || inner == j.Vals[at] {
			return j, err
		}
		v = inner
	} else if op&(jsonbBefore|jsonbAfter) != 0 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot replace existing key").
			Hintf("Try using the function jsonb_set to replace key value.")
	} else if op&jsonbDel != 0 {
		return &JSONB{Kind: JSONObject, Keys: slices.Delete(slices.Clone(j.Keys), at, at+1), Vals: slices.Delete(slices.Clone(j.Vals), at, at+1)}, nil
	}
	out := &JSONB{Kind: JSONObject, Keys: j.Keys, Vals: slices.Clone(j.Vals)}
	out.Vals[at] = v
	return out, nil
}

// maxGap bounds the elements that subscripted assignment adds to an array.
const maxGap = 1 << 24

func setJSONIndex(j *JSONB, path []Datum, level int, v *JSONB, op jsonbOp) (*JSONB, error) {
	text := path[level].(string)
	i, ok := jsonIndex(text)
	if !ok {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation,
			`path element at position %d is not an integer: "%s"`, level+1, text)
	}
	n := len(j.Vals)
	last := level == len(path)-1
	if i < 0 {
		if -i > n {
			if op&jsonbConsistent != 0 {
				return nil, pgerr.New(pgerrcode.InvalidParameterValue,
					"path element at position %d is out of range: %d", level+1, i)
			}
			i = -1 // before the first
		} else {
			i += n
		}
	}
	if i > n && op&jsonbFill == 0 {
		i = n
	}
	if i >= 0 && i < n {
		if !last {
			inner, err := setJSONPath(j.Vals[i], path, level+1, v, op)
			if err != nil || inner == j.Vals[i] {
				return j, err
			}
			out := slices.Clone(j.Vals)
			out[i] = inner
			return JSONBArray(out...), nil
		}
		out := slices.Clone(j.Vals)
		switch {
		case op&jsonbDel != 0:
			out = slices.Delete(out, i, i+1)
		case op&jsonbBefore != 0:
			out = slices.Insert(out, i, v)
		case op&jsonbAfter != 0:
			out = slices.Insert(out, i+1, v)
		default:
			out[i] = v
		}
		return JSONBArray(out...), nil
	}
	switch {
	case last && op&jsonbAdd != 0:
	case !last && op&jsonbFill != 0:
		v = pushPath(path[level+1:], v)
	default:
		return j, nil
	}
	if i < 0 {
		return JSONBArray(append([]*JSONB{v}, j.Vals...)...), nil
	}
	if i-n > maxGap {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "number of jsonb array elements exceeds the maximum allowed (%d)", maxGap)
	}
	out := slices.Clone(j.Vals)
	for len(out) < i {
		out = append(out, jsonbNull)
	}
	return JSONBArray(append(out, v)...), nil
}

// pushPath is push_path: it wraps v in the containers that path asks for.
func pushPath(path []Datum, v *JSONB) *JSONB {
	for k := len(path) - 1; k >= 0; k-- {
		text := path[k].(string)
		i, ok := jsonIndex(text)
		if !ok {
			v = JSONBObject([]string{text}, []*JSONB{v})
			continue
		}
		i = max(i, 0)
		vals := make([]*JSONB, 0, min(i, maxGap)+1)
		for range min(i, maxGap) {
			vals = append(vals, jsonbNull)
		}
		v = JSONBArray(append(vals, v)...)
	}
	return v
}
