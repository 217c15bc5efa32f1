package exec

import (
	"context"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// state is what one run of a query holds.
type state struct {
	run       *Runtime
	ctx       context.Context
	params    []adt.Datum // executor parameters
	version   []uint64    // of each parameter (and other inputs of subtrees): counts its changes
	count     int64
	ticks     uint32
	workMem   int64
	hashMem   int64 // the same of a hash table
	mem       int64 // bytes held
	peak      int64 // the most of them so far
	spilled   int64 // bytes written to temporary files
	temp      *Files
	cmpErr    error // first error of a comparison inside a sort
	pending   []*cte
	snapshots []*snapshot
	closers   []func()
	shared    map[string][]*sharedScan // by key
	sharing   int64                    // bytes of their pages
	files     map[*tempFile]struct{}
	stats     map[int]*NodeStats
}

func newState(r *Runtime, params int) *state {
	x := &state{
		run: r, ctx: context.Background(), params: make([]adt.Datum, params),
		version: make([]uint64, params), files: map[*tempFile]struct{}{}, temp: r.Files,
	}
	if x.temp == nil {
		x.temp = &Files{}
	}
	x.limit()
	if r.Stats {
		x.stats = map[int]*NodeStats{}
	}
	return x
}

// limit takes the limits on memory from the Runtime.
func (x *state) limit() {
	r := x.run
	x.workMem = r.WorkMem
	if x.workMem <= 0 {
		x.workMem = defaultWorkMem
	}
	if r.MemLimit > 0 {
		x.workMem = min(x.workMem, r.MemLimit/4) // rather spill than fail
	}
	x.hashMem = int64(float64(x.workMem) * max(r.HashMem, 1))
	if r.MemLimit > 0 {
		x.hashMem = min(x.hashMem, r.MemLimit/2)
	}
}

func (x *state) close() {
	for i := len(x.closers) - 1; i >= 0; i-- {
		x.closers[i]()
	}
	x.closers = nil
	for f := range x.files {
		f.close()
	}
}

// set gives an executor parameter its value.
func (x *state) set(i int, d adt.Datum) {
	x.params[i] = d
	x.version[i]++
}

// tick is called for each row handled: now and then it looks for a cancel.
func (x *state) tick() error {
	x.ticks++
	if x.ticks&255 != 0 {
		return nil
	}
	return x.canceled()
}

func (x *state) canceled() error {
	if x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	return nil
}

// stopped tells a sort to give up: takeCmpErr has the reason.
func (x *state) stopped() bool {
	if x.cmpErr == nil {
		x.cmpErr = x.canceled()
	}
	return x.cmpErr != nil
}

// hold accounts for memory that a node keeps; release gives it back.
func (x *state) hold(n int64) error {
	x.mem += n
	x.peak = max(x.peak, x.mem)
	if lim := x.run.MemLimit; lim > 0 && x.mem > lim {
		return adt.OutOfQueryMem(lim)
	}
	return nil
}

func (x *state) release(n int64) { x.mem -= n }

// rowSize estimates the bytes that keeping a row takes.
func rowSize(row adt.Row) int64 {
	n := int64(24 + 16*len(row))
	for _, d := range row {
		n += datumSize(d)
	}
	return n
}

func datumSize(d adt.Datum) int64 {
	switch d := d.(type) {
	case nil, bool, adt.Char, adt.Void:
		return 0
	case string:
		return int64(16 + len(d))
	case []byte:
		return int64(24 + len(d))
	case *adt.Array:
		n := int64(64)
		for _, v := range d.Values {
			n += 16 + datumSize(v)
		}
		return n
	case *adt.Record:
		return 32 + rowSize(d.Values)
	case *adt.Path:
		return int64(32 + 16*len(d.Points))
	case *adt.Polygon:
		return int64(56 + 16*len(d.Points))
	case int16, int32, int64, float32, float64, adt.OID, adt.Date, adt.Timestamp, adt.TimestampTZ, adt.Time:
		return 8
	}
	return 64
}

// kept tells whether a result that a node keeps is still right: whether none
// of the parameters that it came from has changed.
type kept struct {
	x     *state
	deps  []int
	at    []uint64
	valid bool
}

func (k *kept) fresh() bool {
	if !k.valid {
		return false
	}
	for i, d := range k.deps {
		if k.x.version[d] != k.at[i] {
			return false
		}
	}
	return true
}

// mark says that the result was made from the parameters as they are.
func (k *kept) mark() {
	k.at = k.at[:0]
	for _, d := range k.deps {
		k.at = append(k.at, k.x.version[d])
	}
	k.valid = true
}

// NodeStats are the counters of one plan node, for EXPLAIN ANALYZE.
type NodeStats struct {
	Loops        int64
	Rows         int64         // put out, in all loops
	Removed      int64         // by Quals
	JoinRemoved  int64         // by a join's On
	Startup      time.Duration // until the first row, in all loops
	Total        time.Duration // inputs included
	SortMethod   string        // "quicksort", "top-N heapsort", "external merge"
	SpaceKB      int64         // of a sort or hash table
	OnDisk       bool
	Groups       int64 // of a hash table
	RemoteScans  int64 // openings of a scan
	PeakMemoryKB int64
}

// counted wraps a node's rows so that its counters are kept.
func (x *state) counted(s *NodeStats, in rows, marks bool) rows {
	return func(yield func(adt.Row, error) bool) {
		s.Loops++
		start, first := time.Now(), true
		stop := func() {
			d := time.Since(start)
			s.Total += d
			if first {
				s.Startup += d
				first = false
			}
		}
		for row, err := range in {
			stop()
			if err == nil && (row != nil || !marks) {
				s.Rows++
			}
			more := yield(row, err)
			start = time.Now()
			if !more {
				return
			}
		}
		stop()
	}
}
