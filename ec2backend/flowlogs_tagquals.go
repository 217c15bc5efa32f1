package ec2backend

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// takeTag serves a qual on tags ->> key.
func (s *flowLogScan) takeTag(q fdw.Qual, late int) (fdw.Served, string) {
	if q.Column != colTags {
		return fdw.No, "only ->> on tags has a filter"
	}
	if q.Op == fdw.OpNotNull {
		return s.takeKeys([]string{*q.Key})
	}
	served, why := fdw.No, "a filter's name cannot hold the tag's key"
	if name, ok := tagFilter(*q.Key); ok {
		served, why = s.takeFilter(q, late, condition{col: colTags, key: *q.Key, filter: name, late: -1})
	}
	if served != fdw.No || q.Op == fdw.OpIsNull || why == "" {
		return served, why
	}
	// Whatever its value is, the tag has to be there.
	if k, _ := s.takeKeys([]string{*q.Key}); k != fdw.No {
		return fdw.Inexact, ""
	}
	return served, why
}

// takeKeys serves a condition that one of some tags is there. A request holds the filter
// tag-key once; further tags are asked for with any value.
func (s *flowLogScan) takeKeys(keys []string) (fdw.Served, string) {
	name, ok := "", false
	if len(keys) == 1 {
		if name, ok = tagFilter(keys[0]); ok && s.has(name) {
			return fdw.Exact, "" // its value is asked for
		}
	}
	if s.has("tag-key") {
		if !ok {
			return fdw.No, "the filter tag-key serves another condition"
		}
		s.conds = append(s.conds, condition{col: colTags, key: keys[0], filter: name, some: true, late: -1, served: fdw.Exact})
		return fdw.Exact, ""
	}
	for _, k := range keys {
		if _, ok := escapeFilter(k); !ok {
			return fdw.No, "a filter value cannot hold the tag's key"
		}
	}
	if len(keys) > maxFilterValues/2 {
		return fdw.No, "too many keys for one request"
	}
	s.conds = append(s.conds, condition{col: colTags, filter: "tag-key", values: keys, late: -1, served: fdw.Exact})
	return fdw.Exact, ""
}

// takeTags serves a qual on the tags object.
func (s *flowLogScan) takeTags(q fdw.Qual) (fdw.Served, string) {
	if q.Late {
		return fdw.No, "the value is not known before the scan"
	}
	switch q.Op {
	case fdw.OpHasKey, fdw.OpHasAny:
		var keys []string
		for _, v := range q.Values {
			k, ok := v.(string)
			if !ok {
				return fdw.No, "the key is not a text"
			}
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		if len(keys) == 0 {
			s.never = true
			return fdw.Exact, ""
		}
		return s.takeKeys(keys)
	case fdw.OpNotNull:
		return s.takeFilter(q, -1, condition{col: colTags, filter: "tag-key", late: -1})
	case fdw.OpContains:
		obj := asJSON(q.Values[0], adt.JSONObject)
		if obj == nil {
			return fdw.No, "only an object has filters"
		}
		var pairs []tag
		for _, k := range obj.Keys {
			text, ok := textAt(obj, k)
			if !ok {
				return fdw.No, "a tag's value is a text"
			}
			pairs = append(pairs, tag{k, text})
		}
		return s.takePairs(pairs, nil)
	case fdw.OpIsNull:
		return fdw.No, "filters cannot ask for what is missing"
	default:
		return fdw.No, "no filter expresses the operator"
	}
}

// takeTagSet serves containment of the list of tags.
func (s *flowLogScan) takeTagSet(q fdw.Qual) (fdw.Served, string) {
	switch {
	case q.Op == fdw.OpNotNull:
		return s.takeFilter(q, -1, condition{col: colTags, filter: "tag-key", late: -1})
	case q.Op != fdw.OpContains:
		return fdw.No, "no filter expresses the operator"
	case q.Late:
		return fdw.No, "the value is not known before the scan"
	}
	list := asJSON(q.Values[0], adt.JSONArray)
	if list == nil {
		return fdw.No, "only a list has filters"
	}
	var pairs []tag
	var keys []string
	whole := true
	for _, e := range list.Vals {
		if e.Kind != adt.JSONObject {
			return fdw.No, "only a list of tags has filters"
		}
		k, hasKey := textAt(e, "key")
		val, hasValue := textAt(e, "value")
		switch {
		case hasKey && hasValue && len(e.Keys) == 2:
			pairs = append(pairs, tag{k, val})
		case hasKey && len(e.Keys) == 1:
			keys = append(keys, k)
		default:
			whole = false
		}
	}
	served, why := s.takePairs(pairs, keys)
	if served == fdw.Exact && !whole {
		served = fdw.Inexact
	}
	return served, why
}

// takePairs serves that all of some tags are there, with values or, for keys,
// any value. What has no filter makes it Inexact.
func (s *flowLogScan) takePairs(pairs []tag, keys []string) (fdw.Served, string) {
	sortTags(pairs)
	sent, left := 0, 0
	for _, p := range pairs {
		name, ok := tagFilter(p.key)
		_, fits := escapeFilter(p.value)
		if !ok || !fits {
			left++
			continue
		}
		s.conds = append(s.conds, condition{col: colTags, key: p.key, filter: name, values: []string{p.value}, late: -1, served: fdw.Exact})
		sent++
	}
	for _, k := range keys {
		if served, _ := s.takeKeys([]string{k}); served == fdw.No {
			left++
			continue
		}
		sent++
	}
	switch {
	case sent == 0 && left > 0:
		return fdw.No, "a filter cannot hold the tag"
	case left > 0, sent == 0: // an empty object or list is contained in any: only NULL fails
		return fdw.Inexact, ""
	default:
		return fdw.Exact, ""
	}
}
