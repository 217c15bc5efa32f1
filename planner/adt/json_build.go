package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Constructors of json and jsonb, and their aggregates (json.c, jsonb.c).

func jsonBuildFuncs() Funcs {
	f := Funcs{
		"to_json": Raw(func(c *Call, a []Datum) (Datum, error) { return jsonText(appendJSON(c, nil, c.Args[0], a[0])) }),
		"to_jsonb": Raw(func(c *Call, a []Datum) (Datum, error) {
			return box(toJSONB(c, c.Args[0], a[0]))
		}),
		"array_to_json":        C1(func(c *Call, a *Array) (string, error) { return jsonText2(appendJSONArray(c, nil, a, false)) }),
		"array_to_json_pretty": C2(func(c *Call, a *Array, p bool) (string, error) { return jsonText2(appendJSONArray(c, nil, a, p)) }),
		"row_to_json":          C1(func(c *Call, r *Record) (string, error) { return jsonText2(appendJSONRecord(c, nil, r, false)) }),
		"row_to_json_pretty":   C2(func(c *Call, r *Record, p bool) (string, error) { return jsonText2(appendJSONRecord(c, nil, r, p)) }),

		"json_build_array":         variadicJSON(BuildJSONArray),
		"json_build_array_noargs":  Raw(func(*Call, []Datum) (Datum, error) { return "[]", nil }),
		"json_build_object":        variadicJSON(BuildJSONObject),
		"json_build_object_noargs": Raw(func(*Call, []Datum) (Datum, error) { return "{}", nil }),
		"jsonb_build_array":        variadicJSON(BuildJSONBArray),
		"jsonb_build_array_noargs": Raw(func(*Call, []Datum) (Datum, error) { return JSONBArray(), nil }),
		"jsonb_build_object":       variadicJSON(BuildJSONBObject),
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
		name  string
		rules JSONRules
	}{
		{"", JSONRules{}},
		{"strict_", JSONRules{AbsentOnNull: true}},
		{"unique_", JSONRules{UniqueKeys: true}},
		{"unique_strict_", JSONRules{AbsentOnNull: true, UniqueKeys: true}},
	} {
		f["json_object_agg_"+v.name+"transfn"] = Raw(func(c *Call, a []Datum) (Datum, error) {
			return jsonObjectAggAdd(c, a, v.rules)
		})
		f["jsonb_object_agg_"+v.name+"transfn"] = Raw(func(c *Call, a []Datum) (Datum, error) {
			return jsonbObjectAggAdd(c, a, v.rules)
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

// JSONRules are the clauses of JSON_ARRAY, JSON_OBJECT and their aggregates.
type JSONRules struct {
	AbsentOnNull bool // what is NULL is left out
	UniqueKeys   bool // equal keys fail
}

// JSONBuilder makes json or jsonb of values with their types.
type JSONBuilder func(c *Call, vals []Datum, typ func(i int) OID, rules JSONRules) (Datum, error)

// variadicJSON is a routine that builds of its arguments.
func variadicJSON(build JSONBuilder) Func {
	return Raw(func(c *Call, a []Datum) (Datum, error) {
		vals, typ, ok := variadicArgs(c, a, 0)
		if !ok {
			return nil, nil
		}
		return build(c, vals, typ, JSONRules{})
	})
}

// BuildJSONArray is a JSONBuilder: json_build_array_worker and JSON_ARRAY().
func BuildJSONArray(c *Call, vals []Datum, typ func(i int) OID, rules JSONRules) (Datum, error) {
	dst := []byte{'['}
	some := false
	for i, v := range vals {
		if v == nil && rules.AbsentOnNull {
			continue
		}
		if some {
			dst = append(dst, ", "...)
		}
		some = true
		var err error
		if dst, err = appendJSON(c, dst, typ(i), v); err != nil {
			return nil, err
		}
	}
	return string(append(dst, ']')), nil
}

func errOddArgs(fn string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "argument list must have even number of elements").
		Hintf("The arguments of %s must consist of alternating keys and values.", fn)
}

func errDuplicateKey(key string) error {
	return pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value: %s", string(appendJSONString(nil, key)))
}

// BuildJSONObject is a JSONBuilder: json_build_object_worker and JSON_OBJECT() over
// alternating keys and values.
func BuildJSONObject(c *Call, vals []Datum, typ func(i int) OID, rules JSONRules) (Datum, error) {
	if len(vals)%2 != 0 {
		return nil, errOddArgs("json_build_object()")
	}
	seen := map[string]bool{}
	dst := []byte{'{'}
	some := false
	for i := 0; i < len(vals); i += 2 {
		if rules.AbsentOnNull && !rules.UniqueKeys && vals[i+1] == nil {
			continue
		}
		if vals[i] == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
		}
		key, err := jsonKey(c, typ(i), vals[i])
		if err != nil {
			return nil, err
		}
		if rules.UniqueKeys {
			if seen[key] {
				return nil, errDuplicateKey(key)
			}
			seen[key] = true
		}
		if rules.AbsentOnNull && vals[i+1] == nil {
			continue
		}
		if some {
			dst = append(dst, ", "...)
		}
		some = true
		dst = append(appendJSONString(dst, key), " : "...)
		if dst, err = appendJSON(c, dst, typ(i+1), vals[i+1]); err != nil {
			return nil, err
		}
	}
	return string(append(dst, '}')), nil
}

// BuildJSONBArray is BuildJSONArray for jsonb.
func BuildJSONBArray(c *Call, vals []Datum, typ func(i int) OID, rules JSONRules) (Datum, error) {
	out := make([]*JSONB, 0, len(vals))
	for i, v := range vals {
		if v == nil && rules.AbsentOnNull {
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

// BuildJSONBObject is BuildJSONObject for jsonb.
func BuildJSONBObject(c *Call, vals []Datum, typ func(i int) OID, rules JSONRules) (Datum, error) {
	if len(vals)%2 != 0 {
		return nil, errOddArgs("jsonb_build_object()")
	}
	o := newJSONBObject(len(vals) / 2)
	for i := 0; i < len(vals); i += 2 {
		if vals[i] == nil {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "argument %d: key must not be null", i+1)
		}
		if rules.AbsentOnNull && !rules.UniqueKeys && vals[i+1] == nil {
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
	if rules != (JSONRules{}) {
		return membersOf(o.Keys, o.Vals, rules)
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
func membersOf(keys []string, vals []*JSONB, rules JSONRules) (Datum, error) {
	var k []string
	var v []*JSONB
	seen := map[string]bool{}
	for i, key := range keys {
		if rules.UniqueKeys && seen[key] {
			return nil, pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value")
		}
		seen[key] = rules.UniqueKeys
		if !rules.AbsentOnNull || vals[i].Kind != JSONNull {
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
