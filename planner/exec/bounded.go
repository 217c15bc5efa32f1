package exec

import (
	"slices"
	"strings"
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
	"bpchar":      blanksSize,
	"bpcharin":    func(args []adt.Datum) int64 { return blanksSize([]adt.Datum{args[0], args[2]}) },
	"bit":         func(args []adt.Datum) int64 { n, _ := args[1].(int32); return int64(n / 8) },
	"bitfromint4": func(args []adt.Datum) int64 { return int64(args[1].(int32) / 8) },
	"bitfromint8": func(args []adt.Datum) int64 { return int64(args[1].(int32) / 8) },
	"lpad":        padSize,
	"rpad":        padSize,
	"text_format": formatSize,
	"array_fill":  fillSize,
	"replace_text": func(args []adt.Datum) int64 {
		s, from, to := args[0].(string), args[1].(string), args[2].(string)
		if len(to) <= len(from) || from == "" || len(s) < foldLimit/8 {
			return 0
		}
		return int64(len(s)) + int64(strings.Count(s, from))*int64(len(to)-len(from))
	},
	"quote_literal": quotedSize,
	"quote_ident": func(args []adt.Datum) int64 {
		return int64(len(args[0].(string)) + strings.Count(args[0].(string), `"`))
	},
	"binary_encode": encodedSize,
	"textcat":       func(args []adt.Datum) int64 { return int64(len(args[0].(string)) + len(args[1].(string))) },
	"byteacat":      func(args []adt.Datum) int64 { return int64(len(args[0].([]byte)) + len(args[1].([]byte))) },
	"circle_poly": func(args []adt.Datum) int64 {
		n, _ := args[0].(int32)
		if n > adt.MaxArraySize { // which is an error
			return 0
		}
		return aPoint * int64(max(n, 0))
	},
	"path_add":                     func(args []adt.Datum) int64 { return pointsSize(args[0]) + pointsSize(args[1]) },
	"path_add_pt":                  pathSize,
	"path_sub_pt":                  pathSize,
	"path_mul_pt":                  pathSize,
	"path_div_pt":                  pathSize,
	"array_cat":                    func(args []adt.Datum) int64 { return arraySize(args[0]) + arraySize(args[1]) },
	"array_fill_with_lower_bounds": fillSize,
	"parse_ident":                  func(args []adt.Datum) int64 { return 32 * int64(strings.Count(args[0].(string), ".")) },
	"timestamp_to_char":            templateSize,
	"timestamptz_to_char":          templateSize,
	"interval_to_char":             templateSize,
	"numeric_to_char":              templateSize,
	"int4_to_char":                 templateSize,
	"int8_to_char":                 templateSize,
	"float4_to_char":               templateSize,
	"float8_to_char":               templateSize,
	"to_date":                      templateSize,
	"to_timestamp":                 templateSize,
	"numeric_to_number":            templateSize,
}

// blanksSize is what a text takes at the length of a type modifier.
func blanksSize(args []adt.Datum) int64 {
	s, _ := args[0].(string)
	n, _ := args[1].(int32)
	return int64(max(len(s), int(n)))
}

// templateSize is what the parts of a template take.
func templateSize(args []adt.Datum) int64 {
	if s, ok := args[1].(string); ok {
		return 96 * int64(len(s))
	}
	return 0
}

