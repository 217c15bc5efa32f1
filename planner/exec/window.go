package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// windowNode is a compiled plan.WindowAgg: it reads a partition, then puts out
// each of its rows with the window functions' results.
type windowNode struct {
	x     *state
	n     *plan.WindowAgg
	in    rows
	same  func(a, b adt.Row) (bool, error) // in one partition
	order []sortCol
	funcs []*windowFunc // but for plain aggregates
	aggs  []*windowAgg
	out   *output
	frame *frame
	ranks bool // all functions are such for which PostgreSQL changes the frame

	part  *store  // the partition
	start *bitmap // which rows begin a peer group
	peers span    // of the current row
	last  adt.Row // put in
	pos   int     // the current row
	row   adt.Row // at pos
	full  adt.Row // with the functions' results, reused

	failed error // the first one of the aggregates over the whole partition
}

// windowFunc is a compiled window function; it is the adt.Window that its body
// sees.
type windowFunc struct {
	w      *windowNode
	rt     *routine
	slot   int // among the results
	args   []eval
	memory any
}

// frameless are the functions that no frame makes a difference to, so that PostgreSQL
// puts a cheap one for it (optimize_window_clauses).
var frameless = map[string]bool{
	"row_number": true, "rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true, "ntile": true,
}

func (c *compiler) windowAgg(n *plan.WindowAgg, keep bool, st *NodeStats) rows {
	thin := newNarrow(live(n.Input), width(n.Input))
	w := &windowNode{
		x: c.x, part: &store{x: c.x, thin: thin}, start: &bitmap{x: c.x}, n: n, in: c.node(n.Input, thin == nil), same: c.same(n.Partition),
		order: c.sortCols(n.Order), out: c.output(n, keep, st),
	}
	w.frame = c.frame(w, &n.Clause.Frame)
	for i, e := range n.Funcs {
		if e.Agg {
			w.aggs = append(w.aggs, c.windowAggregate(w, e, i))
			continue
		}
		f := &windowFunc{w: w, slot: i, args: c.exprs(e.Args)}
		f.rt = c.routine(e.Func, site{args: typesOf(e.Args), result: e.Type, collation: e.InputCollation})
		if f.rt.err == nil && (f.rt.proc.Body == nil || f.rt.proc.Body.Window == nil) {
			f.rt.err = c.unsupported(f.rt.proc)
		}
		w.funcs = append(w.funcs, f)
	}
	w.ranks = len(w.aggs) == 0 && !slices.ContainsFunc(w.funcs, func(f *windowFunc) bool { return f.rt.proc == nil || !frameless[f.rt.proc.Name] })
	return w.run
}

func (w *windowNode) run(yield func(adt.Row, error) bool) {
	if !w.ranks {
		if err := w.frame.begin(); err != nil {
			yield(nil, err)
			return
		}
	}
	w.reset()
	defer w.reset()
	var first adt.Row
	for row, err := range w.in {
		ends := false
		if err == nil && row == nil && w.n.Marks { // partitions are within places
			if w.part.len() > 0 && !w.partition(yield) || !yield(nil, nil) {
				return
			}
			w.reset()
			continue
		}
		if err == nil && w.part.len() > 0 {
			var same bool
			same, err = w.same(first, row)
			ends = !same
		}
		if err == nil && ends {
			if !w.partition(yield) {
				return
			}
			w.reset()
		}
		if err == nil {
			if w.part.len() == 0 {
				first = append(first[:0], row...)
				w.last = append(w.last[:0], row...)
			}
			err = w.add(row)
		}
		if err != nil {
			yield(nil, err)
			return
		}
	}
	if w.part.len() > 0 {
		w.partition(yield)
	}
}

// add puts a row into the partition and finds its peer group.
func (w *windowNode) add(row adt.Row) error {
	begins := w.part.len() == 0 || len(w.order) > 0 && compareRows(w.order, w.last, row) != 0
	err := w.x.takeCmpErr()
	if err == nil {
		err = w.start.append(begins)
	}
	if err != nil {
		return err
	}
	w.last = append(w.last[:0], row...)
	for _, a := range w.aggs {
		if a.whole {
			a.feed(row)
		}
	}
	return w.part.add(row)
}

