package adt

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// format(): text_format of varlena.c.

func formatFuncs() Funcs {
	return Funcs{
		"text_format":    Raw(textFormat),
		"text_format_nv": Raw(textFormat),
	}
}

func errFormatEnd() error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "unterminated format() type specifier").
		Hintf(`For a single "%%" use "%%%%".`)
}

func errFormatArgs() error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "too few arguments for format()")
}

// FormatWidths sums the widths that format() would be asked for, as far as its
// format can be read.
func FormatWidths(f string, vals []Datum) (size int64) {
	arg := 0
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			continue
		}
		if i++; i < len(f) && f[i] == '%' {
			continue
		}
		if i >= len(f) {
			break
		}
		spec, next, err := formatSpec(f, i)
		if err != nil {
			break
		}
		i = next
		width := int64(spec.width)
		if spec.widthArg >= 0 {
			if arg++; spec.widthArg > 0 {
				arg = int(spec.widthArg)
			}
			if arg > len(vals) {
				break
			}
			w, _ := vals[arg-1].(int32)
			width = max(int64(w), -int64(w))
		}
		if arg++; spec.arg > 0 {
			arg = int(spec.arg)
		}
		if arg > len(vals) || width > maxAlloc { // which is an error
			break
		}
		size += width
	}
	return size
}

// formatNumber reads digits at i; n is -1 when there are none.
func formatNumber(s string, i int) (n int64, next int, err error) {
	from := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int64(s[i]-'0')
		if n > math.MaxInt32 {
			return 0, i, pgerr.New(pgerrcode.NumericValueOutOfRange, "number is out of range")
		}
		i++
	}
	if i == from {
		return -1, i, nil
	}
	return n, i, nil
}

func textFormat(c *Call, a []Datum) (Datum, error) {
	if a[0] == nil {
		return nil, nil
	}
	f := a[0].(string)
	var vals []Datum
	var typ func(int) OID
	if len(a) > 1 {
		// A NULL array counts as an empty one.
		vals, typ, _ = variadicArgs(c, a, 1)
	}
	w, arg := c.work(), 0 // 1-based position of the last one used
	var b []byte
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b = append(b, f[i])
			continue
		}
		if i++; i >= len(f) {
			return nil, errFormatEnd()
		}
		if f[i] == '%' {
			b = append(b, '%')
			continue
		}
		spec, next, err := formatSpec(f, i)
		if err != nil {
			return nil, err
		}
		i = next
		switch f[i] {
		case 's', 'I', 'L':
		default:
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, `unrecognized format() type specifier "%s"`, firstRune(f[i:])).
				Hintf(`For a single "%%" use "%%%%".`)
		}
		width := int64(spec.width)
		if spec.widthArg >= 0 {
			if spec.widthArg > 0 {
				arg = int(spec.widthArg)
			} else {
				arg++
			}
			if arg > len(vals) {
				return nil, errFormatArgs()
			}
			if width, err = formatWidth(c, typ(arg-1), vals[arg-1]); err != nil {
				return nil, err
			}
		}
		if spec.arg > 0 {
			arg = int(spec.arg)
		} else {
			arg++
		}
		if arg > len(vals) {
			return nil, errFormatArgs()
		}
		at := len(b)
		if b, err = formatValue(c, b, f[i], typ(arg-1), vals[arg-1], width, spec.left); err == nil {
			err = w.grown(len(b)-at+16, len(b))
		}
		if err != nil {
			return nil, err
		}
	}
	return textFrom(b), nil
}

type formatDirective struct {
	arg      int64 // explicit position, 0: the next
	widthArg int64 // position of the width, 0: the next, -1: not from an argument
	width    int32
	left     bool
}

// formatSpec is text_format_parse_format: what stands between % and the type.
func formatSpec(f string, i int) (d formatDirective, next int, err error) {
	d.widthArg = -1
	zeroArg := func() error {
		return pgerr.New(pgerrcode.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
	}
	n, i, err := formatNumber(f, i)
	if err != nil {
		return d, i, err
	}
	if n >= 0 {
		if i >= len(f) {
			return d, i, errFormatEnd()
		}
		if f[i] != '$' {
			// The number was the width, without an argument position.
			d.width = int32(n)
			return d, i, nil
		}
		if n == 0 {
			return d, i, zeroArg()
		}
		d.arg = n
		if i++; i >= len(f) {
			return d, i, errFormatEnd()
		}
	}
	for f[i] == '-' {
		d.left = true
		if i++; i >= len(f) {
			return d, i, errFormatEnd()
		}
	}
	if f[i] == '*' {
		if i++; i >= len(f) {
			return d, i, errFormatEnd()
		}
		n, j, err := formatNumber(f, i)
		if err != nil {
			return d, i, err
		}
		i = j
		d.widthArg = 0
		if n >= 0 {
			if i >= len(f) {
				return d, i, errFormatEnd()
			}
			if f[i] != '$' {
				return d, i, pgerr.New(pgerrcode.InvalidParameterValue, `width argument position must be ended by "$"`)
			}
			if n == 0 {
				return d, i, zeroArg()
			}
			d.widthArg = n
			if i++; i >= len(f) {
				return d, i, errFormatEnd()
			}
		}
		return d, i, nil
	}
	n, i, err = formatNumber(f, i)
	if err != nil {
		return d, i, err
	}
	if n >= 0 {
		d.width = int32(n)
	}
	if i >= len(f) {
		return d, i, errFormatEnd()
	}
	return d, i, nil
}

// formatWidth reads a width argument: NULL is zero.
func formatWidth(c *Call, typ OID, v Datum) (int64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	}
	s, err := outputText(c, typ, v)
	if err != nil {
		return 0, err
	}
	t, err := typeOf(c, Int4OID)
	if err != nil {
		return 0, err
	}
	d, err := t.InputText(c.Env, s, -1)
	if err != nil {
		return 0, err
	}
	return int64(d.(int32)), nil
}

func formatValue(c *Call, b []byte, conv byte, typ OID, v Datum, width int64, left bool) ([]byte, error) {
	s := ""
	switch {
	case v != nil:
		var err error
		if s, err = outputText(c, typ, v); err != nil {
			return b, err
		}
		if conv == 'I' {
			s = QuoteIdent(s)
		} else if conv == 'L' {
			s = quoteLiteral(s)
		}
	case conv == 'I':
		return b, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null values cannot be formatted as an SQL identifier")
	case conv == 'L':
		s = "NULL"
	}
	if width < 0 {
		if width == math.MinInt32 {
			return b, pgerr.New(pgerrcode.NumericValueOutOfRange, "number is out of range")
		}
		left, width = true, -width
	}
	fill := int(width) - utf8.RuneCountInString(s)
	if fill <= 0 {
		return append(b, s...), nil
	}
	held := len(b)
	if left {
		held += len(s)
	}
	if held+fill >= maxAlloc {
		return b, pgerr.New(pgerrcode.ProgramLimitExceeded, "out of memory").
			Detailf("Cannot enlarge string buffer containing %d bytes by %d more bytes.", held, fill)
	}
	if left {
		return append(append(b, s...), strings.Repeat(" ", fill)...), nil
	}
	return append(append(b, strings.Repeat(" ", fill)...), s...), nil
}
