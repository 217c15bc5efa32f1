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
func jsonbContains(a, b *JSONB) bool {
	if a.Kind == JSONArray && b.scalar() {
		b = JSONBArray(b)
	}
	if a.scalar() && b.Kind == JSONArray || a.Kind != b.Kind {
		return false
	}
	return deepContains(a, b)
}

func deepContains(a, b *JSONB) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case JSONObject:
		if len(a.Vals) < len(b.Vals) {
			return false
		}
		for i, v := range b.Vals {
			u := a.Get(b.Keys[i])
			if u == nil || !deepContains(u, v) {
				return false
			}
		}
		return true
	case JSONArray:
		for _, v := range b.Vals {
			found := false
			for _, u := range a.Vals {
				if deepContains(u, v) {
					found = true
					break
				}
			}
			if !found {
				return false
			}
		}
		return true
	}
	return compareJSONB(a, b, false) == 0
}
