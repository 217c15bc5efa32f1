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
	settled   bool // what it wrote cannot be undone: it is too late for a cancel
	ticks     uint32
	workMem   int64
	hashMem   int64 // the same of a hash table
	mem       int64 // bytes held
	peak      int64 // the most of them so far
	made      int64 // bytes of long values made for the row under way
	taken     int64 // bytes taken of the Runtime's Memory
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
	x.run.Memory.Give(x.taken)
	x.mem, x.made, x.taken = 0, 0, 0
}

// set gives an executor parameter its value.
func (x *state) set(i int, d adt.Datum) {
	x.params[i] = d
	x.version[i]++
}

// tick is called for each row handled, of which one may take milliseconds: now
// and then it looks for a cancel.
func (x *state) tick() error {
	x.ticks++
	if x.ticks&3 != 0 {
		return nil
	}
	return x.canceled()
}

func (x *state) canceled() error {
	if x.ctx.Err() != nil && !x.settled {
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

// rowSize estimates the bytes that keeping a row takes.
func rowSize(row adt.Row) int64 {
	n := int64(24 + 16*len(row))
	for _, d := range row {
		n += adt.MemorySize(d)
	}
	return n
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
	Loops       int64
	Rows        int64         // put out, in all loops
	Removed     int64         // by Quals
	JoinRemoved int64         // by a join's On
	Startup     time.Duration // until the first row, in all loops
	Total       time.Duration // inputs included
	SortMethod  string        // "quicksort", "top-N heapsort", "external merge"
	SpaceKB     int64         // of a sort or hash table
	OnDisk      bool
	Batches     int64 // times that a hash table was filled, of the run with the most
	RemoteScans int64 // openings of a scan
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
