package adt

// jsonbExists is the operator ?: a key, a string element, or the string itself.
func jsonbExists(j *JSONB, key string) bool {
	switch j.Kind {
	case JSONObject:
		return j.Get(key) != nil
	case JSONArray:
		for _, v := range j.Vals {
			if v.Kind == JSONString && v.Str == key {
				return true
			}
		}
	case JSONString:
		return j.Str == key
	}
	return false
}

// jsonbContains is JsonbDeepContains, with its exception that an array contains
// a bare scalar.
func jsonbContains(c *Call, a, b *JSONB) (bool, error) {
	if a.Kind == JSONArray && b.scalar() {
		b = JSONBArray(b)
	}
	if a.scalar() && b.Kind == JSONArray || a.Kind != b.Kind {
		return false, nil
	}
	w := c.work()
	return deepContains(a, b, &w)
}

func deepContains(a, b *JSONB, w *work) (bool, error) {
	if err := w.done(16); err != nil {
		return false, err
	}
	if a.Kind != b.Kind {
		return false, nil
	}
	switch a.Kind {
	case JSONObject:
		if len(a.Vals) < len(b.Vals) {
			return false, nil
		}
		for i, v := range b.Vals {
			u := a.Get(b.Keys[i])
			if u == nil {
				return false, nil
			}
			if ok, err := deepContains(u, v, w); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	case JSONArray:
		for _, v := range b.Vals {
			found := false
			for _, u := range a.Vals {
				var err error
				if found, err = deepContains(u, v, w); err != nil {
					return false, err
				}
				if found {
					break
				}
			}
			if !found {
				return false, nil
			}
		}
		return true, nil
	}
	return compareJSONB(a, b, false) == 0, nil
}
