package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// result puts out its input's rows, or one row without columns.
func (c *compiler) result(n *plan.Result, keep bool, st *NodeStats) rows {
	out := c.output(n, keep, st)
	if n.Input == nil {
		return func(yield func(adt.Row, error) bool) { out.put(adt.Row{}, false, yield) }
	}
	in := c.node(n.Input, keep && out.targets == nil)
	if out.passes() {
		return in
	}
	return func(yield func(adt.Row, error) bool) {
		eachRow(in, n.Marks, yield, func(row adt.Row) bool { return out.put(row, false, yield) })
	}
}

// feedKey names a scan argument that a HashJoin feeds.
type feedKey struct {
	scan *plan.Scan
	arg  int
}

// feed holds the values that a HashJoin hands down to a scan argument.
type feed struct {
	key    int // of the join
	values []adt.Datum
	input  int // what depends on the values depends on this
}

// scanArg makes the function that gives a Late qual's values.
func (c *compiler) scanArg(n *plan.Scan, i int) func() ([]adt.Datum, error) {
	a := n.Args[i]
	if a.Fed {
		f := c.feeds[feedKey{n, i}]
		if f == nil {
			err := pgerr.Internal("nothing feeds argument %d of the scan of %s", i, n.Relation.Name)
			return func() ([]adt.Datum, error) { return nil, err }
		}
		c.free[f.input] = true
		return func() ([]adt.Datum, error) { return f.values, nil }
	}
	es := c.exprs(a.Exprs)
	return func() ([]adt.Datum, error) {
		vals := make([]adt.Datum, 0, len(es))
		for _, e := range es {
			v, err := e(nil)
			if err != nil {
				return nil, err
			}
			if arr, ok := v.(*adt.Array); ok && a.Array {
				for _, v := range arr.Values {
					if v != nil {
						vals = append(vals, v)
					}
				}
			} else if v != nil {
				vals = append(vals, v)
			}
		}
		return vals, nil
	}
}

// scan reads a table.
func (c *compiler) scan(n *plan.Scan, keep bool, st *NodeStats) rows {
	out, x := c.output(n, keep, st), c.x
	args, late := make([]func() ([]adt.Datum, error), len(n.Args)), 0
	unused := make([]bool, len(args)) // the table ignores the qual
	for i, q := range n.Request.Quals {
		if q.Late && len(unused) > late {
			unused[late] = n.Fdw.Served[i] == fdw.No
			late++
		}
	}
	for i := range args {
		args[i] = c.scanArg(n, i)
	}
	width, system := len(n.Relation.Table.Columns()), systemColumns(n)
	places, counts := c.places(n), x.table(n.Relation.OID)
	open := func() (iter.Seq2[[]adt.Row, error], error) {
		vals := make([][]adt.Datum, len(args))
		for i, a := range args {
			if unused[i] {
				continue
			}
			v, err := a()
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		if err := x.canceled(); err != nil {
			return nil, err
		}
		counts.scanned()
		return x.open(n, vals, places, st), nil
	}
	if snap := c.snapshot(n, open); snap != nil {
		open = func() (iter.Seq2[[]adt.Row, error], error) { return snap.pages(), nil }
	}
	ahead := toucher{cols: n.Request.Columns}
	return func(yield func(adt.Row, error) bool) {
		pages, err := open()
		if err != nil {
			yield(nil, err)
			return
		}
		at := int64(0)
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 && n.Marks && !yield(nil, nil) {
				return
			}
			counts.Read.Add(int64(len(page)))
			for i, row := range page {
				ahead.touch(page, i)
				if system != nil {
					full := make(adt.Row, 0, width+len(n.System))
					row = system(append(full, row...), at)
					at++
				}
				if !out.put(row, false, yield) {
					return
				}
			}
		}
	}
}

// System columns' attribute numbers (sysattr.h).
const (
	attCtid     = -1
	attXmin     = -2
	attCmin     = -3
	attXmax     = -4
	attCmax     = -5
	attTableoid = -6
)

// systemColumns makes the function that appends a row's system columns; nil if
// none is wanted. Rows of tables without storage look frozen, and ctid counts
// the rows of the scan.
func systemColumns(n *plan.Scan) func(row adt.Row, at int64) adt.Row {
	if len(n.System) == 0 {
		return nil
	}
	const frozen, perPage = OID(2), 200 // FrozenTransactionId
	return func(row adt.Row, at int64) adt.Row {
		for _, a := range n.System {
			switch a {
			case attTableoid:
				row = append(row, n.Relation.OID)
			case attXmin:
				row = append(row, frozen)
			case attCtid:
				row = append(row, adt.TID{Block: uint32(at / perPage), Offset: uint16(at%perPage + 1)})
			default:
				row = append(row, OID(0))
			}
		}
		return row
	}
}

// valuesScan reads a VALUES list.
func (c *compiler) valuesScan(n *plan.ValuesScan, keep bool, st *NodeStats) rows {
	out := c.output(n, keep, st)
	lists := make([][]eval, len(n.Values))
	for i, l := range n.Values {
		lists[i] = c.exprs(l)
	}
	return func(yield func(adt.Row, error) bool) {
		made := out.x.made
		for _, l := range lists {
			row := make(adt.Row, len(l))
			for i, e := range l {
				v, err := e(nil)
				if err != nil {
					yield(nil, err)
					return
				}
				row[i] = v
			}
			if !out.put(row, false, yield) {
				return
			}
			out.x.made = made
		}
	}
}

// append puts out the rows of all inputs, one after the other, or merges them.
func (c *compiler) append(n *plan.Append, keep bool, st *NodeStats) rows {
	out := c.output(n, keep, st)
	ins := make([]rows, len(n.Inputs))
	for i, in := range n.Inputs {
		ins[i] = c.node(in, keep && out.targets == nil || n.Keys != nil)
	}
	if n.Keys != nil {
		return c.mergeAppend(n, ins, out)
	}
	return func(yield func(adt.Row, error) bool) {
		for _, in := range ins {
			for row, err := range in {
				if err != nil {
					yield(nil, err)
					return
				}
				if !out.put(row, false, yield) {
					return
				}
			}
		}
	}
}
