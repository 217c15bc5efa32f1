package adt

// jsonStripNulls prints a document without white space and without members that
// are null.
func jsonStripNulls(c *Call, s string) (string, error) {
	n, err := parseJSON(c.Env, s)
	if err != nil {
		return "", err
	}
	return string(n.strip(nil)), nil
}

func (n *jsonNode) strip(dst []byte) []byte {
	switch n.kind {
	case JSONString:
		return appendJSONString(dst, n.str)
	case JSONArray:
		dst = append(dst, '[')
		for i, v := range n.vals {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.strip(dst)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		some := false
		for i, v := range n.vals {
			if v.kind == JSONNull {
				continue
			}
			if some {
				dst = append(dst, ',')
			}
			some = true
			dst = v.strip(append(appendJSONString(dst, n.keys[i]), ':'))
		}
		return append(dst, '}')
	}
	return append(dst, n.raw...)
}

func jsonbStripNulls(j *JSONB) *JSONB {
	switch j.Kind {
	case JSONArray:
		out := make([]*JSONB, len(j.Vals))
		for i, v := range j.Vals {
			out[i] = jsonbStripNulls(v)
		}
		return JSONBArray(out...)
	case JSONObject:
		o := &JSONB{Kind: JSONObject}
		for i, v := range j.Vals {
			if v.Kind != JSONNull {
				o.Keys, o.Vals = append(o.Keys, j.Keys[i]), append(o.Vals, jsonbStripNulls(v))
			}
		}
		return o
	}
	return j
}

func jsonbPretty(j *JSONB) string { return string(j.pretty(nil, 0)) }

func (j *JSONB) pretty(dst []byte, level int) []byte {
	if j.scalar() {
		return j.Append(dst)
	}
	line := func(n int) {
		dst = append(dst, '\n')
		for range 4 * n {
			dst = append(dst, ' ')
		}
	}
	dst = append(dst, pick[byte](j.Kind == JSONArray, '[', '{'))
	for i, v := range j.Vals {
		if i > 0 {
			dst = append(dst, ',')
		}
		line(level + 1)
		if j.Kind == JSONObject {
			dst = append(appendJSONString(dst, j.Keys[i]), ": "...)
		}
		dst = v.pretty(dst, level+1)
	}
	line(level)
	return append(dst, pick[byte](j.Kind == JSONArray, ']', '}'))
}
