package exec

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// routine is a pg_proc row bound to a call site.
type routine struct {
	proc *catalog.Proc
	call *adt.Call
	err  error // it cannot be called
	none error // what a call gives for want of a collation; nil: it has one or needs none
}

// site describes a call: what goes into its adt.Call.
type site struct {
	args      []OID
	result    OID
	collation OID
	variadic  bool
	desc      *adt.RowDesc
}

// routine finds a routine and makes the Call of a call site.
func (c *compiler) routine(oid OID, s site) *routine {
	p := c.cat.ProcByOID(oid)
	if p == nil {
		return &routine{err: pgerr.Internal("cache lookup failed for function %d", oid)}
	}
	if s.result == 0 {
		s.result = p.RetType
	}
	r := &routine{proc: p, call: &adt.Call{
		Env: c.env, Name: p.Name, Args: s.args, Result: s.result, Typmod: -1,
		Desc: s.desc, Collation: s.collation, Variadic: s.variadic,
	}}
	if r.call.Desc == nil {
		r.call.Desc = c.resultDesc(p, s)
	}
	if s.collation == 0 {
		r.none = adt.Uncollated(p.Src)
	}
	return r
}

// plain gives the body of a plain function, or sets err.
func (c *compiler) plain(r *routine) func(*adt.Call, []adt.Datum) (adt.Datum, error) {
	if r.err != nil {
		return nil
	}
	if r.proc.Body == nil || r.proc.Body.Call == nil {
		if r.proc.Body != nil && r.proc.Body.Set != nil {
			r.err = pgerr.New("0A000", "set-valued function called in context that cannot accept a set")
		} else {
			r.err = c.unsupported(r.proc)
		}
		return nil
	}
	if r.none != nil {
		return func(*adt.Call, []adt.Datum) (adt.Datum, error) { return nil, r.none }
	}
	return r.proc.Body.Call
}

func (c *compiler) unsupported(p *catalog.Proc) error {
	return pgerr.Unsupported("function %s is not supported", c.signature(p))
}

// signature is a routine's name and argument types, as format_procedure gives.
func (c *compiler) signature(p *catalog.Proc) string {
	args := make([]string, len(p.ArgTypes))
	for i, t := range p.ArgTypes {
		args[i] = c.cat.FormatType(t, -1)
	}
	return p.Name + "(" + strings.Join(args, ", ") + ")"
}

// resultDesc gives the columns of a routine that returns a composite type or
// has OUT parameters.
func (c *compiler) resultDesc(p *catalog.Proc, s site) *adt.RowDesc {
	if p.RetType != adt.RecordOID {
		if t := c.cat.TypeByOID(c.cat.BaseType(s.result)); t != nil {
			return t.Desc
		}
		return nil
	}
	d := &adt.RowDesc{Type: adt.RecordOID}
	for i, m := range p.ArgModes {
		if m != 'o' && m != 'b' && m != 't' {
			continue
		}
		f := adt.Field{Type: c.cat.OutType(p, p.AllTypes[i], s.args), Typmod: -1}
		if i < len(p.ArgNames) {
			f.Name = p.ArgNames[i]
		}
		d.Fields = append(d.Fields, f)
	}
	if d.Fields == nil {
		return nil
	}
	return d
}

func (c *compiler) funcExpr(e *nodes.FuncExpr) eval {
	if cell := c.srf[e]; cell != nil {
		return func(adt.Row) (adt.Datum, error) { return *cell, nil }
	}
	s := site{args: typesOf(e.Args), result: e.Type, collation: e.InputCollation, variadic: e.Variadic}
	call := c.callSite(c.routine(e.Func, s), c.exprs(e.Args))
	// A cast's function may give another type that is binary-compatible with the
	// target, as int2 to oid does, which runs int4(int2).
	if p := c.cat.ProcByOID(e.Func); p != nil && p.RetType != e.Type && p.RetType == adt.Int4OID {
		return func(row adt.Row) (adt.Datum, error) {
			v, err := call(row)
			if err != nil || v == nil {
				return nil, err
			}
			return adt.Relabel(v, e.Type), nil
		}
	}
	return call
}

func (c *compiler) opExpr(e *nodes.OpExpr) eval {
	if cell := c.srf[e]; cell != nil {
		return func(adt.Row) (adt.Datum, error) { return *cell, nil }
	}
	if t := c.fastTest(e); t != nil {
		return t.eval()
	}
	if f := c.fastArith(e); f != nil {
		return f
	}
	return c.callSite(c.opRoutine(e), c.exprs(e.Args))
}

