package exec

import (
	"unicode/utf8"
	"unsafe"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// textOf makes the function that gives a type's text form, as its output
// function does.
func (c *compiler) textOf(typ OID) func(d adt.Datum) (string, error) {
	switch c.cat.BaseType(typ) {
	case adt.TextOID, adt.VarcharOID, adt.NameOID, adt.UnknownOID, adt.CStringOID, adt.JSONOID, adt.BpcharOID:
		return func(d adt.Datum) (string, error) { return d.(string), nil }
	}
	t := c.cat.TypeByOID(typ)
	if t == nil {
		return func(adt.Datum) (string, error) { return "", pgerr.Internal("cache lookup failed for type %d", typ) }
	}
	enc := t.TextEncoder(c.env)
	var buf []byte
	return func(d adt.Datum) (string, error) {
		b, err := enc(buf[:0], d)
		if err != nil {
			return "", err
		}
		if len(b) > aLong { // a long text keeps what it was written to
			buf = nil
			return unsafe.String(unsafe.SliceData(b), len(b)), nil
		}
		buf = b
		return string(b), nil
	}
}

// fromText makes the function that reads a type's text form.
func (c *compiler) fromText(typ OID, typmod int32) func(s string) (adt.Datum, error) {
	t := c.cat.TypeByOID(typ)
	if t == nil {
		return func(string) (adt.Datum, error) { return nil, pgerr.Internal("cache lookup failed for type %d", typ) }
	}
	if t.OID == adt.TextOID || t.OID == adt.UnknownOID || t.OID == adt.VarcharOID && typmod < 0 {
		return func(s string) (adt.Datum, error) { return s, nil }
	}
	return func(s string) (adt.Datum, error) { return t.InputText(c.env, s, typmod) }
}

func (c *compiler) coerceViaIO(e *nodes.CoerceViaIO) eval {
	x, arg, out, in := c.x, c.expr(e.Arg), c.textOf(nodes.TypeOf(e.Arg).Type), c.fromText(e.Type, -1)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		s, err := out(v)
		if err != nil {
			return nil, err
		}
		if v, err = in(s); err != nil {
			return nil, err
		}
		return v, x.make(longSize(v))
	}
}

func (c *compiler) coerceToDomain(e *nodes.CoerceToDomain) eval {
	arg, t := c.expr(e.Arg), c.cat.TypeByOID(e.Type)
	if t == nil {
		return fail(pgerr.Internal("cache lookup failed for type %d", e.Type))
	}
	name := c.cat.FormatType(e.Type, -1)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil {
			return nil, err
		}
		return v, adt.CheckDomain(t, name, v)
	}
}

// The routines that CURRENT_DATE and the like come down to, by OID.
const (
	procTimestamptzDate      OID = 1178
	procTimestamptzTimetz    OID = 1388
	procTimestamptzTime      OID = 2019
	procTimestamptzTimestamp OID = 2027
	procTimetzScale          OID = 1969
	procTimeScale            OID = 1968
	procTimestampScale       OID = 1961
	procTimestamptzScale     OID = 1967
	procCurrentUser          OID = 745
	procSessionUser          OID = 746
	procCurrentDatabase      OID = 861
	procCurrentSchema        OID = 1402
)

// sqlValue is CURRENT_DATE and the like: constant within a statement.
func (c *compiler) sqlValue(e *nodes.SQLValueFunction) eval {
	now := func() adt.Datum { return c.env.TransactionTime }
	convert := func(conv, scale, typ OID) eval {
		convert := c.named(conv, adt.TimestamptzOID)
		round := c.named(scale, typ, adt.Int4OID)
		return func(adt.Row) (adt.Datum, error) {
			v := now()
			if conv != 0 {
				var err error
				if v, err = convert(v); err != nil {
					return nil, err
				}
			}
			if e.Typmod < 0 || scale == 0 {
				return v, nil
			}
			return round(v, e.Typmod)
		}
	}
	call := func(oid OID) eval {
		f := c.named(oid)
		return func(adt.Row) (adt.Datum, error) { return f() }
	}
	switch e.Op {
	case nodes.CurrentDate:
		return convert(procTimestamptzDate, 0, adt.DateOID)
	case nodes.CurrentTime:
		return convert(procTimestamptzTimetz, procTimetzScale, adt.TimetzOID)
	case nodes.CurrentTimestamp:
		return convert(0, procTimestamptzScale, adt.TimestamptzOID)
	case nodes.LocalTime:
		return convert(procTimestamptzTime, procTimeScale, adt.TimeOID)
	case nodes.LocalTimestamp:
		return convert(procTimestamptzTimestamp, procTimestampScale, adt.TimestampOID)
	case nodes.CurrentRole, nodes.CurrentUser, nodes.User:
		return call(procCurrentUser)
	case nodes.SessionUser:
		return call(procSessionUser)
	case nodes.CurrentCatalog:
		return call(procCurrentDatabase)
	case nodes.CurrentSchema:
		return call(procCurrentSchema)
	}
	return fail(pgerr.Internal("unrecognized SQLValueFunction op %d", e.Op))
}

// clip cuts a string to at most n bytes at a character's boundary.
func clip(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
