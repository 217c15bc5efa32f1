package exec

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// frame finds the rows of the current row's window frame. Its ends only move
// forward within a partition.
type frame struct {
	w          *windowNode
	def        *nodes.Frame
	start, end eval
	inRange    [2]func(args ...adt.Datum) (adt.Datum, error)
	offset     [2]adt.Datum

	stale    bool   // from and to are those of another row
	from, to int    // before exclusion
	reached  [2]int // RANGE with offset: the ends found for the last row
	out      []span
}

// span is a run of rows.
type span struct{ from, to int }

func (c *compiler) frame(w *windowNode, def *nodes.Frame) *frame {
	f := &frame{w: w, def: def}
	if def.StartOffset != nil {
		f.start = c.expr(def.StartOffset)
	}
	if def.EndOffset != nil {
		f.end = c.expr(def.EndOffset)
	}
	if def.Mode != nodes.FrameRange || len(w.n.Order) == 0 {
		return f
	}
	key := w.n.Order[0].Type
	for i, fn := range []OID{w.n.Clause.StartInRange, w.n.Clause.EndInRange} {
		e := def.StartOffset
		if i == 1 {
			e = def.EndOffset
		}
		if e == nil || fn == 0 {
			continue
		}
		r := c.routine(fn, site{
			args: []OID{key, key, nodes.TypeOf(e).Type, adt.BoolOID, adt.BoolOID}, result: adt.BoolOID,
			collation: w.n.Clause.InRangeCollation,
		})
		body := c.plain(r)
		buf := make([]adt.Datum, 5)
		f.inRange[i] = func(args ...adt.Datum) (adt.Datum, error) {
			if body == nil {
				return nil, r.err
			}
			copy(buf, args)
			return body(r.call, buf)
		}
	}
	return f
}

// begin evaluates the offsets, once a run.
func (f *frame) begin() error {
	for i, e := range []eval{f.start, f.end} {
		if e == nil {
			continue
		}
		what := "starting"
		if i == 1 {
			what = "ending"
		}
		v, err := e(nil)
		if err != nil {
			return err
		}
		if v == nil {
			return pgerr.New(pgerrcode.NullValueNotAllowedDataException, "frame %s offset must not be null", what)
		}
		if n, ok := v.(int64); ok && n < 0 && f.def.Mode != nodes.FrameRange {
			return pgerr.New(pgerrcode.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", what)
		}
		f.offset[i] = v
	}
	return nil
}

// whole tells that every row's frame is the whole partition.
func (f *frame) whole() bool {
	d := f.def
	peers := d.End == nodes.CurrentRow && d.Mode == nodes.FrameRange && len(f.w.n.Order) == 0 // of each row: all
	return d.Start == nodes.UnboundedPreceding && d.Exclude == nodes.ExcludeNone && (d.End == nodes.UnboundedFollowing || peers)
}

func (f *frame) reset() { f.reached, f.stale = [2]int{}, true }

// keep finds the ends that a RANGE with offsets has even where no function asks for
// them, as PostgreSQL keeps them up to date: in_range may refuse the offset.
func (f *frame) keep() error {
	if !f.stale || f.inRange[0] == nil && f.inRange[1] == nil {
		return nil
	}
	_, err := f.ranges()
	return err
}

// ranges gives the frame's rows, exclusion honoured, as runs in order.
func (f *frame) ranges() ([]span, error) {
	if !f.stale {
		return f.out, nil
	}
	from, err := f.bound(0, f.def.Start)
	if err != nil {
		return nil, err
	}
	to, err := f.bound(1, f.def.End)
	if err != nil {
		return nil, err
	}
	f.from, f.to, f.stale = from, max(from, to), false
	f.out = f.out[:0]
	if f.def.Exclude == nodes.ExcludeNone {
		f.span(from, f.to)
		return f.out, nil
	}
	pos, peers := f.w.pos, f.w.around()
	first, last := peers.from, peers.to
	switch f.def.Exclude {
	case nodes.ExcludeCurrentRow:
		f.span(from, min(f.to, pos))
		f.span(max(from, pos+1), f.to)
	case nodes.ExcludeGroup:
		f.span(from, min(f.to, first))
		f.span(max(from, last), f.to)
	case nodes.ExcludeTies:
		f.span(from, min(f.to, first))
		f.span(max(from, pos), min(f.to, pos+1))
		f.span(max(from, last), f.to)
	}
	return f.out, nil
}

func (f *frame) span(from, to int) {
	if from < to {
		f.out = append(f.out, span{from, to})
	}
}

// bound gives the frame's first row (side 0) or the row after its last (side 1).
func (f *frame) bound(side int, b nodes.FrameBound) (int, error) {
	w := f.w
	n := w.part.len()
	switch b {
	case nodes.UnboundedPreceding:
		return 0, nil
	case nodes.UnboundedFollowing:
		return n, nil
	case nodes.CurrentRow:
		if f.def.Mode == nodes.FrameRows {
			return w.pos + side, nil
		}
		if side == 0 {
			return w.around().from, nil
		}
		return w.around().to, nil
	}
	preceding := b == nodes.OffsetPreceding
	switch f.def.Mode {
	case nodes.FrameRows:
		return clampTo(moved(w.pos, f.offset[side], preceding)+int64(side), n), nil
	case nodes.FrameGroups:
		g := moved(w.group(w.pos), f.offset[side], preceding)
		switch {
		case g < 0:
			return 0, nil
		case g >= int64(n):
			return n, nil
		}
		return w.start.nth(int(g) + side), nil
	}
	return f.rangeBound(side, preceding)
}

// moved is a position some rows before or after another, out of range rather
// than overflowing.
func moved(at int, offset adt.Datum, preceding bool) int64 {
	off, _ := offset.(int64)
	if preceding {
		return max(int64(at)-min(off, math.MaxInt32*2), -1)
	}
	return int64(at) + min(off, math.MaxInt64/2)
}

func clampTo(i int64, n int) int { return int(max(0, min(i, int64(n)))) }

// rangeBound moves on from the last row's bound while the ordering value is
// outside of the offset's range (update_frameheadpos, update_frametailpos).
func (f *frame) rangeBound(side int, preceding bool) (int, error) {
	w, in := f.w, f.inRange[side]
	if in == nil {
		return 0, pgerr.Internal("RANGE offset without an in_range function")
	}
	c, slot := w.n.Clause, w.n.Order[0].Slot
	cur := w.row[slot]
	sub, less := preceding, side == 1
	if !c.InRangeAsc {
		sub, less = !sub, !less
	}
	at := f.reached[side]
	for ; at < w.part.len(); at++ {
		if err := w.x.tick(); err != nil {
			return 0, err
		}
		row, err := w.part.at(at)
		if err != nil {
			return 0, err
		}
		v := row[slot]
		if v == nil || cur == nil {
			stop := false
			switch {
			case side == 0 && c.InRangeNullsFirst:
				stop = v != nil || cur == nil
			case side == 0:
				stop = v == nil || cur != nil
			case c.InRangeNullsFirst:
				stop = v != nil && cur == nil
			default:
				stop = v == nil && cur != nil
			}
			if stop {
				break
			}
			continue
		}
		d, err := in(v, cur, f.offset[side], sub, less)
		if err != nil {
			return 0, err
		}
		if inside := truthOf(d) == yes; inside == (side == 0) {
			break
		}
	}
	f.reached[side] = at
	return at, nil
}
