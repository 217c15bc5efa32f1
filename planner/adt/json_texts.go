package adt

// JSONParts tells what JSONTexts gives of a document.
type JSONParts uint8

// The parts of a document (JsonToIndex).
const (
	JSONKeys JSONParts = 1 << iota
	JSONStrings
	JSONNumbers
	JSONBools
)

// JSONTexts gives f the texts of parts of a json (string) or jsonb value, in
// order (iterate_json_values, iterate_jsonb_values).
func JSONTexts(d Datum, parts JSONParts, f func(string) error) error {
	if j, ok := d.(*JSONB); ok {
		return j.texts(parts, f)
	}
	n, err := parseJSON(nil, d.(string))
	if err != nil {
		return err
	}
	return n.texts(parts, f)
}

// jsonPart gives a scalar's part and text.
func jsonPart(kind JSONKind, str string, number, boolean func() string) (JSONParts, string) {
	switch kind {
	case JSONString:
		return JSONStrings, str
	case JSONNumber:
		return JSONNumbers, number()
	case JSONBool:
		return JSONBools, boolean()
	}
	return 0, ""
}

func (j *JSONB) texts(parts JSONParts, f func(string) error) error {
	for i, v := range j.Vals {
		if j.Kind == JSONObject && parts&JSONKeys != 0 {
			if err := f(j.Keys[i]); err != nil {
				return err
			}
		}
		if err := v.texts(parts, f); err != nil {
			return err
		}
	}
	part, text := jsonPart(j.Kind, j.Str, func() string { return j.Num.String() }, func() string { return pick(j.Bool, "true", "false") })
	if parts&part == 0 {
		return nil
	}
	return f(text)
}

func (n *jsonNode) texts(parts JSONParts, f func(string) error) error {
	for i, v := range n.vals {
		if n.kind == JSONObject && parts&JSONKeys != 0 {
			if err := f(n.keys[i]); err != nil {
				return err
			}
		}
		if err := v.texts(parts, f); err != nil {
			return err
		}
	}
	raw := func() string { return n.raw }
	part, text := jsonPart(n.kind, n.str, raw, raw)
	if parts&part == 0 {
		return nil
	}
	return f(text)
}

// MapJSONStrings gives a json or jsonb value with its strings, but no keys,
// passed through f (transform_json_string_values, transform_jsonb_string_values).
func MapJSONStrings(d Datum, f func(string) (string, error)) (Datum, error) {
	if j, ok := d.(*JSONB); ok {
		return j.mapStrings(f)
	}
	n, err := parseJSON(nil, d.(string))
	if err != nil {
		return nil, err
	}
	b, err := n.mapStrings(nil, f)
	return textFrom(b), err
}

func (j *JSONB) mapStrings(f func(string) (string, error)) (*JSONB, error) {
	switch j.Kind {
	case JSONString:
		s, err := f(j.Str)
		return JSONBString(s), err
	case JSONArray, JSONObject:
		out := &JSONB{Kind: j.Kind, Keys: j.Keys, Vals: make([]*JSONB, len(j.Vals))}
		for i, v := range j.Vals {
			var err error
			if out.Vals[i], err = v.mapStrings(f); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return j, nil
}

func (n *jsonNode) mapStrings(dst []byte, f func(string) (string, error)) ([]byte, error) {
	switch n.kind {
	case JSONString:
		s, err := f(n.str)
		return appendJSONString(dst, s), err
	case JSONArray, JSONObject:
		object := n.kind == JSONObject
		dst = append(dst, pick[byte](object, '{', '['))
		for i, v := range n.vals {
			if i > 0 {
				dst = append(dst, ',')
			}
			if object {
				dst = append(appendJSONString(dst, n.keys[i]), ':')
			}
			var err error
			if dst, err = v.mapStrings(dst, f); err != nil {
				return nil, err
			}
		}
		return append(dst, pick[byte](object, '}', ']')), nil
	}
	return append(dst, n.raw...), nil
}
