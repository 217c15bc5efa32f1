package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Pseudo-types (pseudotypes.c): cstring and void have values, anyarray and its
// like can be printed, the rest refuse.

func pseudoFuncs() Funcs {
	f := Funcs{
		"cstring_in":   In(textIn),
		"cstring_out":  Out(textOut),
		"cstring_recv": Recv(textRecv),
		"cstring_send": Send(textSend),

		"void_in":   P1(func(string) Void { return Void{} }),
		"void_out":  Out(func(_ *Call, dst []byte, _ Void) ([]byte, error) { return dst, nil }),
		"void_recv": F1(func(b []byte) (Void, error) { return Void{}, wantBytes(b, 0) }),
		"void_send": Send(func(_ *Call, dst []byte, _ Void) ([]byte, error) { return dst, nil }),

		"anyarray_out":            Out(arrayOut),
		"anyarray_send":           Send(arraySend),
		"anycompatiblearray_out":  Out(arrayOut),
		"anycompatiblearray_send": Send(arraySend),
		"anyarray_recv":           refuse("accept", "anyarray"),
		"anycompatiblearray_recv": refuse("accept", "anycompatiblearray"),
		"shell_in":                refuseShell("accept"),
		"shell_out":               refuseShell("display"),

		"pg_typeof":       Raw(func(c *Call, _ []Datum) (Datum, error) { return c.Args[0], nil }),
		"pg_num_nulls":    Raw(func(c *Call, a []Datum) (Datum, error) { return countNulls(c, a, true), nil }),
		"pg_num_nonnulls": Raw(func(c *Call, a []Datum) (Datum, error) { return countNulls(c, a, false), nil }),

		"any_value_transfn": Raw(func(_ *Call, a []Datum) (Datum, error) { return a[0], nil }),
	}
	for name, typ := range map[string]string{
		"any": "any", "anyelement": "anyelement", "anynonarray": "anynonarray", "anyenum": "anyenum",
		"anyrange": "anyrange", "anymultirange": "anymultirange", "anyarray": "anyarray",
		"anycompatible": "anycompatible", "anycompatiblearray": "anycompatiblearray",
		"anycompatiblenonarray": "anycompatiblenonarray", "anycompatiblerange": "anycompatiblerange",
		"anycompatiblemultirange": "anycompatiblemultirange", "internal": "internal", "trigger": "trigger",
		"event_trigger": "event_trigger", "language_handler": "language_handler", "fdw_handler": "fdw_handler",
		"table_am_handler": "table_am_handler", "index_am_handler": "index_am_handler", "tsm_handler": "tsm_handler",
		"pg_ddl_command": "pg_ddl_command",
	} {
		f[name+"_in"] = refuse("accept", typ)
		out := name + "_out"
		_, have := f[out]
		if !have && !strings.HasSuffix(name, "range") && name != "anyenum" {
			f[out] = refuse("display", typ)
		}
	}
	return f
}

// refuse is what a pseudo-type's input or output function does.
func refuse(verb, typ string) Func {
	err := func() error {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot %s a value of type %s", verb, typ)
	}
	return refusal(err)
}

func refuseShell(verb string) Func {
	return refusal(func() error {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot %s a value of a shell type", verb)
	})
}

func refusal(err func() error) Func {
	return Func{
		Call:   func(*Call, []Datum) (Datum, error) { return nil, err() },
		Append: func(_ *Call, dst []byte, _ Datum) ([]byte, error) { return dst, err() },
	}
}

// countNulls counts the NULL or the other arguments; VARIADIC NULL gives NULL.
func countNulls(c *Call, a []Datum, nulls bool) Datum {
	if c.Variadic {
		if a[0] == nil {
			return nil
		}
		a = a[0].(*Array).Values
	}
	n := int32(0)
	for _, v := range a {
		if (v == nil) == nulls {
			n++
		}
	}
	return n
}
