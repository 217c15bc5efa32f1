package exec

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// set is a compiled call of a set-returning function.
type set func(row adt.Row) iter.Seq2[adt.Datum, error]

func failSet(err error) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) { yield(nil, err) }
}

// setCall compiles a call of a set-returning function.
func (c *compiler) setCall(e nodes.Expr, desc *adt.RowDesc, apart bool) set {
	var r *routine
	var args []eval
	switch e := e.(type) {
	case *nodes.FuncExpr:
		r = c.routine(e.Func, site{args: typesOf(e.Args), result: e.Type, collation: e.InputCollation, variadic: e.Variadic})
		args = c.exprs(e.Args)
	case *nodes.OpExpr:
		r, args = c.opRoutine(e), c.exprs(e.Args)
	default:
		r = &routine{err: pgerr.Internal("unrecognized node type: %T", e)}
	}
	if r.err == nil && (r.proc.Body == nil || r.proc.Body.Set == nil) {
		r.err = c.unsupported(r.proc)
	}
	if r.err != nil {
		return func(adt.Row) iter.Seq2[adt.Datum, error] { return failSet(r.err) }
	}
	if r.call.Desc == nil {
		r.call.Desc = desc
	}
	r.call.Apart = apart && desc != nil
	return func(row adt.Row) iter.Seq2[adt.Datum, error] {
		vals := make([]adt.Datum, len(args)) // the function may still read them while its set is
		for i, a := range args {
			v, err := a(row)
			if err != nil {
				return failSet(err)
			}
			if v == nil && r.proc.Strict {
				for _, a := range args[i+1:] {
					if _, err := a(row); err != nil {
						return failSet(err)
					}
				}
				return func(func(adt.Datum, error) bool) {}
			}
			vals[i] = v
		}
		if r.none != nil {
			return failSet(r.none)
		}
		return r.proc.Body.Set(r.call, vals)
	}
}

// rangeFunction is a compiled nodes.RangeFunction.
type rangeFunction struct {
	set    set
	scalar bool
	width  int
	types  []OID
	cat    *catalog.Catalog
}

func (c *compiler) rangeFunction(f *nodes.RangeFunction, alone bool) *rangeFunction {
	r := &rangeFunction{scalar: f.Scalar, width: len(f.Columns), cat: c.cat}
	desc := &adt.RowDesc{Type: adt.RecordOID}
	for _, col := range f.Columns {
		desc.Fields = append(desc.Fields, adt.Field{Name: col.Name, Type: col.Type, Typmod: col.Typmod, Collation: col.Collation})
		r.types = append(r.types, col.Type)
	}
	if f.Scalar {
		desc = nil
	}
	e := f.Expr
	for {
		switch x := e.(type) {
		case *nodes.RelabelType:
			e = x.Arg
			continue
		case *nodes.CollateExpr:
			e = x.Arg
			continue
		}
		break
	}
	if x, ok := e.(*nodes.XMLTableExpr); ok {
		r.set = c.xmlTable(x)
		return r
	}
	if nodes.ReturnsSet(e) {
		r.set = c.setCall(e, desc, alone)
		return r
	}
	var val eval
	if call, ok := e.(*nodes.FuncExpr); ok && desc != nil {
		rt := c.routine(call.Func, site{args: typesOf(call.Args), result: call.Type, collation: call.InputCollation, variadic: call.Variadic})
		if rt.err == nil && rt.call.Desc == nil {
			rt.call.Desc = desc
		}
		val = c.callSite(rt, c.exprs(call.Args))
	} else {
		val = c.expr(e)
	}
	r.set = func(row adt.Row) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) { yield(val(row)) }
	}
	return r
}

// columns puts a function's result into the row's columns from at on.
func (r *rangeFunction) columns(d adt.Datum, row adt.Row) error {
	if r.scalar {
		row[0] = d
		return nil
	}
	rec, ok := d.(*adt.Record)
	if d == nil {
		return nil // a NULL record: all its columns are NULL
	}
	if !ok {
		if r.width == 1 {
			row[0] = d
			return nil
		}
		return pgerr.New(pgerrcode.DatatypeMismatch, "function returning record called in context that cannot accept type record")
	}
	live := rec.Values
	if len(live) != r.width {
		return pgerr.New(pgerrcode.DatatypeMismatch, "function return row and query-specified return row do not match").
			Detailf("Returned row contains %d attribute%s, but query expects %d.", len(live), plural(len(live)), r.width)
	}
	if rec.Desc != nil && len(rec.Desc.Fields) == r.width {
		for i, f := range rec.Desc.Fields {
			if f.Type != 0 && f.Type != r.types[i] && live[i] != nil && !r.cat.IsBinaryCoercible(f.Type, r.types[i]) {
				return pgerr.New(pgerrcode.DatatypeMismatch, "function return row and query-specified return row do not match").
					Detailf("Returned type %s at ordinal position %d, but query expects %s.", r.cat.FormatType(f.Type, -1), i+1, r.cat.FormatType(r.types[i], -1))
			}
		}
	}
	copy(row, live)
	return nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// functionScan reads functions in FROM. Several run side by side, the
// shorter padded with NULLs.
func (c *compiler) functionScan(n *plan.FunctionScan, keep bool, st *NodeStats) rows {
	out, x := c.output(n, keep, st), c.x
	fs := make([]*rangeFunction, len(n.Functions))
	width := 0
	for i, f := range n.Functions {
		fs[i] = c.rangeFunction(f, len(n.Functions) == 1)
		width += fs[i].width
	}
	if n.Ordinality {
		width++
	}
	if len(fs) == 1 {
		return oneFunction(fs[0], width, n.Ordinality, out)
	}
	return x.sideBySide(fs, width, n.Ordinality, out)
}

// oneFunction reads a function in FROM. The scan runs for each row of what is beside
// it: what it needs is made once.
func oneFunction(f *rangeFunction, width int, ordinality bool, out *output) rows {
	at, row := int64(0), make(adt.Row, width)
	var hand func(adt.Row, error) bool
	each := func(d adt.Datum, err error) bool {
		clear(row)
		if err == nil {
			err = f.columns(d, row)
		}
		if err != nil {
			hand(nil, err)
			return false
		}
		if at++; ordinality {
			row[width-1] = at
		}
		return out.put(row, true, hand)
	}
	return func(yield func(adt.Row, error) bool) {
		at, hand = 0, yield
		f.set(nil)(each)
	}
}

// sideBySide reads functions of one ROWS FROM.
func (x *state) sideBySide(fs []*rangeFunction, width int, ordinality bool, out *output) rows {
	return func(yield func(adt.Row, error) bool) {
		results := make([]*store, len(fs))
		longest := 0
		for i, f := range fs {
			results[i] = &store{x: x}
			defer results[i].reset()
			if err := f.keep(results[i]); err != nil {
				yield(nil, err)
				return
			}
			longest = max(longest, results[i].len())
		}
		for at := range longest {
			row, col := make(adt.Row, width), 0
			for i, f := range fs {
				if at < results[i].len() {
					d, err := results[i].at(at)
					if err == nil {
						err = f.columns(d[0], row[col:col+f.width])
					}
					if err != nil {
						yield(nil, err)
						return
					}
				}
				col += f.width
			}
			if ordinality {
				row[width-1] = int64(at + 1)
			}
			if !out.put(row, false, yield) {
				return
			}
		}
	}
}

// keep puts all that the function gives into a store.
func (r *rangeFunction) keep(in *store) error {
	for d, err := range r.set(nil) {
		if err == nil {
			err = in.x.tick()
		}
		if err == nil {
			err = in.add(adt.Row{d})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
