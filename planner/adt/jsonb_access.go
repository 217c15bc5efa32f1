package adt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Reading json and jsonb: ->, ->>, #>, #>>, keys, elements, containment
// (jsonfuncs.c, jsonb_op.c).

func jsonAccessFuncs() Funcs {
	return Funcs{
		"json_in":   In(func(c *Call, s string, _ int32) (string, error) { return s, checkJSON(c.Env, s) }),
		"json_out":  Out(textOut),
		"json_recv": Recv(jsonRecv),
		"json_send": Send(textSend),

		"json_object_field":      jsonGet(func(n *jsonNode, d Datum) *jsonNode { return n.get(d.(string)) }, false),
		"json_object_field_text": jsonGet(func(n *jsonNode, d Datum) *jsonNode { return n.get(d.(string)) }, true),
		"json_array_element":     jsonGet(func(n *jsonNode, d Datum) *jsonNode { return n.index(int(d.(int32))) }, false),
		"json_array_element_text": jsonGet(func(n *jsonNode, d Datum) *jsonNode {
			return n.index(int(d.(int32)))
		}, true),
		"json_extract_path":      Raw(func(c *Call, a []Datum) (Datum, error) { return jsonExtract(c, a, false) }),
		"json_extract_path_text": Raw(func(c *Call, a []Datum) (Datum, error) { return jsonExtract(c, a, true) }),
		"json_array_length":      C1(jsonArrayLength),
		"json_typeof":            F1(jsonTypeof),
		"json_strip_nulls":       C1(jsonStripNulls),

		"jsonb_object_field":       jsonbGet(func(j *JSONB, d Datum) *JSONB { return j.Get(d.(string)) }, false),
		"jsonb_object_field_text":  jsonbGet(func(j *JSONB, d Datum) *JSONB { return j.Get(d.(string)) }, true),
		"jsonb_array_element":      jsonbGet(func(j *JSONB, d Datum) *JSONB { return j.element(int(d.(int32))) }, false),
		"jsonb_array_element_text": jsonbGet(func(j *JSONB, d Datum) *JSONB { return j.element(int(d.(int32))) }, true),
		"jsonb_extract_path":       Raw(func(_ *Call, a []Datum) (Datum, error) { return jsonbExtract(a, false) }),
		"jsonb_extract_path_text":  Raw(func(_ *Call, a []Datum) (Datum, error) { return jsonbExtract(a, true) }),
		"jsonb_array_length":       F1(jsonbArrayLength),
		"jsonb_typeof":             P1(jsonbTypeof),
		"jsonb_strip_nulls":        P1(jsonbStripNulls),
		"jsonb_pretty":             C1(jsonbPretty),

		"jsonb_exists":     P2(jsonbExists),
		"jsonb_exists_any": C2(func(c *Call, j *JSONB, a *Array) (bool, error) { return jsonbExistsUntil(c, j, a, true) }),
		"jsonb_exists_all": C2(func(c *Call, j *JSONB, a *Array) (bool, error) {
			missing, err := jsonbExistsUntil(c, j, a, false)
			return !missing, err
		}),
		"jsonb_contains":  C2(jsonbContains),
		"jsonb_contained": C2(func(c *Call, a, b *JSONB) (bool, error) { return jsonbContains(c, b, a) }),

		"json_object_keys":  Set(func(c *Call, a []Datum) seq { return jsonObjectKeys(c, a[0].(string)) }),
		"jsonb_object_keys": Set(func(_ *Call, a []Datum) seq { return jsonbObjectKeys(a[0].(*JSONB)) }),
		"json_each":         Set(func(c *Call, a []Datum) seq { return jsonEach(c, a[0].(string), false) }),
		"json_each_text":    Set(func(c *Call, a []Datum) seq { return jsonEach(c, a[0].(string), true) }),
		"jsonb_each":        Set(func(c *Call, a []Datum) seq { return jsonbEach(c, a[0].(*JSONB), false) }),
		"jsonb_each_text":   Set(func(c *Call, a []Datum) seq { return jsonbEach(c, a[0].(*JSONB), true) }),
		"json_array_elements": Set(func(c *Call, a []Datum) seq {
			return jsonElements(c, "json_array_elements", a[0].(string), false)
		}),
		"json_array_elements_text": Set(func(c *Call, a []Datum) seq {
			return jsonElements(c, "json_array_elements_text", a[0].(string), true)
		}),
		"jsonb_array_elements":      Set(func(_ *Call, a []Datum) seq { return jsonbElements(a[0].(*JSONB), false) }),
		"jsonb_array_elements_text": Set(func(_ *Call, a []Datum) seq { return jsonbElements(a[0].(*JSONB), true) }),

		"jsonb_bool":    F1(func(j *JSONB) (bool, error) { return jsonbBool(j) }),
		"jsonb_numeric": F1(func(j *JSONB) (*Numeric, error) { return jsonbNumber(j, "numeric") }),
		"jsonb_int2":    jsonbCast("int2", "smallint", Int2OID),
		"jsonb_int4":    jsonbCast("int4", "integer", Int4OID),
		"jsonb_int8":    jsonbCast("int8", "bigint", 20),
		"jsonb_float4":  jsonbCast("float4", "real", 700),
		"jsonb_float8":  jsonbCast("float8", "double precision", 701),
	}
}

func jsonRecv(c *Call, b []byte, _ int32) (string, error) {
	s, err := textRecv(c, b, -1)
	if err != nil {
		return "", err
	}
	return s, checkJSON(c.Env, s)
}

// get finds a member of an object; of equal keys the last one.
func (n *jsonNode) get(key string) *jsonNode {
	if n.kind != JSONObject {
		return nil
	}
	for i := len(n.keys) - 1; i >= 0; i-- {
		if n.keys[i] == key {
			return n.vals[i]
		}
	}
	return nil
}

