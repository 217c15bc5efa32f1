package ec2backend

import (
	"strconv"

	smithytime "github.com/aws/smithy-go/time"

	"github.com/flowgres/flowgres/planner/adt"
)

// lastValue is a column's value in the row before: often this row's too.
type lastValue struct {
	text  string
	datum adt.Datum
}

var (
	intervalShort = adt.Datum(int32(60))
	intervalLong  = adt.Datum(int32(600))
)

// element is an element of a flow log, as they follow each other.
type element struct {
	open, end string // its tags, without attributes
	field     int
}

// leaf tells of elements with a text for a column.
func (e *element) leaf() bool {
	switch e.field {
	case fieldOther, colTagSet, colDestinationOptions, colTagFieldSpecifications:
		return false
	}
	return true
}

// learn notes what the k-th element of a flow log is.
func (d *pageDecoder) learn(k int, name []byte, field int) {
	if k < len(d.shape) {
		if e := &d.shape[k]; e.field == field && len(e.open) == len(name)+2 && e.open[1:1+len(name)] == string(name) {
			return
		}
	}
	e := element{open: "<" + string(name) + ">", end: "</" + string(name) + ">", field: field}
	switch {
	case k < len(d.shape):
		d.shape[k] = e
	case k == len(d.shape) && k < numColumns:
		d.shape = append(d.shape, e)
	}
}

// store puts an element's text into its column.
func (d *pageDecoder) store(row adt.Row, f int, v []byte) (err error) {
	switch f {
	case colCreationTime, colMaxAggregationInterval:
		row[f], err = scalar(f, v)
	default:
		d.text(row, f, v)
	}
	return err
}

// scalar reads the two columns that are no text.
func scalar(f int, v []byte) (adt.Datum, error) {
	if f == colCreationTime {
		if t, ok := parseTimestamp(v); ok {
			return t, nil
		}
		t, err := smithytime.ParseDateTime(string(v))
		if err != nil {
			return nil, err
		}
		return timestampOf(t), nil
	}
	switch string(v) {
	case "60":
		return intervalShort, nil
	case "600":
		return intervalLong, nil
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return nil, err
	}
	return int32(n), nil //nolint:gosec // as the SDK narrows it
}

// text stores a text column. An empty enum is no value.
func (d *pageDecoder) text(row adt.Row, f int, v []byte) {
	if !d.need[f] {
		return
	}
	switch f {
	case colFlowLogID, colResourceID:
		row[f] = string(v)
	case colLogDestinationType, colTrafficType:
		if len(v) == 0 {
			row[f] = nil
			return
		}
		fallthrough
	default:
		if l := &d.last[f]; l.datum == nil || l.text != string(v) {
			l.datum = d.in.shared(v)
			l.text = l.datum.(string) //nolint:errcheck // plain keys hold strings
		}
		row[f] = d.last[f].datum
	}
}

// typeDatums are the Datums of the resource types, made once.
var typeDatums = func() map[string]adt.Datum {
	m := map[string]adt.Datum{"": nil}
	for _, p := range resourcePrefixes {
		m[p.typ] = p.typ
	}
	return m
}()

func typeDatum(id string) adt.Datum { return typeDatums[resourceTypeOf(id)] }

// optionsDatum shares the few values there are.
func (d *pageDecoder) optionsDatum(o *destinationOptions) adt.Datum {
	flag := func(b *bool) byte {
		switch {
		case b == nil:
			return '-'
		case *b:
			return 't'
		default:
			return 'f'
		}
	}
	key := append(append(append(d.raw[:0], "\x00options"...), flag(o.hive), flag(o.perHour)), o.fileFormat...)
	d.raw = key
	if v, ok := d.in.texts[string(key)]; ok {
		return v
	}
	v := d.in.json.options(o)
	if len(d.in.texts) < maxShared {
		d.in.texts[string(key)] = v
	}
	return v
}

// tagDatums sets the two tag columns, sharing sets that come again.
func (d *pageDecoder) tagDatums(row adt.Row) {
	key := d.raw[:0]
	for _, t := range d.tags {
		key = append(append(key, t.key...), 0)
		key = append(append(key, t.value...), 0)
	}
	d.raw = key
	v, ok := d.in.tags[string(key)]
	if !ok || d.need[colTagSet] && v.set == nil || d.need[colTags] && v.object == nil {
		if d.need[colTagSet] {
			v.set = d.in.json.tagSet(d.tags)
		}
		if d.need[colTags] {
			v.object = d.in.json.tags(d.tags)
		}
		if len(d.in.tags) < maxShared {
			d.in.tags[string(key)] = v
		}
	}
	row[colTagSet], row[colTags] = v.set, v.object
}
