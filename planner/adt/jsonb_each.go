package adt

// fail is a sequence that only fails.
func failSeq(err error) seq { return func(yield func(Datum, error) bool) { yield(nil, err) } }

func jsonObjectKeys(c *Call, s string) seq {
	n, err := parseJSON(c.Env, s)
	switch {
	case err != nil:
		return failSeq(err)
	case n.kind == JSONArray:
		return failSeq(errJSONParam("cannot call %s on an array", "json_object_keys"))
	case n.kind != JSONObject:
		return failSeq(errJSONParam("cannot call %s on a scalar", "json_object_keys"))
	}
	return stringSeq(n.keys)
}

func jsonbObjectKeys(j *JSONB) seq {
	switch {
	case j.Kind == JSONArray:
		return failSeq(errJSONParam("cannot call %s on an array", "jsonb_object_keys"))
	case j.scalar():
		return failSeq(errJSONParam("cannot call %s on a scalar", "jsonb_object_keys"))
	}
	return stringSeq(j.Keys)
}

func stringSeq(list []string) seq {
	return func(yield func(Datum, error) bool) {
		for _, s := range list {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func eachDesc(value OID) *RowDesc {
	return &RowDesc{Type: RecordOID, Fields: []Field{
		{Name: "key", Type: TextOID, Typmod: -1}, {Name: "value", Type: value, Typmod: -1},
	}}
}

// The rows of json_each and its kin.
var (
	eachText  = eachDesc(TextOID)
	eachJSON  = eachDesc(JSONOID)
	eachJSONB = eachDesc(JSONBOID)
)

// pair makes a row of two columns, in one piece.
func pair(desc *RowDesc, a, b Datum) *Record {
	r := &struct {
		Record
		vals [2]Datum
	}{vals: [2]Datum{a, b}}
	r.Desc, r.Values = desc, r.vals[:]
	return &r.Record
}

func jsonEach(c *Call, s string, text bool) seq {
	n, err := parseJSON(c.Env, s)
	switch {
	case err != nil:
		return failSeq(err)
	case n.kind == JSONArray:
		return failSeq(errJSONParam("cannot deconstruct an array as an object"))
	case n.kind != JSONObject:
		return failSeq(errJSONParam("cannot deconstruct a scalar"))
	}
	desc := pick(text, eachText, eachJSON)
	return func(yield func(Datum, error) bool) {
		for i, v := range n.vals {
			if !yield(&Record{Desc: desc, Values: Row{n.keys[i], v.datum(text)}}, nil) {
				return
			}
		}
	}
}

func jsonbEach(c *Call, j *JSONB, text bool) seq {
	if j.Kind != JSONObject {
		return failSeq(errJSONParam("cannot call %s on a non-object", pick(text, "jsonb_each_text", "jsonb_each")))
	}
	desc := pick(text, eachText, eachJSONB)
	return func(yield func(Datum, error) bool) {
		var r *Record
		for i, v := range j.Vals {
			if r == nil || !c.Apart {
				r = pair(desc, nil, nil)
			}
			r.Values[0], r.Values[1] = j.Keys[i], v.datum(text)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func jsonElements(c *Call, fn, s string, text bool) seq {
	n, err := parseJSON(c.Env, s)
	switch {
	case err != nil:
		return failSeq(err)
	case n.kind == JSONObject:
		return failSeq(errJSONParam("cannot call %s on a non-array", fn))
	case n.kind != JSONArray:
		return failSeq(errJSONParam("cannot call %s on a scalar", fn))
	}
	return func(yield func(Datum, error) bool) {
		for _, v := range n.vals {
			if !yield(v.datum(text), nil) {
				return
			}
		}
	}
}

func jsonbElements(j *JSONB, text bool) seq {
	switch {
	case j.scalar():
		return failSeq(errJSONParam("cannot extract elements from a scalar"))
	case j.Kind != JSONArray:
		return failSeq(errJSONParam("cannot extract elements from an object"))
	}
	return func(yield func(Datum, error) bool) {
		for _, v := range j.Vals {
			if !yield(v.datum(text), nil) {
				return
			}
		}
	}
}
