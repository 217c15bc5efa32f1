package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Constructors of json and jsonb, and their aggregates (json.c, jsonb.c).

const (
	jsonOID  OID = 114
	jsonbOID OID = 3802
)

func jsonBuildFuncs() Funcs {
	f := Funcs{
		"to_json": Raw(func(c *Call, a []Datum) (Datum, error) { return jsonText(appendJSON(c, nil, c.Args[0], a[0], false)) }),
		"to_jsonb": Raw(func(c *Call, a []Datum) (Datum, error) {
			return box(toJSONB(c, c.Args[0], a[0]))
		}),
		"array_to_json":        C1(func(c *Call, a *Array) (string, error) { return jsonText2(appendJSONArray(c, nil, a, false)) }),
		"array_to_json_pretty": C2(func(c *Call, a *Array, p bool) (string, error) { return jsonText2(appendJSONArray(c, nil, a, p)) }),
		"row_to_json":          C1(func(c *Call, r *Record) (string, error) { return jsonText2(appendJSONRecord(c, nil, r, false)) }),
		"row_to_json_pretty":   C2(func(c *Call, r *Record, p bool) (string, error) { return jsonText2(appendJSONRecord(c, nil, r, p)) }),

		"json_build_array":         Raw(jsonBuildArray),
		"json_build_array_noargs":  Raw(func(*Call, []Datum) (Datum, error) { return "[]", nil }),
		"json_build_object":        Raw(func(c *Call, a []Datum) (Datum, error) { return jsonBuildObject(c, a) }),
		"json_build_object_noargs": Raw(func(*Call, []Datum) (Datum, error) { return "{}", nil }),
		"jsonb_build_array":        Raw(jsonbBuildArray),
		"jsonb_build_array_noargs": Raw(func(*Call, []Datum) (Datum, error) { return JSONBArray(), nil }),
		"jsonb_build_object":       Raw(func(c *Call, a []Datum) (Datum, error) { return jsonbBuildObject(c, a) }),
		"jsonb_build_object_noargs": Raw(func(*Call, []Datum) (Datum, error) {
			return JSONBObject(nil, nil), nil
		}),

		"json_object": C1(func(c *Call, a *Array) (string, error) {
			p, err := jsonPairs1(a)
			return jsonTextObject(c, p, err)
		}),
		"json_object_two_arg": C2(func(c *Call, k, v *Array) (string, error) {
			p, err := jsonPairs2(k, v)
			return jsonTextObject(c, p, err)
		}),
		"jsonb_object": C1(func(c *Call, a *Array) (*JSONB, error) {
			p, err := jsonPairs1(a)
			return jsonbTextObject(c, p, err)
		}),
		"jsonb_object_two_arg": C2(func(c *Call, k, v *Array) (*JSONB, error) {
			p, err := jsonPairs2(k, v)
			return jsonbTextObject(c, p, err)
		}),

		"json_agg_transfn":         Raw(func(c *Call, a []Datum) (Datum, error) { return jsonAggAdd(c, a, false) }),
		"json_agg_strict_transfn":  Raw(func(c *Call, a []Datum) (Datum, error) { return jsonAggAdd(c, a, true) }),
		"json_agg_finalfn":         Raw(jsonAggFinal),
		"jsonb_agg_transfn":        Raw(func(c *Call, a []Datum) (Datum, error) { return jsonbAggAdd(c, a, false) }),
		"jsonb_agg_strict_transfn": Raw(func(c *Call, a []Datum) (Datum, error) { return jsonbAggAdd(c, a, true) }),
		"jsonb_agg_finalfn":        Raw(jsonbAggFinal),
		"json_object_agg_finalfn":  Raw(jsonObjectAggFinal),
		"jsonb_object_agg_finalfn": Raw(jsonbObjectAggFinal),
	}
	for _, v := range []struct {
		name           string
		strict, unique bool
	}{{"", false, false}, {"strict_", true, false}, {"unique_", false, true}, {"unique_strict_", true, true}} {
		f["json_object_agg_"+v.name+"transfn"] = Raw(func(c *Call, a []Datum) (Datum, error) {
			return jsonObjectAggAdd(c, a, v.strict, v.unique)
		})
		f["jsonb_object_agg_"+v.name+"transfn"] = Raw(func(c *Call, a []Datum) (Datum, error) {
			return jsonbObjectAggAdd(c, a, v.strict, v.unique)
		})
	}
	return f
}

