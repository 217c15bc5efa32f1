package adt

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// arrayOut prints an array; its bounds come first when a lower one is not 1.
func arrayOut(c *Call, dst []byte, a *Array) ([]byte, error) {
	if len(a.Dims) == 0 || len(a.Values) == 0 {
		return append(dst, '{', '}'), nil
	}
	elem, err := typeOf(c, a.Elem)
	if err != nil {
		return dst, err
	}
	delim := elem.Delim
	if delim == 0 {
		delim = ','
	}
	for _, d := range a.Dims {
		if d.Lower != 1 {
			dst = append(appendDims(dst, a.Dims), '=')
			break
		}
	}
	out := elem.TextEncoder(c.Env)
	next, w := 0, c.work()
	var level func(d int) error
	level = func(d int) error {
		dst = append(dst, '{')
		for i := int32(0); i < a.Dims[d].Len; i++ {
			if i > 0 {
				dst = append(dst, delim)
			}
			if d < len(a.Dims)-1 {
				if err := level(d + 1); err != nil {
					return err
				}
				continue
			}
			v := a.Values[next]
			next++
			if v == nil {
				dst = append(dst, "NULL"...)
				continue
			}
			from := len(dst)
			var err error
			if dst, err = out(dst, v); err != nil {
				return err
			}
			if dst, err = quoteElement(c.Env, dst, from, delim); err != nil {
				return err
			}
			if err := w.grown(16+len(dst)-from, len(dst)); err != nil {
				return err
			}
		}
		dst = append(dst, '}')
		return nil
	}
	err = level(0)
	return dst, err
}

func appendDims(dst []byte, dims []ArrayDim) []byte {
	for _, d := range dims {
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, int64(d.Lower), 10)
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(d.Lower)+int64(d.Len)-1, 10)
		dst = append(dst, ']')
	}
	return dst
}

// quoteElement quotes the element text dst[from:] in place where array_in would
// read it differently.
func quoteElement(env *Env, dst []byte, from int, delim byte) ([]byte, error) {
	text := dst[from:]
	if len(text) == 0 || len(text) == 4 && strings.EqualFold(string(text), "NULL") {
		return quoteInPlace(env, dst, from, 0, '\\')
	}
	special := arraySpecials
	if delim != ',' {
		special = specials("{}" + string(rune(delim)))
	}
	escapes, need, err := quotesNeeded(env, text, special)
	if err != nil || !need {
		return dst, err
	}
	return quoteInPlace(env, dst, from, escapes, '\\')
}

// specials are the bytes for which an output is quoted: those given and white space.
func specials(bytes string) *[256]bool {
	var set [256]bool
	for _, c := range []byte(bytes + " \t\n\r\v\f") {
		set[c] = true
	}
	return &set
}

var (
	arraySpecials  = specials("{},")
	recordSpecials = specials("(),")
	rangeSpecials  = specials("()[],")
)

// quotesNeeded counts the quotes and backslashes of an output, and tells whether it has to be quoted,
// for them or for a special character.
func quotesNeeded(env *Env, text []byte, special *[256]bool) (escapes int, need bool, err error) {
	for w := env.work(); len(text) > 0; {
		piece := text[:min(len(text), workStep)]
		text = text[len(piece):]
		for _, c := range piece {
			if c == '"' || c == '\\' {
				escapes++
			} else if !need {
				need = special[c]
			}
		}
		if err := w.done(len(piece)); err != nil {
			return 0, false, err
		}
	}
	return escapes, need || escapes > 0, nil
}

// quoteInPlace puts double quotes around dst[from:], with escapes quote and
// backslash characters in it escaped: by a backslash, or by doubling them when
// escape is 0.
func quoteInPlace(env *Env, dst []byte, from, escapes int, escape byte) ([]byte, error) {
	n := len(dst)
	if n-from > 1<<16 {
		if err := env.Room(int64(n + escapes + 2)); err != nil {
			return dst, err
		}
	}
	dst = slices.Grow(dst, escapes+2)[:n+escapes+2]
	w := len(dst) - 1
	dst[w] = '"'
	for work, r := env.work(), n-1; r >= from; {
		end := max(from, r+1-workStep)
		if err := work.done(r + 1 - end); err != nil {
			return dst, err
		}
		for ; r >= end; r-- {
			w--
			dst[w] = dst[r]
			if c := dst[r]; c == '"' || c == '\\' {
				w--
				dst[w] = c
				if escape != 0 {
					dst[w] = escape
				}
			}
		}
	}
	dst[from] = '"'
	return dst, nil
}