// reset forgets the partition.
func (w *windowNode) reset() {
	w.part.reset()
	w.start.reset()
	w.peers = span{}
	w.failed = nil
	for _, a := range w.aggs {
		a.reset()
	}
}

// group gives the number of a row's peer group.
func (w *windowNode) group(row int) int { return w.start.rank(row) - 1 }

// around gives the peers of the current row.
func (w *windowNode) around() span {
	if w.pos >= w.peers.to {
		w.peers.from = w.pos
		for !w.start.has(w.peers.from) {
			w.peers.from--
		}
		w.peers.to = w.start.nth(w.start.rank(w.pos))
	}
	return w.peers
}

// partition puts out a whole partition.
func (w *windowNode) partition(yield func(adt.Row, error) bool) bool {
	w.frame.reset()
	for _, f := range w.funcs {
		f.memory = nil
	}
	for i := range w.part.len() {
		row, err := w.part.at(i)
		if err != nil {
			yield(nil, err)
			return false
		}
		w.full = append(w.full[:0], row...)
		w.pos, w.row = i, w.full // row is good until the next is asked for
		made := w.x.made
		w.frame.stale = true
		w.full = append(w.full, make(adt.Row, len(w.n.Funcs))...)
		for _, f := range w.funcs {
			if w.full[len(w.row)+f.slot], err = f.value(); err != nil {
				yield(nil, err)
				return false
			}
		}
		if len(w.aggs) > 0 {
			err = w.aggregate()
		}
		for _, a := range w.aggs {
			w.full[len(w.row)+a.slot] = a.result
		}
		if err == nil && !w.ranks {
			err = w.frame.keep()
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		if !w.out.put(w.full, true, yield) {
			return false
		}
		w.x.made = made
	}
	return true
}

func (f *windowFunc) value() (adt.Datum, error) {
	if f.rt.err != nil {
		return nil, f.rt.err
	}
	return f.rt.proc.Body.Window(f)
}

// Call is what the function knows of its call.
func (f *windowFunc) Call() *adt.Call { return f.rt.call }

// Memory is the call's partition-local memory.
func (f *windowFunc) Memory() *any { return &f.memory }

// Rows is the number of the partition's rows.
func (f *windowFunc) Rows() int64 { return int64(f.w.part.len()) }

// Pos is the current row.
func (f *windowFunc) Pos() int64 { return int64(f.w.pos) }

// Peers tells whether two rows are equal under ORDER BY.
func (f *windowFunc) Peers(a, b int64) (bool, error) {
	n := int64(f.w.part.len())
	if a < 0 || b < 0 || a >= n || b >= n {
		return false, pgerr.Internal("specified position is out of window: %d", max(a, b))
	}
	return f.w.group(int(a)) == f.w.group(int(b)), nil
}

// Arg evaluates an argument at the current row.
func (f *windowFunc) Arg(i int) (adt.Datum, error) { return f.args[i](f.w.row) }

func (f *windowFunc) argAt(i, pos int) (adt.Datum, error) {
	row, err := f.w.part.at(pos)
	if err != nil {
		return nil, err
	}
	return f.args[i](row)
}

// ArgInPartition evaluates an argument at a row of the partition.
func (f *windowFunc) ArgInPartition(i int, pos int64) (d adt.Datum, out bool, err error) {
	if pos < 0 || pos >= int64(f.w.part.len()) {
		return nil, true, nil
	}
	d, err = f.argAt(i, int(pos))
	return d, false, err
}

// ArgInFrame evaluates an argument at a row of the frame.
func (f *windowFunc) ArgInFrame(i int, row int64, fromTail bool) (d adt.Datum, out bool, err error) {
	ranges, err := f.w.frame.ranges()
	if err != nil {
		return nil, false, err
	}
	if row < 0 {
		return nil, true, nil
	}
	for k := range ranges {
		r := ranges[k]
		if fromTail {
			r = ranges[len(ranges)-1-k]
		}
		n := int64(r.to - r.from)
		if row >= n {
			row -= n
			continue
		}
		at := int64(r.from) + row
		if fromTail {
			at = int64(r.to) - 1 - row
		}
		d, err = f.argAt(i, int(at))
		return d, false, err
	}
	return nil, true, nil
}
