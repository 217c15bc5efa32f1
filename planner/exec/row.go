package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func (c *compiler) rowExpr(e *nodes.RowExpr) eval {
	args, desc := c.exprs(e.Args), c.rowDesc(e)
	return func(row adt.Row) (adt.Datum, error) {
		vals := make(adt.Row, len(desc.Fields))
		for i, a := range args {
			v, err := a(row)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		return &adt.Record{Desc: desc, Values: vals}, nil
	}
}

// rowDesc describes the value of a RowExpr; fields of the composite type that
// the expression leaves out are NULL.
func (c *compiler) rowDesc(e *nodes.RowExpr) *adt.RowDesc {
	if e.Type != adt.RecordOID {
		if t := c.cat.TypeByOID(c.cat.BaseType(e.Type)); t != nil && t.Desc != nil && len(t.Desc.Fields) >= len(e.Args) {
			return t.Desc
		}
	}
	d := &adt.RowDesc{Type: e.Type}
	for i, a := range e.Args {
		info := nodes.TypeOf(a)
		f := adt.Field{Type: info.Type, Typmod: info.Typmod, Collation: info.Collation}
		if i < len(e.Names) {
			f.Name = e.Names[i]
		}
		d.Fields = append(d.Fields, f)
	}
	return d
}

func (c *compiler) fieldSelect(e *nodes.FieldSelect) eval {
	arg, i := c.expr(e.Arg), e.Attno-1
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		rec, ok := v.(*adt.Record)
		if !ok || i < 0 {
			return nil, pgerr.Internal("attribute number %d not supported", e.Attno)
		}
		if i >= len(rec.Values) {
			return nil, pgerr.Internal("attribute number %d exceeds number of columns %d", e.Attno, len(rec.Values))
		}
		return rec.Values[i], nil
	}
}

// convertRowtype makes a value of another row type, matching columns by name.
func (c *compiler) convertRowtype(e *nodes.ConvertRowtypeExpr) eval {
	arg, t := c.expr(e.Arg), c.cat.TypeByOID(c.cat.BaseType(e.Type))
	if t == nil || t.Desc == nil {
		return fail(pgerr.Internal("type %d is not composite", e.Type))
	}
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		rec, ok := v.(*adt.Record)
		if err != nil || !ok {
			return nil, err
		}
		out := &adt.Record{Desc: t.Desc, Values: make(adt.Row, len(t.Desc.Fields))}
		for i, f := range t.Desc.Fields {
			for j, g := range rec.Desc.Fields {
				if g.Name == f.Name && g.Type == f.Type && j < len(rec.Values) {
					out.Values[i] = rec.Values[j]
				}
			}
		}
		return out, nil
	}
}

// rowCompare is a row comparison: the first columns that differ decide.
func (c *compiler) rowCompare(e *nodes.RowCompareExpr) eval {
	left, right := c.exprs(e.Left), c.exprs(e.Right)
	cmps := make([]func(a, b adt.Datum) int, len(e.Ops))
	for i, op := range e.Ops {
		cmps[i] = c.btreeOrder(op, nodes.TypeOf(e.Left[i]).Type, nodes.TypeOf(e.Right[i]).Type, e.Collations[i])
	}
	x := c.x
	return func(row adt.Row) (adt.Datum, error) {
		n := 0
		for i := range cmps {
			v, err := left[i](row)
			if err != nil {
				return nil, err
			}
			w, err := right[i](row)
			if err != nil || v == nil || w == nil {
				return nil, err
			}
			n = cmps[i](v, w)
			if err := x.takeCmpErr(); err != nil {
				return nil, err
			}
			if n != 0 {
				break
			}
		}
		switch e.Op {
		case nodes.RowLT:
			return n < 0, nil
		case nodes.RowLE:
			return n <= 0, nil
		case nodes.RowGE:
			return n >= 0, nil
		}
		return n > 0, nil
	}
}
