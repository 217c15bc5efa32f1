package exec

import (
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
)

// sizes gives the bytes that results of routines take which make long values
// of short ones, so that a query over its limit fails before they are made.
var sizes = map[string]func(args []adt.Datum) int64{
	"repeat": func(args []adt.Datum) int64 {
		s, n := args[0].(string), args[1].(int32)
		return int64(len(s)) * int64(max(n, 0))
	},
	"lpad":                         padSize,
	"rpad":                         padSize,
	"text_format":                  formatSize,
	"array_fill":                   fillSize,
	"array_fill_with_lower_bounds": fillSize,
}

func padSize(args []adt.Datum) int64 {
	s, n, fill := args[0].(string), args[1].(int32), args[2].(string)
	width := int64(len(fill)) / int64(max(utf8.RuneCountInString(fill), 1))
	return int64(len(s)) + int64(max(n, 0))*max(width, 1)
}

// formatSize sums the widths that a format and its integer arguments ask for.
func formatSize(args []adt.Datum) int64 {
	text, _ := args[0].(string)
	return adt.FormatWidths(text, args[1:])
}

func fillSize(args []adt.Datum) int64 {
	a, ok := args[1].(*adt.Array)
	if !ok {
		return 0
	}
	n := int64(1)
	for _, d := range a.Values {
		k, _ := d.(int32)
		if n *= int64(max(k, 0)); n > adt.MaxArraySize { // which is an error
			return 0
		}
	}
	return 16 * n
}

// foldLimit is what constant folding may make; what is larger waits for the
// query and its limit.
const foldLimit = 1 << 20

// bounded makes a body that looks at the query's limit before it is called.
func (c *compiler) bounded(r *routine, body func(*adt.Call, []adt.Datum) (adt.Datum, error)) func(*adt.Call, []adt.Datum) (adt.Datum, error) {
	size := sizes[r.proc.Src]
	if size == nil {
		return body
	}
	x := c.x
	return func(call *adt.Call, args []adt.Datum) (adt.Datum, error) {
		n := size(args)
		if err := x.hold(n); err != nil {
			x.release(n)
			return nil, err
		}
		x.release(n)
		return body(call, args)
	}
}
