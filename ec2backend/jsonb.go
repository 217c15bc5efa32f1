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

// madeTag is a tag with the JSON that was made of it so far, in one piece: one that is kept
// for long holds nothing but itself.
type madeTag struct {
	tag
	plain bool          // it stands in XML as it is
	name  *adt.JSONB    // its key
	text  adt.JSONB     // its value
	both  [2]*adt.JSONB // name and text, once there is the…
	pair  adt.JSONB     // …{"key": …, "value": …}
}

func jsonText(s string) adt.JSONB { return adt.JSONB{Kind: adt.JSONString, Str: s} }

func madeAll(tags []tag) []*madeTag {
	made, out := make([]madeTag, len(tags)), make([]*madeTag, len(tags))
	for i, t := range tags {
		made[i].tag, out[i] = t, &made[i]
	}
	return out
}

// asValue makes the JSON of a tag's value.
func (t *madeTag) asValue() *adt.JSONB {
	if t.text.Kind != adt.JSONString {
		t.text = jsonText(t.value)
	}
	return &t.text
}

// asPair makes {"key": …, "value": …}.
func (t *madeTag) asPair() *adt.JSONB {
	if t.both[0] == nil {
		if t.name == nil {
			name := jsonText(t.key)
			t.name = &name
		}
		t.both = [2]*adt.JSONB{t.name, t.asValue()}
		t.pair = adt.JSONB{Kind: adt.JSONObject, Keys: tagKeyNames, Vals: t.both[:]}
	}
	return &t.pair
}

// jsonMaker makes the values of the jsonb columns. They come out of slabs, so that a row
// costs few allocations, unless each is to be kept for itself.
type jsonMaker struct {
	apart bool
	made  []madeTag
	nodes []adt.JSONB
	lists []*adt.JSONB
	keys  []string
}

// slab is how many values are allocated at once: what a scan keeps of a few rows should not
// hold much beside them.
const slab = 64

// take takes n of a slab.
func take[T any](m *jsonMaker, slabs *[]T, n int) []T {
	if m.apart {
		return make([]T, n)
	}
	if len(*slabs) < n {
		*slabs = make([]T, max(n, slab))
	}
	l := (*slabs)[:n:n]
	*slabs = (*slabs)[n:]
	return l
}

// tag gives room for a tag.
func (m *jsonMaker) tag() *madeTag { return &take(m, &m.made, 1)[0] }

func (m *jsonMaker) node(v adt.JSONB) *adt.JSONB {
	n := &take(m, &m.nodes, 1)[0]
	*n = v
	return n
}

func (m *jsonMaker) text(s string) *adt.JSONB { return m.node(jsonText(s)) }

// tagSet makes the tagSet column's value.
func (m *jsonMaker) tagSet(tags []*madeTag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	vals := take(m, &m.lists, len(tags))
	for i, t := range tags {
		vals[i] = t.asPair()
	}
	return m.node(adt.JSONB{Kind: adt.JSONArray, Vals: vals})
}

// tags makes the tags column's value.
func (m *jsonMaker) tags(tags []*madeTag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	keys, vals := take(m, &m.keys, len(tags)), take(m, &m.lists, len(tags))
	for i, t := range tags {
		keys[i], vals[i] = t.key, t.asValue()
	}
	return adt.JSONBObject(keys, vals)
}

// tagColumns makes both columns' values of tags.
func (m *jsonMaker) tagColumns(tags []tag) (set, object adt.Datum) {
	made := madeAll(tags)
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