func jsonText(b []byte, err error) (Datum, error) {
	if err != nil {
		return nil, err
	}
	return string(b), nil
}

func jsonText2(b []byte, err error) (string, error) { return string(b), err }

func jsonBuildArray(c *Call, a []Datum) (Datum, error) {
	vals, typ, ok := variadicArgs(c, a, 0)
	if !ok {
		return nil, nil
	}
	return BuildJSONArray(c, vals, typ, false)
}

// BuildJSONArray is json_build_array_worker and JSON_ARRAY(): with absent, NULLs
// are left out.
func BuildJSONArray(c *Call, vals []Datum, typ func(i int) OID, absent bool) (Datum, error) {
	dst := []byte{'['}
	some := false
	for i, v := range vals {
		if v == nil && absent {
			continue
		}
		if some {
			dst = append(dst, ", "...)
		}
		some = true
		var err error
		if dst, err = appendJSON(c, dst, typ(i), v, false); err != nil {
			return nil, err
		}
	}
	return string(append(dst, ']')), nil
}

func jsonBuildObject(c *Call, a []Datum) (Datum, error) {
	vals, typ, ok := variadicArgs(c, a, 0)
	if !ok {
		return nil, nil
	}
	return BuildJSONObject(c, vals, typ, false, false)
}

func errOddArgs(fn string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "argument list must have even number of elements").
		Hintf("The arguments of %s must consist of alternating keys and values.", fn)
}

func errDuplicateKey(key string) error {
	return pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value: %s", string(appendJSONString(nil, key)))
}

// BuildJSONObject is json_build_object_worker and JSON_OBJECT() over alternating
// keys and values: with absent, members that are NULL are left out; with unique, equal keys fail.
func BuildJSONObject(c *Call, vals []Datum, typ func(i int) OID, absent, unique bool) (Datum, error) {
	if len(vals)%2 != 0 {
		return nil, errOddArgs("json_build_object()")
	}
	seen := map[string]bool{}
	dst := []byte{'{'}
	some := false
	for i := 0; i < len(vals); i += 2 {
		if absent && !unique && vals[i+1] == nil {
			continue
		}
		if vals[i] == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
		}
		key, err := jsonKey(c, typ(i), vals[i])
		if err != nil {
			return nil, err
		}
		if unique {
			if seen[key] {
				return nil, errDuplicateKey(key)
			}
			seen[key] = true
		}
		if absent && vals[i+1] == nil {
			continue
		}
		if some {
			dst = append(dst, ", "...)
		}
		some = true
		dst = append(appendJSONString(dst, key), " : "...)
		if dst, err = appendJSON(c, dst, typ(i+1), vals[i+1], false); err != nil {
			return nil, err
		}
	}
	return string(append(dst, '}')), nil
}

func jsonbBuildArray(c *Call, a []Datum) (Datum, error) {
	vals, typ, ok := variadicArgs(c, a, 0)
	if !ok {
		return nil, nil
	}
	return BuildJSONBArray(c, vals, typ, false)
}

// BuildJSONBArray is BuildJSONArray for jsonb.
func BuildJSONBArray(c *Call, vals []Datum, typ func(i int) OID, absent bool) (Datum, error) {
	out := make([]*JSONB, 0, len(vals))
	for i, v := range vals {
		if v == nil && absent {
			continue
		}
		j, err := toJSONB(c, typ(i), v)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return JSONBArray(out...), nil
}

func jsonbBuildObject(c *Call, a []Datum) (Datum, error) {
	vals, typ, ok := variadicArgs(c, a, 0)
	if !ok {
		return nil, nil
	}
	return BuildJSONBObject(c, vals, typ, false, false)
}

// BuildJSONBObject is BuildJSONObject for jsonb.
func BuildJSONBObject(c *Call, vals []Datum, typ func(i int) OID, absent, unique bool) (Datum, error) {
	if len(vals)%2 != 0 {
		return nil, errOddArgs("jsonb_build_object()")
	}
	o := newJSONBObject(len(vals) / 2)
	for i := 0; i < len(vals); i += 2 {
		if vals[i] == nil {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "argument %d: key must not be null", i+1)
		}
		if absent && !unique && vals[i+1] == nil {
			continue
		}
		key, err := jsonKey(c, typ(i), vals[i])
		if err != nil {
			return nil, err
		}
		j, err := toJSONB(c, typ(i+1), vals[i+1])
		if err != nil {
			return nil, err
		}
		o.Keys, o.Vals = append(o.Keys, key), append(o.Vals, j)
	}
	if absent || unique {
		return membersOf(o.Keys, o.Vals, absent, unique)
	}
	o.arrange()
	return o, nil
}

