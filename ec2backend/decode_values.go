package ec2backend

import (
	"strconv"
	"strings"

	smithytime "github.com/aws/smithy-go/time"

	"github.com/flowgres/flowgres/planner/adt"
)

var (
	intervalShort = adt.Datum(int32(60))
	intervalLong  = adt.Datum(int32(600))
)

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
		row[f] = d.in.text(v)
	}
}

// typeDatums are the Datums of the resource types, in the order of resourcePrefixes.
var typeDatums = func() []adt.Datum {
	out := make([]adt.Datum, len(resourcePrefixes))
	for i, p := range resourcePrefixes {
		out[i] = p.typ
	}
	return out
}()

// typeDatum gives the type of a resource by its id, nil when unknown.
func typeDatum(id string) adt.Datum {
	for i := range resourcePrefixes {
		if strings.HasPrefix(id, resourcePrefixes[i].prefix) {
			return typeDatums[i]
		}
	}
	return nil
}
