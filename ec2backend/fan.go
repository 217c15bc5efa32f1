package ec2backend

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// pagesAhead is how many pages a region may have ready that nobody took.
const pagesAhead = 2

// fan is one opening of a scan: units (an account's region and a set of
// filters) that fetch pages concurrently, and one consumer that takes rows as
// they come. Units never block while a reply arrives; before each page they
// take one of their slots, and the consumer gives it back, so that no unit is
// ever more than pagesAhead pages ahead.
//
// When the engine may stop early, nothing is fetched ahead: the first unit
// starts alone, more start when those before are at their end, and a unit's next
// page is fetched when the one before is used up.
type fan struct {
	s       *flowLogScan
	who     who
	o       *opened
	args    [][]adt.Datum // the late values
	ctx     context.Context
	cancel  context.CancelFunc
	units   []*unit
	partial bool
	later   *fdw.Places // what conditions say of places now that the scan is open
	keeps   bool        // what is read is kept beyond the statement: pages are as large as can be

	taken atomic.Int64 // rows that the consumer got
	wg    sync.WaitGroup

	mu      sync.Mutex
	queue   []batch
	running int
	started int
	current int // with an order: the unit whose rows come next
	wake    chan struct{}
	enough  chan struct{} // closed when no page beyond those under way is wanted
}

// batch is what a unit hands to the consumer.
type batch struct {
	u    *unit
	rows []adt.Row
	last bool // of its page
	err  error

	ended bool // nothing of the unit: it has ended, and the next is of another place in the order
}

// start lets the next n units run.
func (f *fan) start(n int) {
	for ; n > 0 && f.started < len(f.units); n-- {
		u := f.units[f.started]
		f.mu.Lock()
		f.started++
		f.running++
		f.mu.Unlock()
		f.wg.Add(1)
		go f.run(u)
	}
}

// consume hands rows on until the end, an error or the consumer's break.
func (f *fan) consume(yield func([]adt.Row, error) bool) {
	next := len(f.units)
	if f.s.early {
		next = 1
	}
	f.start(next)
	for {
		b, ok := f.pop()
		switch {
		case f.ctx.Err() != nil:
			yield(nil, pgerr.From(context.Cause(f.ctx)))
			return
		case b.ended:
			if !yield(nil, nil) {
				return
			}
			continue
		case !ok && f.started < len(f.units):
			next = f.more(next)
			f.start(next)
			continue
		case !ok:
			return
		case b.err != nil:
			if err := f.failed(b.u.c.account, b.u.c.region, b.err); err != nil {
				f.cancel()
				yield(nil, err)
				return
			}
			continue
		}
		rows := b.rows
		if f.s.limit > 0 {
			rows = rows[:min(int64(len(rows)), f.s.limit-f.taken.Load())]
		}
		f.taken.Add(int64(len(rows)))
		if len(rows) > 0 && !yield(rows, nil) {
			return
		}
		if f.s.limit > 0 && f.taken.Load() >= f.s.limit {
			return
		}
		if b.last {
			<-b.u.slots // not before: a slow consumer would hold a page more
		}
	}
}

// oneByOne is how many units of a scan that may stop early start one after the
// other.
const oneByOne = 4

// more tells how many units to start when the last n have ended and more rows
// are wanted: with a limit as many as it takes going by the rows that units had so
// far, up to twice the last; else one, as its first row may be the last that is
// wanted, and after some of those twice as many each time.
func (f *fan) more(n int) int {
	taken := f.taken.Load()
	switch {
	case f.s.limit > 0 && taken > 0:
		each := max(taken/int64(f.started), 1)
		return int(min(int64(2*n), (f.s.limit-taken+each-1)/each))
	case f.s.req.Cursor && taken > 0:
		return len(f.units)
	case f.started < oneByOne:
		return 1
	}
	return 2 * n
}

// pop takes the next batch; false when all units that were started have ended.
func (f *fan) pop() (batch, bool) {
	for {
		f.mu.Lock()
		b, ok, idle := f.take()
		f.mu.Unlock()
		if ok {
			return b, true
		}
		if idle {
			return batch{}, false
		}
		select {
		case <-f.wake:
		case <-f.ctx.Done():
			return batch{}, false
		}
	}
}

// take takes the next batch that is there; idle tells that there will be no other.
// In order, batches wait for the units before theirs to end. The caller holds the
// lock.
func (f *fan) take() (b batch, ok, idle bool) {
	if len(f.s.order) == 0 {
		if len(f.queue) == 0 {
			return batch{}, false, f.running == 0
		}
		b := f.queue[0]
		f.queue[0] = batch{}
		f.queue = f.queue[1:]
		return b, true, false
	}
	if f.current == f.started {
		return batch{}, false, true
	}
	u := f.units[f.current]
	for i, b := range f.queue {
		if b.u == u {
			f.queue = slices.Delete(f.queue, i, i+1)
			return b, true, false
		}
	}
	if !u.over {
		return batch{}, false, false
	}
	f.current++
	if f.current < len(f.units) && f.s.compare(u, f.units[f.current]) != 0 {
		return batch{ended: true}, true, false
	}
	return f.take()
}

func (f *fan) push(b batch) {
	f.mu.Lock()
	f.queue = append(f.queue, b)
	f.mu.Unlock()
	f.signal()
}

func (f *fan) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run fetches a unit's pages.
func (f *fan) run(u *unit) {
	defer f.wg.Done()
	defer func() {
		f.mu.Lock()
		f.running--
		f.mu.Unlock()
		f.signal()
	}()
	if err := f.pages(u); err != nil {
		f.push(batch{u: u, err: err})
	}
	f.mu.Lock()
	u.over = true
	f.mu.Unlock()
}