// newJSONBObject makes an object without members, with room for n of them: a small
// one in one piece.
func newJSONBObject(n int) *JSONB {
	switch {
	case n <= 1:
		o := &struct {
			JSONB
			keys [1]string
			vals [1]*JSONB
		}{}
		o.Kind, o.Keys, o.Vals = JSONObject, o.keys[:0], o.vals[:0]
		return &o.JSONB
	case n <= 4:
		o := &struct {
			JSONB
			keys [4]string
			vals [4]*JSONB
		}{}
		o.Kind, o.Keys, o.Vals = JSONObject, o.keys[:0], o.vals[:0]
		return &o.JSONB
	}
	return &JSONB{Kind: JSONObject, Keys: make([]string, 0, n), Vals: make([]*JSONB, 0, n)}
}

// membersOf makes an object. Only when all members are there are keys compared
// and nulls left out, those of JSON too (uniqueifyJsonbObject).
func membersOf(keys []string, vals []*JSONB, absent, unique bool) (Datum, error) {
	var k []string
	var v []*JSONB
	seen := map[string]bool{}
	for i, key := range keys {
		if unique && seen[key] {
			return nil, pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value")
		}
		seen[key] = unique
		if !absent || vals[i].Kind != JSONNull {
			k, v = append(k, key), append(v, vals[i])
		}
	}
	return JSONBObject(k, v), nil
}

// jsonPair is a member of json_object(): a nil value is NULL.
type jsonPair struct{ key, value Datum }

func jsonPairs1(a *Array) ([]jsonPair, error) {
	switch {
	case len(a.Dims) == 0:
		return nil, nil
	case len(a.Dims) == 1 && len(a.Values)%2 != 0:
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "array must have even number of elements")
	case len(a.Dims) == 2 && a.Dims[1].Len != 2:
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "array must have two columns")
	case len(a.Dims) > 2:
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
	}
	out := make([]jsonPair, 0, len(a.Values)/2)
	for i := 0; i < len(a.Values); i += 2 {
		out = append(out, jsonPair{a.Values[i], a.Values[i+1]})
	}
	return checkPairs(out)
}

func jsonPairs2(k, v *Array) ([]jsonPair, error) {
	if len(k.Dims) > 1 || len(k.Dims) != len(v.Dims) {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
	}
	if len(k.Values) != len(v.Values) {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "mismatched array dimensions")
	}
	out := make([]jsonPair, 0, len(k.Values))
	for i := range k.Values {
		out = append(out, jsonPair{k.Values[i], v.Values[i]})
	}
	return checkPairs(out)
}

func checkPairs(pairs []jsonPair) ([]jsonPair, error) {
	for _, p := range pairs {
		if p.key == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
		}
	}
	return pairs, nil
}

func jsonTextObject(c *Call, pairs []jsonPair, err error) (string, error) {
	if err != nil {
		return "", err
	}
	dst, work := []byte{'{'}, c.work()
	for i, p := range pairs {
		if err := work.grown(16+len(p.key.(string)), len(dst)); err != nil {
			return "", err
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendJSONString(dst, p.key.(string)), " : "...)
		if p.value == nil {
			dst = append(dst, "null"...)
		} else {
			dst = appendJSONString(dst, p.value.(string))
		}
	}
	return string(append(dst, '}')), nil
}

func jsonbTextObject(c *Call, pairs []jsonPair, err error) (*JSONB, error) {
	if err != nil {
		return nil, err
	}
	var keys []string
	var vals []*JSONB
	work := c.work()
	for i, p := range pairs {
		if err := work.grown(64, 100*i); err != nil {
			return nil, err
		}
		keys = append(keys, p.key.(string))
		if p.value == nil {
			vals = append(vals, jsonbNull)
		} else {
			vals = append(vals, JSONBString(p.value.(string)))
		}
	}
	return JSONBObject(keys, vals), nil
}