func (n *jsonNode) index(i int) *jsonNode {
	if n.kind != JSONArray {
		return nil
	}
	if i < 0 {
		i += len(n.vals)
	}
	if i < 0 || i >= len(n.vals) {
		return nil
	}
	return n.vals[i]
}

// datum gives a node as json, or as text: strings bare, null as NULL.
func (n *jsonNode) datum(text bool) Datum {
	switch {
	case n == nil, text && n.kind == JSONNull:
		return nil
	case text && n.kind == JSONString:
		return n.str
	}
	return n.raw
}

// datum gives a value as jsonb, or as text: strings bare, null as NULL.
func (j *JSONB) datum(text bool) Datum {
	switch {
	case j == nil, text && j.Kind == JSONNull:
		return nil
	case text:
		return j.text()
	}
	return j
}

func jsonGet(step func(n *jsonNode, d Datum) *jsonNode, text bool) Func {
	return Raw(func(c *Call, a []Datum) (Datum, error) {
		n, err := parseJSON(c.Env, a[0].(string))
		if err != nil {
			return nil, err
		}
		return step(n, a[1]).datum(text), nil
	})
}

func jsonbGet(step func(j *JSONB, d Datum) *JSONB, text bool) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) { return step(a[0].(*JSONB), a[1]).datum(text), nil })
}

// element is ->: a scalar at the root counts as an array of itself, as it is
// stored.
func (j *JSONB) element(i int) *JSONB {
	if j.scalar() {
		j = JSONBArray(j)
	}
	return j.Index(i)
}

// jsonIndex reads a path element as an array subscript, as strtoint does.
func jsonIndex(s string) (int, bool) {
	t := strings.TrimLeft(s, " \t\n\v\f\r")
	t = strings.TrimPrefix(t, "+")
	if t == "" || t[0] == '+' || t[0] == '-' && len(s) > 0 && strings.HasPrefix(strings.TrimLeft(s, " \t\n\v\f\r"), "+") {
		return 0, false
	}
	i, err := strconv.ParseInt(t, 10, 32)
	return int(i), err == nil
}

func jsonExtract(c *Call, a []Datum, text bool) (Datum, error) {
	path := a[1].(*Array)
	n, err := parseJSON(c.Env, a[0].(string))
	if err != nil {
		return nil, err
	}
	if slices.Contains(path.Values, nil) {
		return nil, nil
	}
	if n = n.at(path.Values); n == nil {
		return nil, nil
	}
	return n.datum(text), nil
}

// at gives what a path leads to: of the members of one name the last that goes on as the path
// does (get_object_field_start).
func (n *jsonNode) at(path []Datum) *jsonNode {
	if len(path) == 0 {
		return n
	}
	switch n.kind {
	case JSONObject:
		for i := len(n.keys) - 1; i >= 0; i-- {
			if n.keys[i] == path[0].(string) {
				if found := n.vals[i].at(path[1:]); found != nil {
					return found
				}
			}
		}
	case JSONArray:
		if i, ok := jsonIndex(path[0].(string)); ok {
			if e := n.index(i); e != nil {
				return e.at(path[1:])
			}
		}
	}
	return nil
}

func jsonbExtract(a []Datum, text bool) (Datum, error) {
	j, path := a[0].(*JSONB), a[1].(*Array)
	for _, p := range path.Values {
		if p == nil {
			return nil, nil
		}
		switch j.Kind {
		case JSONObject:
			j = j.Get(p.(string))
		case JSONArray:
			i, ok := jsonIndex(p.(string))
			if !ok {
				return nil, nil
			}
			j = j.Index(i)
		default:
			return nil, nil
		}
		if j == nil {
			return nil, nil
		}
	}
	return j.datum(text), nil
}

func errJSONParam(format string, args ...any) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, format, args...)
}

func jsonArrayLength(c *Call, s string) (int32, error) {
	n, err := parseJSON(c.Env, s)
	switch {
	case err != nil:
		return 0, err
	case n.kind == JSONArray:
		return int32(len(n.vals)), nil
	case n.kind == JSONObject:
		return 0, errJSONParam("cannot get array length of a non-array")
	}
	return 0, errJSONParam("cannot get array length of a scalar")
}

func jsonbArrayLength(j *JSONB) (int32, error) {
	switch {
	case j.Kind == JSONArray:
		return int32(len(j.Vals)), nil
	case j.scalar():
		return 0, errJSONParam("cannot get array length of a scalar")
	}
	return 0, errJSONParam("cannot get array length of a non-array")
}

func (k JSONKind) String() string {
	return [...]string{"null", "string", "number", "boolean", "array", "object"}[k]
}

// jsonTypeof looks at the first token alone.
func jsonTypeof(s string) (string, error) {
	l := jsonLex{src: s, line: 1}
	if err := l.next(); err != nil {
		return "", err
	}
	switch l.tok {
	case jsonString:
		return "string", nil
	case jsonNumber:
		return "number", nil
	case jsonTrue, jsonFalse:
		return "boolean", nil
	case jsonNull:
		return "null", nil
	}
	return pick(l.punct == '{', "object", "array"), nil
}

func jsonbTypeof(j *JSONB) string { return j.Kind.String() }

// jsonbExistsUntil tells whether for one of keys it is so that it exists, or that
// it does not.
func jsonbExistsUntil(c *Call, j *JSONB, keys *Array, exists bool) (bool, error) {
	work := c.work()
	for _, k := range keys.Values {
		if k != nil && jsonbExists(j, k.(string)) == exists {
			return true, nil
		}
		if err := work.done(20 + 4*len(j.Vals)); err != nil {
			return false, err
		}
	}
	return false, nil
}
