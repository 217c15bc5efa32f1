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

func jsonbPretty(c *Call, j *JSONB) (string, error) {
	w := c.work()
	b, err := j.pretty(nil, 0, &w)
	return textFrom(b), err
}

func (j *JSONB) pretty(dst []byte, level int, w *work) ([]byte, error) {
	if err := w.grown(16+8*level, len(dst)); err != nil {
		return nil, err
	}
	if j.scalar() {
		return j.append(dst, w)
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
		var err error
		if dst, err = v.pretty(dst, level+1, w); err != nil {
			return nil, err
		}
	}
	line(level)
	return append(dst, pick[byte](j.Kind == JSONArray, ']', '}')), nil
}
