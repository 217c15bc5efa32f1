package ec2backend

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
)

// jsonText stands in for a jsonb Datum.
type jsonText string

// newJSONB makes a jsonb Datum of well-formed JSON text.
func newJSONB(text []byte) adt.Datum { return jsonText(text) }

// jsonbValue reads a jsonb Datum into Go's terms for JSON.
func jsonbValue(d adt.Datum) (any, bool) {
	s, ok := d.(jsonText)
	if !ok {
		return nil, false
	}
	var v any
	return v, json.Unmarshal([]byte(s), &v) == nil
}

// tagSetJSON makes the tagSet column's value.
func tagSetJSON(tags []tag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	b := []byte{'['}
	for i, t := range tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"key":`...)
		b = appendJSONString(b, t.key)
		b = append(b, `,"value":`...)
		b = appendJSONString(b, t.value)
		b = append(b, '}')
	}
	return newJSONB(append(b, ']'))
}

// tagsJSON makes the tags column's value.
func tagsJSON(tags []tag) adt.Datum {
	if len(tags) == 0 {
		return nil
	}
	b := []byte{'{'}
	for i, t := range tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, t.key)
		b = append(b, ':')
		b = appendJSONString(b, t.value)
	}
	return newJSONB(append(b, '}'))
}

// optionsJSON makes the destinationOptions column's value.
func optionsJSON(o *destinationOptions) adt.Datum {
	if o == nil {
		return nil
	}
	b := []byte{'{'}
	sep := func() {
		if len(b) > 1 {
			b = append(b, ',')
		}
	}
	if o.fileFormat != "" {
		b = append(b, `"fileFormat":`...)
		b = appendJSONString(b, o.fileFormat)
	}
	if o.hive != nil {
		sep()
		b = append(b, `"hiveCompatiblePartitions":`...)
		b = strconv.AppendBool(b, *o.hive)
	}
	if o.perHour != nil {
		sep()
		b = append(b, `"perHourPartition":`...)
		b = strconv.AppendBool(b, *o.perHour)
	}
	return newJSONB(append(b, '}'))
}

// tagFieldsJSON makes the tagFieldSpecifications column's value.
func tagFieldsJSON(fields []tagField) adt.Datum {
	if len(fields) == 0 {
		return nil
	}
	b := []byte{'['}
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"resourceType":`...)
		b = appendJSONString(b, f.resourceType)
		b = append(b, `,"tagKeys":[`...)
		for j, k := range f.keys {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, k)
		}
		b = append(b, "]}"...)
	}
	return newJSONB(append(b, ']'))
}

// appendJSONString appends a JSON string.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