// jsonAgg is the state of json_agg and json_object_agg.
type jsonAgg struct {
	buf  []byte
	some bool
	seen map[string]bool
}

// argType is the type of an aggregate's n'th argument (0 is the state).
func argType(c *Call, n int) OID {
	if n < len(c.Args) {
		return c.Args[n]
	}
	return textOID
}

func jsonAggAdd(c *Call, a []Datum, strict bool) (Datum, error) {
	s, _ := a[0].(*jsonAgg)
	if s == nil {
		s = &jsonAgg{buf: []byte{'['}}
	}
	if a[1] == nil && strict {
		return s, nil
	}
	if s.some {
		s.buf = append(s.buf, ", "...)
	}
	typ := argType(c, 1)
	if s.some && a[1] != nil {
		if cat, _, err := jsonCategoryOf(c, typ); err == nil && (cat == jsonAsArray || cat == jsonAsComposite) {
			s.buf = append(s.buf, "\n "...)
		}
	}
	s.some = true
	var err error
	s.buf, err = appendJSON(c, s.buf, typ, a[1], false)
	return s, err
}

func jsonAggFinal(_ *Call, a []Datum) (Datum, error) {
	if s, _ := a[0].(*jsonAgg); s != nil {
		return string(s.buf) + "]", nil
	}
	return nil, nil
}

func jsonObjectAggAdd(c *Call, a []Datum, strict, unique bool) (Datum, error) {
	s, _ := a[0].(*jsonAgg)
	if s == nil {
		s = &jsonAgg{buf: []byte("{ "), seen: map[string]bool{}}
	}
	if a[1] == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
	}
	skip := strict && a[2] == nil
	if skip && !unique {
		return s, nil
	}
	key, err := jsonKey(c, argType(c, 1), a[1])
	if err != nil {
		return nil, err
	}
	if unique {
		if s.seen[key] {
			return nil, errDuplicateKey(key)
		}
		s.seen[key] = true
		if skip {
			return s, nil
		}
	}
	if s.some {
		s.buf = append(s.buf, ", "...)
	}
	s.some = true
	s.buf = append(appendJSONString(s.buf, key), " : "...)
	s.buf, err = appendJSON(c, s.buf, argType(c, 2), a[2], false)
	return s, err
}

func jsonObjectAggFinal(_ *Call, a []Datum) (Datum, error) {
	if s, _ := a[0].(*jsonAgg); s != nil {
		return string(s.buf) + " }", nil
	}
	return nil, nil
}

// jsonbAgg is the state of jsonb_agg and jsonb_object_agg.
type jsonbAgg struct {
	keys           []string
	vals           []*JSONB
	strict, unique bool // of an object
}

func jsonbAggAdd(c *Call, a []Datum, strict bool) (Datum, error) {
	s, _ := a[0].(*jsonbAgg)
	if s == nil {
		s = &jsonbAgg{}
	}
	if a[1] == nil && strict {
		return s, nil
	}
	j, err := toJSONB(c, argType(c, 1), a[1])
	s.vals = append(s.vals, j)
	return s, err
}

func jsonbAggFinal(_ *Call, a []Datum) (Datum, error) {
	if s, _ := a[0].(*jsonbAgg); s != nil {
		return JSONBArray(s.vals[:len(s.vals):len(s.vals)]...), nil
	}
	return nil, nil
}

func jsonbObjectAggAdd(c *Call, a []Datum, strict, unique bool) (Datum, error) {
	s, _ := a[0].(*jsonbAgg)
	if s == nil {
		s = &jsonbAgg{strict: strict, unique: unique}
	}
	if a[1] == nil {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "field name must not be null")
	}
	if strict && a[2] == nil && !unique {
		return s, nil
	}
	key, err := jsonKey(c, argType(c, 1), a[1])
	if err != nil {
		return nil, err
	}
	j, err := toJSONB(c, argType(c, 2), a[2])
	s.keys, s.vals = append(s.keys, key), append(s.vals, j)
	return s, err
}

func jsonbObjectAggFinal(_ *Call, a []Datum) (Datum, error) {
	s, _ := a[0].(*jsonbAgg)
	if s == nil {
		return nil, nil
	}
	return membersOf(s.keys, s.vals, s.strict, s.unique)
}