func arraySend(c *Call, dst []byte, a *Array) ([]byte, error) {
	elem, err := typeOf(c, a.Elem)
	if err != nil {
		return dst, err
	}
	flags := uint32(0)
	if a.mayHaveNull() {
		flags = 1
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(a.Dims)))
	dst = binary.BigEndian.AppendUint32(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, a.Elem)
	for _, d := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Len))
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Lower))
	}
	send, work := elem.BinaryEncoder(c.Env), c.work()
	for _, v := range a.Values {
		if err := work.grown(30, len(dst)); err != nil {
			return dst, err
		}
		if dst, err = appendSized(dst, v, send); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendSized appends a value's binary form after its length; -1 is NULL.
func appendSized(dst []byte, v Datum, send func([]byte, Datum) ([]byte, error)) ([]byte, error) {
	from := len(dst)
	dst = append(dst, 0xff, 0xff, 0xff, 0xff)
	if v == nil {
		return dst, nil
	}
	dst, err := send(dst, v)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[from:], uint32(len(dst)-from-4))
	return dst, nil
}

// arrayTypmods reads the modifier list that a typmodin function gets, a
// cstring[] (ArrayGetIntegerTypmods).
func arrayTypmods(a *Array) ([]int32, error) {
	if len(a.Dims) != 1 {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "typmod array must be one-dimensional")
	}
	m := make([]int32, len(a.Values))
	for i, v := range a.Values {
		if v == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "typmod array must not contain nulls")
		}
		s := v.(string)
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		if err != nil {
			if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
				return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, `value "%s" is out of range for type %s`, s, "integer")
			}
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, "integer", s)
		}
		m[i] = int32(n)
	}
	return m, nil
}

// sqlTypeName gives the base types that SQL calls otherwise than the catalog, or
// whose names are keywords that need no quotes there.
func sqlTypeName(name string) string {
	switch name {
	case "bool":
		return "boolean"
	case "int2":
		return "smallint"
	case "int4":
		return "integer"
	case "int8":
		return "bigint"
	case "float4":
		return "real"
	case "float8":
		return "double precision"
	case "bpchar":
		return "character"
	case "varchar":
		return "character varying"
	case "char":
		return `"char"`
	case "time":
		return "time without time zone"
	case "timetz":
		return "time with time zone"
	case "timestamp":
		return "timestamp without time zone"
	case "timestamptz":
		return "timestamp with time zone"
	case "varbit":
		return "bit varying"
	case "any":
		return `"any"`
	case "bit", "interval", "numeric":
		return name
	}
	return ""
}

// typeName is format_type_be: a type's name in SQL, as messages have it.
// int2vector (22) and oidvector (30) are arrays of plain storage and go by their names.
func typeName(env *Env, t *Type) string {
	if t.IsArray && t.OID != 22 && t.OID != 30 && env != nil && env.Types != nil {
		if e := env.Types.TypeByOID(t.Elem); e != nil {
			return typeName(env, e) + "[]"
		}
	}
	if s := sqlTypeName(t.Name); s != "" && (t.Schema == "" || t.Schema == "pg_catalog") {
		return s
	}
	if t.Schema != "" && t.Schema != "pg_catalog" {
		visible := false
		if env != nil {
			for _, s := range env.SearchPath {
				visible = visible || s == t.Schema
			}
		}
		if !visible {
			return QuoteIdent(t.Schema) + "." + QuoteIdent(t.Name)
		}
	}
	return QuoteIdent(t.Name)
}

func typeNameOf(c *Call, oid OID) string {
	t, err := typeOf(c, oid)
	if err != nil {
		return "???"
	}
	return typeName(c.Env, t)
}
