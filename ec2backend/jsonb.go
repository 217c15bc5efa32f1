package ec2backend

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// The keys of the objects that the jsonb columns hold, in jsonb's order
// (shorter first, then bytewise). They are shared and never changed.
var (
	tagKeyNames   = []string{"key", "value"}
	fieldKeyNames = []string{"tagKeys", "resourceType"}
)

// jsonMaker makes the values of the jsonb columns. They come out of slabs, so that a row
// costs few allocations; what tags have in common is made once.
type jsonMaker struct {
	tagSlab []madeTag
	nodes   []adt.JSONB
	lists   []*adt.JSONB
	keys    []string
}

// slab is how many values are allocated at once: what a scan keeps of a few rows should not
// hold much beside them.
const slab = 64

// take takes n of a slab.
func take[T any](slabs *[]T, n int) []T {
	if len(*slabs) < n {
		*slabs = make([]T, max(n, slab))
	}
	l := (*slabs)[:n:n]
	*slabs = (*slabs)[n:]
	return l
}

func (m *jsonMaker) node(v adt.JSONB) *adt.JSONB {
	n := &take(&m.nodes, 1)[0]
	*n = v
	return n
}

func (m *jsonMaker) text(s string) *adt.JSONB {
	return m.node(adt.JSONB{Kind: adt.JSONString, Str: s})
}

// made readies a tag for having values made of it.
func (m *jsonMaker) made(t tag) *madeTag {
	out := &take(&m.tagSlab, 1)[0]
	out.tag = t
	return out
}

func (m *jsonMaker) madeAll(tags []tag) []*madeTag {
	out := make([]*madeTag, len(tags))
	for i, t := range tags {
		out[i] = m.made(t)
	}
	return out
}

// value makes the JSON of a tag's value.
func (m *jsonMaker) value(t *madeTag) *adt.JSONB {
	if t.text == nil {
		t.text = m.text(t.value)
	}
	return t.text
}

// pair makes {"key": …, "value": …}.
func (m *jsonMaker) pair(t *madeTag) *adt.JSONB {
	if t.pair == nil {
		if t.name == nil {
			t.name = m.text(t.key)
		}
		vals := take(&m.lists, 2)
		vals[0], vals[1] = t.name, m.value(t)
		t.pair = m.node(adt.JSONB{Kind: adt.JSONObject, Keys: tagKeyNames, Vals: vals})
	}
	return t.pair
}

// tagSet makes the tagSet column's value.
func (m *jsonMaker) tagSet(tags []*madeTag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	vals := take(&m.lists, len(tags))
	for i, t := range tags {
		vals[i] = m.pair(t)
	}
	return m.node(adt.JSONB{Kind: adt.JSONArray, Vals: vals})
}

// tags makes the tags column's value.
func (m *jsonMaker) tags(tags []*madeTag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	keys, vals := take(&m.keys, len(tags)), take(&m.lists, len(tags))
	for i, t := range tags {
		keys[i], vals[i] = t.key, m.value(t)
	}
	return adt.JSONBObject(keys, vals)
}

// tagColumns makes both columns' values of tags.
func (m *jsonMaker) tagColumns(tags []tag) (set, object adt.Datum) {
	made := m.madeAll(tags)
	return m.tagSet(made), m.tags(made)
}

// options makes the destinationOptions column's value.
func (m *jsonMaker) options(o *destinationOptions) adt.Datum {
	if o == nil {
		return nil
	}
	var keys []string
	var vals []*adt.JSONB
	if o.fileFormat != "" {
		keys, vals = append(keys, "fileFormat"), append(vals, m.text(o.fileFormat))
	}
	if o.hive != nil {
		keys, vals = append(keys, "hiveCompatiblePartitions"), append(vals, adt.JSONBBool(*o.hive))
	}
	if o.perHour != nil {
		keys, vals = append(keys, "perHourPartition"), append(vals, adt.JSONBBool(*o.perHour))
	}
	return adt.JSONBObject(keys, vals)
}

// tagFields makes the tagFieldSpecifications column's value.
func (m *jsonMaker) tagFields(fields []tagField) adt.Datum {
	if len(fields) == 0 {
		return nil
	}
	var items []*adt.JSONB
	for _, f := range fields {
		var keys []*adt.JSONB
		for _, k := range f.keys {
			keys = append(keys, m.text(k))
		}
		items = append(items, &adt.JSONB{
			Kind: adt.JSONObject, Keys: fieldKeyNames, Vals: []*adt.JSONB{adt.JSONBArray(keys...), m.text(f.resourceType)},
		})
	}
	return adt.JSONBArray(items...)
}

// asJSON gives a jsonb Datum of a kind, or nil.
func asJSON(d adt.Datum, kind adt.JSONKind) *adt.JSONB {
	if j, ok := d.(*adt.JSONB); ok && j.Kind == kind {
		return j
	}
	return nil
}

// textAt gives the string under a key of an object.
func textAt(j *adt.JSONB, key string) (string, bool) {
	v := j.Get(key)
	if v == nil || v.Kind != adt.JSONString {
		return "", false
	}
	return v.Str, true
}

// sortTags orders tags by key, for comparing and for stable requests.
func sortTags(tags []tag) {
	slices.SortFunc(tags, func(a, b tag) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		default:
			return 0
		}
	})
}
