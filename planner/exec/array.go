package exec

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

const maxDim = 6 // MAXDIM

// arrayExpr is ARRAY[…] (ExecEvalArrayExpr).
func (c *compiler) arrayExpr(e *nodes.ArrayExpr) eval {
	elems := c.exprs(e.Elements)
	if e.Multi {
		return func(row adt.Row) (adt.Datum, error) {
			b := &arrayBuilder{elem: e.Elem}
			for _, f := range elems {
				v, err := f(row)
				if err != nil {
					return nil, err
				}
				if err := b.sub(v); err != nil {
					return nil, err
				}
			}
			return b.multi()
		}
	}
	return func(row adt.Row) (adt.Datum, error) {
		vals := make([]adt.Datum, len(elems))
		for i, f := range elems {
			v, err := f(row)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		return adt.NewArray(e.Elem, vals), nil
	}
}

// arrayBuilder makes a multidimensional array of sub-arrays of equal dimensions.
type arrayBuilder struct {
	elem  OID
	dims  []adt.ArrayDim // of the sub-arrays
	n     int32
	empty bool // a NULL or empty sub-array was seen
	vals  []adt.Datum
}

func (b *arrayBuilder) sub(d adt.Datum) error {
	a, _ := d.(*adt.Array)
	if a == nil || len(a.Dims) == 0 {
		b.empty = true
		return nil
	}
	if b.dims == nil {
		if len(a.Dims) >= maxDim {
			return pgerr.New(pgerrcode.ProgramLimitExceeded,
				"number of array dimensions (%d) exceeds the maximum allowed (%d)", len(a.Dims)+1, maxDim)
		}
		b.dims = a.Dims
	} else if !sameDims(b.dims, a.Dims) {
		return errDims()
	}
	b.n++
	b.vals = append(b.vals, a.Values...)
	return nil
}

func (b *arrayBuilder) multi() (adt.Datum, error) {
	if b.dims == nil {
		return &adt.Array{Elem: b.elem}, nil
	}
	if b.empty {
		return nil, errDims()
	}
	dims := append([]adt.ArrayDim{{Len: b.n, Lower: 1}}, b.dims...)
	return &adt.Array{Elem: b.elem, Dims: dims, Values: b.vals}, nil
}

func errDims() error {
	return pgerr.New(pgerrcode.ArraySubscriptError,
		"multidimensional arrays must have array expressions with matching dimensions")
}

func sameDims(a, b []adt.ArrayDim) bool {
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

// arrayCoerce coerces each element of an array.
func (c *compiler) arrayCoerce(e *nodes.ArrayCoerceExpr) eval {
	arg := c.expr(e.Arg)
	var elem eval
	cell := c.testing(func() { elem = c.expr(e.Elem) })
	typ := c.cat.ElemTypeOf(e.Type)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		a, ok := v.(*adt.Array)
		if err != nil || !ok {
			return nil, err
		}
		out := &adt.Array{Elem: typ, Dims: a.Dims, Values: make([]adt.Datum, len(a.Values))}
		for i, v := range a.Values {
			*cell = v
			if out.Values[i], err = elem(row); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// subscript is container[…].
func (c *compiler) subscript(e *nodes.SubscriptingRef) eval {
	t := c.cat.TypeByOID(c.cat.BaseType(e.Container))
	if t == nil {
		return fail(pgerr.Internal("cache lookup failed for type %d", e.Container))
	}
	switch t.Subscript {
	case "jsonb_subscript_handler":
		return c.jsonbSubscript(e)
	case "array_subscript_handler":
	case "raw_array_subscript_handler":
		return c.rawSubscript(e)
	default:
		return fail(pgerr.Unsupported("subscripting of type %s is not supported", c.cat.FormatType(e.Container, -1)))
	}
	arg, upper, lower := c.exprs([]nodes.Expr{e.Expr})[0], c.exprs(e.Upper), c.exprs(e.Lower)
	up, lo := make([]*int32, len(upper)), make([]*int32, len(upper))
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		a, ok := v.(*adt.Array)
		if err != nil || !ok {
			return nil, err
		}
		if null, err := subscripts(upper, up, row); err != nil || null {
			return nil, err
		}
		if !e.Slice {
			return element(a, up), nil
		}
		if null, err := subscripts(lower, lo, row); err != nil || null {
			return nil, err
		}
		return adt.ArraySlice(a, lo, up), nil
	}
}

// subscripts evaluates subscripts, nil where one is left out; null tells that
// one is NULL.
func subscripts(es []eval, out []*int32, row adt.Row) (null bool, err error) {
	for i, e := range es {
		out[i] = nil
		if e == nil {
			continue
		}
		v, err := e(row)
		if err != nil {
			return false, err
		}
		n, ok := v.(int32)
		if !ok {
			null = true
		}
		out[i] = &n
	}
	return null, nil
}

// element is array_get_element: NULL unless every dimension has a subscript in
// range.
func element(a *adt.Array, subs []*int32) adt.Datum {
	if len(subs) != len(a.Dims) || len(subs) == 0 {
		return nil
	}
	at := int64(0)
	for i, d := range a.Dims {
		n := int64(*subs[i]) - int64(d.Lower)
		if n < 0 || n >= int64(d.Len) {
			return nil
		}
		at = at*int64(d.Len) + n
	}
	return a.Values[at]
}

// rawSubscript is value[n] of a type that is a fixed-length array from 0: a
// name of its bytes, a geometric type of its points or numbers.
func (c *compiler) rawSubscript(e *nodes.SubscriptingRef) eval {
	if e.Slice {
		return fail(pgerr.New(pgerrcode.FeatureNotSupported, "slices of fixed-length arrays not implemented"))
	}
	arg, subs := c.expr(e.Expr), c.exprs(e.Upper)
	at := make([]*int32, len(subs))
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		null, err := subscripts(subs, at, row)
		if err != nil || null || len(at) != 1 {
			return nil, err
		}
		return adt.RawGet(v, *at[0]), nil
	}
}

// jsonbSubscript is jsonb[path]; subscripts are text or integers.
func (c *compiler) jsonbSubscript(e *nodes.SubscriptingRef) eval {
	if e.Slice {
		return fail(pgerr.New(pgerrcode.DatatypeMismatch, "jsonb subscript does not support slices"))
	}
	if e.Assign != nil {
		return c.jsonbAssign(e)
	}
	arg, subs := c.expr(e.Expr), c.exprs(e.Upper)
	textArray := c.cat.ArrayTypeOf(adt.TextOID)
	get := c.binary(c.byName("jsonb_extract_path", []OID{adt.JSONBOID, textArray}))
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		path := make([]adt.Datum, len(subs))
		for i, s := range subs {
			p, err := s(row)
			if err != nil || p == nil {
				return nil, err
			}
			if n, ok := p.(int32); ok {
				p = strconv.Itoa(int(n))
			}
			path[i] = p
		}
		return get(v, adt.NewArray(adt.TextOID, path))
	}
}

// jsonbAssign is SET jsonb[path] = value (jsonb_subscript_assign): NULL becomes a
// container for the first subscript, and a NULL value JSON's null.
func (c *compiler) jsonbAssign(e *nodes.SubscriptingRef) eval {
	arg, subs, value := c.expr(e.Expr), c.exprs(e.Upper), c.expr(e.Assign)
	list := nodes.TypeOf(e.Upper[0]).Type == adt.Int4OID
	return func(row adt.Row) (adt.Datum, error) {
		was, err := arg(row)
		if err != nil {
			return nil, err
		}
		path := make([]adt.Datum, len(subs))
		for i, s := range subs {
			p, err := s(row)
			switch n := p.(type) {
			case nil:
				if err == nil {
					err = pgerr.New(pgerrcode.NullValueNotAllowedDataException, "jsonb subscript in assignment must not be null")
				}
			case int32:
				p = strconv.Itoa(int(n))
			}
			if err != nil {
				return nil, err
			}
			path[i] = p
		}
		v, err := value(row)
		if err != nil {
			return nil, err
		}
		j, _ := was.(*adt.JSONB)
		to, _ := v.(*adt.JSONB)
		return adt.JSONBAssign(j, path, to, list)
	}
}