// quotedSize is what a literal takes with its quotes and backslashes doubled.
func quotedSize(args []adt.Datum) int64 {
	s, ok := args[0].(string)
	if !ok || len(s) < aLong {
		return 0
	}
	return int64(len(s) + strings.Count(s, "'") + strings.Count(s, `\`))
}

// encodedSize is what bytes take as a text.
func encodedSize(args []adt.Datum) int64 {
	b := args[0].([]byte)
	if len(b) < aLong {
		return 0
	}
	return adt.EncodedSize(b, args[1].(string))
}

func arraySize(d adt.Datum) int64 {
	if a, ok := d.(*adt.Array); ok {
		return 16 * int64(len(a.Values))
	}
	return 0
}

// aPoint is what a point takes in a path or a polygon.
const aPoint = 16

func pointsSize(d adt.Datum) int64 {
	if p, ok := d.(*adt.Path); ok {
		return aPoint * int64(len(p.Points))
	}
	return 0
}

func pathSize(args []adt.Datum) int64 { return pointsSize(args[0]) }

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

// body is what a routine does.
type body = func(*adt.Call, []adt.Datum) (adt.Datum, error)

// bounded makes a body that looks at the query's limit before it is called, and
// after calls with long values at that and at whether the query has ended: such calls
// take the time of many rows.
func (c *compiler) bounded(r *routine, body body) body {
	if c.mayBeLong(r) {
		c.longs++
		body = c.interruptible(body)
	}
	size := sizes[r.proc.Src]
	if size == nil {
		return body
	}
	x, env := c.x, c.env
	return func(call *adt.Call, args []adt.Datum) (adt.Datum, error) {
		n := size(args)
		if err := x.fits(n); err != nil {
			return nil, err
		}
		if err := env.Ahead(n); err != nil {
			return nil, err
		}
		return body(call, args)
	}
}

// mayBeLong tells whether a routine takes or gives values of any length.
func (c *compiler) mayBeLong(r *routine) bool {
	return c.anyLength(r.proc.RetType) || slices.ContainsFunc(r.proc.ArgTypes, c.anyLength)
}

func (c *compiler) anyLength(typ OID) bool {
	t := c.cat.TypeByOID(typ)
	return t == nil || t.Len < 0
}

// shortens is a call's eval: of one that gives a short value nothing stays
// that its arguments were made of.
func (c *compiler) shortens(r *routine, call eval) eval {
	if c.anyLength(r.proc.RetType) || !c.mayBeLong(r) {
		return call
	}
	x := c.x
	return func(row adt.Row) (adt.Datum, error) {
		made := x.made
		v, err := call(row)
		x.made = made
		return v, err
	}
}

// interruptible makes a body that fails once the query has ended or has made
// values that it may not hold.
func (c *compiler) interruptible(body body) body {
	x, env := c.x, c.env
	return func(call *adt.Call, args []adt.Datum) (adt.Datum, error) {
		v, err := body(call, args)
		env.Underway.End()
		if err != nil {
			return nil, err
		}
		if n := longSize(v); n > 0 {
			if err := x.make(n); err != nil {
				return nil, err
			}
		}
		if isLong(v) || slices.ContainsFunc(args, isLong) {
			if err := env.Interrupted(); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// aLong is how large values are that are counted one by one.
const aLong = 1 << 16

// isLong tells of a value, from what can be seen at once, whether a call that
// takes it may take long.
func isLong(d adt.Datum) bool {
	switch d := d.(type) {
	case string:
		return len(d) >= aLong
	case []byte:
		return len(d) >= aLong
	case *adt.Array:
		return 16*len(d.Values) >= aLong
	case *adt.Numeric:
		return d.Size() >= 1<<10 // what is done with one takes the longer
	case *adt.JSONB:
		return d.Kind >= adt.JSONArray && d.Size() >= aLong
	case *adt.Range:
		return isLong(d.Lower) || isLong(d.Upper)
	}
	return false
}

// longSize gives the size of a long value, of others 0.
func longSize(d adt.Datum) int64 {
	switch d := d.(type) {
	case string:
		if len(d) < aLong {
			return 0
		}
	case []byte, *adt.JSONB, *adt.Multirange, *adt.Path, *adt.Polygon, *adt.Bits, *adt.TSVector, *adt.JSONPath:
	case *adt.Array:
		if 16*len(d.Values) < aLong {
			return 0
		}
	default:
		return 0
	}
	if n := adt.MemorySize(d); n >= aLong {
		return n
	}
	return 0
}
