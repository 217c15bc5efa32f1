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

// jsonMaker makes the values of the jsonb columns. Values that come again are
// made once; what is new comes out of slabs, so that a row costs few
// allocations.
type jsonMaker struct {
	nodes []adt.JSONB
	lists []*adt.JSONB
	keys  []string
	texts map[string]*adt.JSONB
	pairs map[tag]*adt.JSONB
}

const slab = 256

func newJSONMaker() *jsonMaker {
	return &jsonMaker{texts: map[string]*adt.JSONB{}, pairs: map[tag]*adt.JSONB{}}
}

func (m *jsonMaker) full() bool { return len(m.texts) >= maxShared || len(m.pairs) >= maxShared }

func (m *jsonMaker) node(v adt.JSONB) *adt.JSONB {
	if len(m.nodes) == 0 {
		m.nodes = make([]adt.JSONB, slab)
	}
	n := &m.nodes[0]
	m.nodes = m.nodes[1:]
	*n = v
	return n
}

// list takes room for n values.
func (m *jsonMaker) list(n int) []*adt.JSONB {
	if len(m.lists) < n {
		m.lists = make([]*adt.JSONB, max(n, slab))
	}
	l := m.lists[:n:n]
	m.lists = m.lists[n:]
	return l
}

func (m *jsonMaker) names(n int) []string {
	if len(m.keys) < n {
		m.keys = make([]string, max(n, slab))
	}
	l := m.keys[:n:n]
	m.keys = m.keys[n:]
	return l
}

func (m *jsonMaker) text(s string) *adt.JSONB {
	if n, ok := m.texts[s]; ok {
		return n
	}
	n := m.node(adt.JSONB{Kind: adt.JSONString, Str: s})
	if len(m.texts) < maxShared {
		m.texts[s] = n
	}
	return n
}

// pair makes {"key": …, "value": …}.
func (m *jsonMaker) pair(t tag) *adt.JSONB {
	if n, ok := m.pairs[t]; ok {
		return n
	}
	vals := m.list(2)
	vals[0], vals[1] = m.text(t.key), m.text(t.value)
	n := m.node(adt.JSONB{Kind: adt.JSONObject, Keys: tagKeyNames, Vals: vals})
	if len(m.pairs) < maxShared {
		m.pairs[t] = n
	}
	return n
}

// tagSet makes the tagSet column's value.
func (m *jsonMaker) tagSet(tags []tag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	vals := m.list(len(tags))
	for i, t := range tags {
		vals[i] = m.pair(t)
	}
	return m.node(adt.JSONB{Kind: adt.JSONArray, Vals: vals})
}

// tags makes the tags column's value.
func (m *jsonMaker) tags(tags []tag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	keys, vals := m.names(len(tags)), m.list(len(tags))
	for i, t := range tags {
		keys[i], vals[i] = t.key, m.text(t.value)
	}
	o := adt.JSONBObject(keys, vals)
	return m.node(*o)
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
