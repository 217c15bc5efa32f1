package adt

import (
	"errors"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Turning SQL values into JSON: datum_to_json and datum_to_jsonb (json.c,
// jsonb.c), with json_categorize_type's rules.

type jsonCategory uint8

const (
	jsonAsText jsonCategory = iota // any type: its text, quoted
	jsonAsBool
	jsonAsNumber
	jsonAsDate
	jsonAsTimestamp
	jsonAsTimestampTZ
	jsonAsJSON
	jsonAsJSONB
	jsonAsArray
	jsonAsComposite
)

// jsonCategoryOf is json_categorize_type. No type of this server has a cast to
// json of its own.
func jsonCategoryOf(c *Call, oid OID) (jsonCategory, *Type, error) {
	t, err := baseTypeOf(c, oid)
	if err != nil {
		return 0, nil, err
	}
	switch t.OID {
	case BoolOID:
		return jsonAsBool, t, nil
	case Int2OID, Int4OID, Int8OID, Float4OID, Float8OID, NumericOID:
		return jsonAsNumber, t, nil
	case DateOID:
		return jsonAsDate, t, nil
	case TimestampOID:
		return jsonAsTimestamp, t, nil
	case TimestamptzOID:
		return jsonAsTimestampTZ, t, nil
	case JSONOID:
		return jsonAsJSON, t, nil
	case JSONBOID:
		return jsonAsJSONB, t, nil
	case RecordOID:
		return jsonAsComposite, t, nil
	}
	switch {
	case t.IsArray, t.OID == 22, t.OID == 30, t.OID == 2277, t.OID == 5078:
		return jsonAsArray, t, nil
	case t.Kind == 'c':
		return jsonAsComposite, t, nil
	}
	return jsonAsText, t, nil
}

// isoText gives a date or timestamp in the XSD form that JSON has it in,
// whatever DateStyle.
func isoText(c *Call, dst []byte, typ OID, v Datum) ([]byte, error) {
	env := c.Env
	if env == nil {
		env = &Env{}
	}
	style, from := env.DateStyle, len(dst)
	env.DateStyle = DateISO
	dst, err := appendOutput(c, dst, typ, v)
	env.DateStyle = style
	if err != nil {
		return dst, err
	}
	for i := from; i < len(dst); i++ {
		if dst[i] == ' ' { // the first blank is between date and time, but for BC
			if i+1 < len(dst) && dst[i+1] >= '0' && dst[i+1] <= '9' {
				dst[i] = 'T'
			}
			break
		}
	}
	if typ != 1184 && typ != 1266 {
		return dst, nil
	}
	// XSD wants minutes in every zone.
	end := len(dst)
	suffix := ""
	if end-from > 3 && string(dst[end-3:]) == " BC" {
		suffix = " BC"
		end -= 3
	}
	if end-from > 3 && (dst[end-3] == '+' || dst[end-3] == '-') && (typ == TimetzOID || !isoDate(dst[from:end])) {
		dst = append(append(dst[:end:end], ":00"...), suffix...)
	}
	return dst, nil
}

// isoDate tells that there is no time in b.
func isoDate(b []byte) bool {
	for _, c := range b {
		if c == 'T' {
			return false
		}
	}
	return true
}

// validJSONNumber is IsValidJsonNumber for what numeric types print: NaN and the
// infinities are not.
func validJSONNumber(b []byte) bool {
	c := b[len(b)-1]
	return isDigit(c)
}

// appendJSON appends a value as json.
func appendJSON(c *Call, dst []byte, typ OID, v Datum) ([]byte, error) {
	if v == nil {
		return append(dst, "null"...), nil
	}
	switch v := v.(type) {
	case int32:
		if typ == Int4OID {
			return strconv.AppendInt(dst, int64(v), 10), nil
		}
	case bool:
		return append(dst, pick(v, "true", "false")...), nil
	}
	cat, t, err := jsonCategoryOf(c, typ)
	if err != nil {
		return dst, err
	}
	switch cat {
	case jsonAsArray:
		return appendJSONArray(c, dst, v.(*Array), false)
	case jsonAsComposite:
		return appendJSONRecord(c, dst, v.(*Record), false)
	case jsonAsNumber:
		from := len(dst)
		if dst, err = appendOutput(c, dst, t.OID, v); err == nil && !validJSONNumber(dst) {
			return appendJSONString(dst[:from], string(dst[from:])), nil
		}
		return dst, err
	case jsonAsDate, jsonAsTimestamp, jsonAsTimestampTZ:
		dst, err = isoText(c, append(dst, '"'), t.OID, v)
		return append(dst, '"'), err
	case jsonAsJSON:
		return append(dst, v.(string)...), nil
	case jsonAsJSONB:
		return jsonbOut(c, dst, v.(*JSONB))
	}
	s, err := outputText(c, t.OID, v)
	if err == nil && len(s) > 1<<16 {
		err = errors.Join(c.Env.Interrupted(), c.Env.Room(int64(len(dst)+jsonStringSize(s))))
	}
	if err != nil {
		return dst, err
	}
	return appendJSONString(dst, s), nil
}

func appendJSONArray(c *Call, dst []byte, a *Array, pretty bool) ([]byte, error) {
	if len(a.Values) == 0 {
		return append(dst, "[]"...), nil
	}
	next, w := 0, c.work()
	var level func(d int) error
	level = func(d int) error {
		dst = append(dst, '[')
		for i := range a.Dims[d].Len {
			if i > 0 {
				dst = append(dst, ',')
				if pretty && d == 0 {
					dst = append(dst, "\n "...)
				}
			}
			var err error
			if d < len(a.Dims)-1 {
				err = level(d + 1)
			} else {
				from := len(dst)
				dst, err = appendJSON(c, dst, a.Elem, a.Values[next])
				next++
				if err == nil {
					err = w.grown(64+len(dst)-from, len(dst))
				}
			}
			if err != nil {
				return err
			}
		}
		dst = append(dst, ']')
		return nil
	}
	err := level(0)
	return dst, err
}

func appendJSONRecord(c *Call, dst []byte, r *Record, pretty bool) ([]byte, error) {
	dst = append(dst, '{')
	for n, i := range r.Desc.live() {
		if n > 0 {
			dst = append(dst, ',')
			if pretty {
				dst = append(dst, "\n "...)
			}
		}
		f := r.Desc.Fields[i]
		dst = append(appendJSONString(dst, f.Name), ':')
		var err error
		if dst, err = appendJSON(c, dst, f.Type, r.Values[i]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// toJSONB makes a jsonb of a value.
func toJSONB(c *Call, typ OID, v Datum) (*JSONB, error) {
	if v == nil {
		return jsonbNull, nil
	}
	cat, t, err := jsonCategoryOf(c, typ)
	if err != nil {
		return nil, err
	}
	switch cat {
	case jsonAsBool:
		return JSONBBool(v.(bool)), nil
	case jsonAsArray:
		return arrayToJSONB(c, v.(*Array))
	case jsonAsComposite:
		return recordToJSONB(c, v.(*Record))
	case jsonAsNumber:
		s, err := outputText(c, t.OID, v)
		if err != nil {
			return nil, err
		}
		if !validJSONNumber([]byte(s)) {
			return JSONBString(s), nil
		}
		n, err := parseNumeric(s)
		return JSONBNumber(n), err
	case jsonAsDate, jsonAsTimestamp, jsonAsTimestampTZ:
		b, err := isoText(c, nil, t.OID, v)
		return JSONBString(string(b)), err
	case jsonAsJSON:
		return parseJSONB(c.Env, v.(string))
	case jsonAsJSONB:
		return v.(*JSONB), nil
	}
	s, err := outputText(c, t.OID, v)
	return JSONBString(s), err
}

func arrayToJSONB(c *Call, a *Array) (*JSONB, error) {
	if len(a.Values) == 0 {
		return JSONBArray(), nil
	}
	next := 0
	var level func(d int) (*JSONB, error)
	level = func(d int) (*JSONB, error) {
		vals := make([]*JSONB, a.Dims[d].Len)
		for i := range vals {
			var err error
			if d < len(a.Dims)-1 {
				vals[i], err = level(d + 1)
			} else {
				vals[i], err = toJSONB(c, a.Elem, a.Values[next])
				next++
			}
			if err != nil {
				return nil, err
			}
		}
		return JSONBArray(vals...), nil
	}
	return level(0)
}

func recordToJSONB(c *Call, r *Record) (*JSONB, error) {
	var keys []string
	var vals []*JSONB
	for _, i := range r.Desc.live() {
		f := r.Desc.Fields[i]
		v, err := toJSONB(c, f.Type, r.Values[i])
		if err != nil {
			return nil, err
		}
		keys, vals = append(keys, f.Name), append(vals, v)
	}
	return JSONBObject(keys, vals), nil
}

// jsonKey gives a value's text as an object key; containers can't be keys.
func jsonKey(c *Call, typ OID, v Datum) (string, error) {
	cat, t, err := jsonCategoryOf(c, typ)
	if err != nil {
		return "", err
	}
	switch cat {
	case jsonAsBool:
		return pick(v.(bool), "true", "false"), nil
	case jsonAsDate, jsonAsTimestamp, jsonAsTimestampTZ:
		b, err := isoText(c, nil, t.OID, v)
		return string(b), err
	case jsonAsArray, jsonAsComposite, jsonAsJSON, jsonAsJSONB:
		return "", errJSONKeyScalar()
	}
	return outputText(c, t.OID, v)
}

func errJSONKeyScalar() error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
}
