package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

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
	return TextOID
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
	s.buf, err = appendJSON(c, s.buf, typ, a[1])
	return s, err
}

func jsonAggFinal(_ *Call, a []Datum) (Datum, error) {
	if s, _ := a[0].(*jsonAgg); s != nil {
		return string(s.buf) + "]", nil
	}
	return nil, nil
}

func jsonObjectAggAdd(c *Call, a []Datum, rules JSONRules) (Datum, error) {
	s, _ := a[0].(*jsonAgg)
	if s == nil {
		s = &jsonAgg{buf: []byte("{ "), seen: map[string]bool{}}
	}
	if a[1] == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
	}
	skip := rules.AbsentOnNull && a[2] == nil
	if skip && !rules.UniqueKeys {
		return s, nil
	}
	key, err := jsonKey(c, argType(c, 1), a[1])
	if err != nil {
		return nil, err
	}
	if rules.UniqueKeys {
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
	s.buf, err = appendJSON(c, s.buf, argType(c, 2), a[2])
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
	keys  []string
	vals  []*JSONB
	rules JSONRules // of an object
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

func jsonbObjectAggAdd(c *Call, a []Datum, rules JSONRules) (Datum, error) {
	s, _ := a[0].(*jsonbAgg)
	if s == nil {
		s = &jsonbAgg{rules: rules}
	}
	if a[1] == nil {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "field name must not be null")
	}
	if rules.AbsentOnNull && a[2] == nil && !rules.UniqueKeys {
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
	return membersOf(s.keys, s.vals, s.rules)
}
