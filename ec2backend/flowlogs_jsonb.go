package ec2backend

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// badJSON is a jsonb value of another shape than the column holds.
func badJSON(col, shape string) *pgerr.Error {
	return violation(col, "%s looks like %s.", col, shape)
}

func readOptions(d adt.Datum) (*destinationOptions, error) {
	if d == nil {
		return nil, nil
	}
	const col = "destinationOptions"
	bad := badJSON(col, `{"fileFormat": "parquet", "hiveCompatiblePartitions": false, "perHourPartition": true}`)
	j := asJSON(d, adt.JSONObject)
	if j == nil {
		return nil, bad
	}
	o := &destinationOptions{}
	for i, k := range j.Keys {
		v := j.Vals[i]
		switch {
		case v.Kind == adt.JSONNull:
		case k == "fileFormat" && v.Kind == adt.JSONString:
			o.fileFormat = v.Str
			if err := oneOf(col, v.Str, fileFormats); err != nil {
				return nil, err
			}
		case k == "hiveCompatiblePartitions" && v.Kind == adt.JSONBool:
			o.hive = &v.Bool
		case k == "perHourPartition" && v.Kind == adt.JSONBool:
			o.perHour = &v.Bool
		default:
			return nil, bad
		}
	}
	return o, nil
}

func readTagFields(d adt.Datum) ([]tagField, error) {
	if d == nil {
		return nil, nil
	}
	const col = "tagFieldSpecifications"
	bad := badJSON(col, `[{"resourceType": "instance", "tagKeys": ["env"]}]`)
	j := asJSON(d, adt.JSONArray)
	if j == nil {
		return nil, bad
	}
	var out []tagField
	for _, e := range j.Vals {
		typ, ok := textAt(e, "resourceType")
		keys := e.Get("tagKeys")
		if !ok || len(e.Keys) != 2 || keys == nil || keys.Kind != adt.JSONArray || len(keys.Vals) == 0 {
			return nil, bad
		}
		if err := oneOf(col, typ, taggedResources); err != nil {
			return nil, err
		}
		f := tagField{resourceType: typ}
		for _, k := range keys.Vals {
			if k.Kind != adt.JSONString {
				return nil, bad
			}
			f.keys = append(f.keys, k.Str)
		}
		out = append(out, f)
	}
	return out, nil
}

// readTags reads the tags of a row from tagSet or tags; when both are given
// they must agree.
func readTags(set, object adt.Datum) ([]tag, error) {
	a, err := readTagSet(set)
	if err != nil {
		return nil, err
	}
	b, err := readTagObject(object)
	if err != nil {
		return nil, err
	}
	switch {
	case set == nil:
		a = b
	case object != nil && !slices.Equal(a, b):
		return nil, violation("tags", "tags and tagSet are two forms of the same, but differ.")
	}
	return a, checkTags(a)
}

func readTagSet(d adt.Datum) ([]tag, error) {
	if d == nil {
		return nil, nil
	}
	bad := badJSON("tagSet", `[{"key": "env", "value": "prod"}]`)
	j, ok := d.(*adt.JSONB)
	if ok && j.Kind == adt.JSONNull {
		return nil, nil
	}
	if !ok || j.Kind != adt.JSONArray {
		return nil, bad
	}
	var out []tag
	for _, e := range j.Vals {
		k, ok := textAt(e, "key")
		v, hasValue := textAt(e, "value")
		if !ok || len(e.Keys) > 2 || len(e.Keys) == 2 && !hasValue {
			return nil, bad
		}
		if slices.ContainsFunc(out, func(t tag) bool { return t.key == k }) {
			return nil, violation("tagSet", "The tag key %q is there twice.", k)
		}
		out = append(out, tag{k, v})
	}
	sortTags(out)
	return out, nil
}

func readTagObject(d adt.Datum) ([]tag, error) {
	if d == nil {
		return nil, nil
	}
	j, ok := d.(*adt.JSONB)
	if ok && j.Kind == adt.JSONNull {
		return nil, nil
	}
	if !ok || j.Kind != adt.JSONObject {
		return nil, badJSON("tags", `{"env": "prod"}`)
	}
	var out []tag
	for i, k := range j.Keys {
		if j.Vals[i].Kind != adt.JSONString {
			return nil, violation("tags", "The value of the tag %q is no string.", k)
		}
		out = append(out, tag{k, j.Vals[i].Str})
	}
	sortTags(out)
	return out, nil
}

// checkTags applies AWS's limits ("Tag restrictions").
func checkTags(tags []tag) error {
	n := 0
	for _, t := range tags {
		switch {
		case t.key == "":
			return violation("tags", "A tag's key is empty.")
		case utf8.RuneCountInString(t.key) > 128:
			return violation("tags", "The tag key %q is longer than 128 characters.", t.key)
		case utf8.RuneCountInString(t.value) > 256:
			return violation("tags", "The value of the tag %q is longer than 256 characters.", t.key)
		}
		if !reservedTag(t.key) {
			n++
		}
	}
	if n > 50 {
		return violation("tags", "AWS allows 50 tags, and these are %d.", n)
	}
	return nil
}

// reservedTag tells AWS's own tags.
func reservedTag(key string) bool { return len(key) >= 4 && strings.EqualFold(key[:4], "aws:") }