func (c *compiler) opRoutine(e *nodes.OpExpr) *routine {
	fn := e.Func
	if fn == 0 {
		if op := c.cat.OperatorByOID(e.Op); op != nil {
			fn = op.Code
		}
	}
	return c.routine(fn, site{args: typesOf(e.Args), result: e.Type, collation: e.InputCollation})
}

// callSite makes the eval of a call. All arguments are evaluated before a
// strict routine's NULLs are looked for, as PostgreSQL does.
func (c *compiler) callSite(r *routine, args []eval) eval {
	body := c.plain(r)
	if body == nil {
		return fail(r.err)
	}
	return c.shortens(r, called(r, c.bounded(r, body), args))
}

// called evaluates a routine's arguments and runs its body.
func called(r *routine, body body, args []eval) eval {
	call, buf, strict, src := r.call, make([]adt.Datum, len(args)), r.proc.Strict, r.proc.Src
	switch {
	case len(args) == 1 && strict:
		a := args[0]
		return func(row adt.Row) (adt.Datum, error) {
			v, err := a(row)
			if err != nil || v == nil {
				return nil, err
			}
			buf[0] = v
			v, err = body(call, buf)
			return v, pgerr.In(err, src)
		}
	case len(args) == 2 && strict:
		a, b := args[0], args[1]
		return func(row adt.Row) (adt.Datum, error) {
			v, err := a(row)
			if err != nil {
				return nil, err
			}
			w, err := b(row)
			if err != nil || v == nil || w == nil {
				return nil, err
			}
			buf[0], buf[1] = v, w
			v, err = body(call, buf)
			return v, pgerr.In(err, src)
		}
	}
	return func(row adt.Row) (adt.Datum, error) {
		null := false
		for i, a := range args {
			v, err := a(row)
			if err != nil {
				return nil, err
			}
			null = null || v == nil
			buf[i] = v
		}
		if null && strict {
			return nil, nil
		}
		v, err := body(call, buf)
		return v, pgerr.In(err, src)
	}
}

// binary makes a function of two values of a routine, for comparisons.
func (c *compiler) binary(r *routine) func(a, b adt.Datum) (adt.Datum, error) {
	body := c.plain(r)
	if body == nil {
		return func(_, _ adt.Datum) (adt.Datum, error) { return nil, r.err }
	}
	call, buf, strict, src := r.call, make([]adt.Datum, 2), r.proc.Strict, r.proc.Src
	return func(a, b adt.Datum) (adt.Datum, error) {
		if strict && (a == nil || b == nil) {
			return nil, nil
		}
		buf[0], buf[1] = a, b
		v, err := body(call, buf)
		return v, pgerr.In(err, src)
	}
}

// operator makes a function of two values of an operator.
func (c *compiler) operatorFunc(op, left, right, collation OID) func(a, b adt.Datum) (adt.Datum, error) {
	o := c.cat.OperatorByOID(op)
	if o == nil {
		err := pgerr.Internal("cache lookup failed for operator %d", op)
		return func(_, _ adt.Datum) (adt.Datum, error) { return nil, err }
	}
	return c.binary(c.routine(o.Code, site{args: []OID{left, right}, result: o.Result, collation: collation}))
}

// equality makes an = operator's test of two non-NULL values.
func (c *compiler) equality(op, left, right, collation OID) func(a, b adt.Datum) (bool, error) {
	f := c.operatorFunc(op, left, right, collation)
	return func(a, b adt.Datum) (bool, error) {
		v, err := f(a, b)
		if err != nil {
			return false, err
		}
		eq, _ := v.(bool)
		return eq, nil
	}
}

// named calls a built-in routine by OID with given values, for expressions
// that PostgreSQL evaluates by internal calls.
func (c *compiler) named(oid OID, args ...OID) func(vals ...adt.Datum) (adt.Datum, error) {
	r := c.routine(oid, site{args: args})
	body := c.plain(r)
	return func(vals ...adt.Datum) (adt.Datum, error) {
		if body == nil {
			return nil, r.err
		}
		return body(r.call, vals)
	}
}

// byName is named for a pg_catalog routine known by name and argument types;
// with nil args, by name alone.
func (c *compiler) byName(name string, args []OID) *routine {
	for _, p := range c.cat.ProcsByName("pg_catalog", name, nil) {
		if args == nil || equalOIDs(p.ArgTypes, args) {
			return c.routine(p.OID, site{args: args})
		}
	}
	return &routine{err: pgerr.Unsupported("function %s is not supported", name)}
}

func equalOIDs(a, b []OID) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
