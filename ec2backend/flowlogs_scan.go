package ec2backend

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
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
// starts alone, more start (twice as many each time) when those before are at
// their end, and a unit's next page is fetched when the one before is used up.
type fan struct {
	s       *flowLogScan
	who     who
	o       *opened
	ctx     context.Context
	cancel  context.CancelFunc
	units   []*unit
	partial bool

	taken atomic.Int64 // rows that the consumer got
	wg    sync.WaitGroup

	mu      sync.Mutex
	queue   []batch
	running int
	started int
	wake    chan struct{}
}

// unit is one stream of pages.
type unit struct {
	c       *client
	filters []types.Filter
	n       int // of the region's calls
	slots   chan struct{}
	pages   int
	rows    int
}

// batch is what a unit hands to the consumer.
type batch struct {
	u    *unit
	rows []adt.Row
	last bool // of its page
	err  error
}

// open implements fdw.Scan.Open.
func (s *flowLogScan) open(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
	return func(yield func([]adt.Row, error) bool) {
		o := s.bind(args)
		if o.never {
			return
		}
		f := &fan{s: s, who: whoIs(s.req.Session), o: o, wake: make(chan struct{}, 1), partial: s.setting("flowgres.on_error") == "partial"}
		f.ctx, f.cancel = context.WithCancel(withWho(context.WithValue(ctx, statsKey{}, s.stats), f.who))
		defer s.t.b.running.add(f)()
		defer f.wg.Wait()
		defer f.cancel()
		if err := f.resolve(); err != nil {
			yield(nil, err)
			return
		}
		f.consume(yield)
	}
}

func (s *flowLogScan) setting(name string) string {
	if s.req.Session == nil || s.req.Session.Setting == nil {
		return ""
	}
	return s.req.Session.Setting(name)
}

func (s *flowLogScan) warn(err error) {
	if s.req.Session != nil && s.req.Session.Warn != nil {
		s.req.Session.Warn(err)
	}
}

// resolve finds the accounts and regions, and makes the units.
func (f *fan) resolve() error {
	accounts := f.s.id.accounts
	regions := make([][]string, len(accounts))
	errs := make([]error, len(accounts))
	each := func(i int) {
		a := accounts[i]
		if f.o.asks(colAccountID) {
			id, err := a.accountID(f.ctx)
			if err != nil {
				errs[i] = err
				return
			}
			if !f.o.allows(colAccountID, id) {
				return
			}
		}
		list, err := a.regionNames(f.ctx)
		if err != nil {
			errs[i] = err
			return
		}
		for _, r := range list {
			if f.o.allows(colRegion, r) {
				regions[i] = append(regions[i], r)
			}
		}
	}
	var wg sync.WaitGroup
	for i := range accounts {
		if i == len(accounts)-1 {
			each(i)
			break
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			each(i)
		}()
	}
	wg.Wait()
	var units []*unit
	for i, a := range accounts {
		if errs[i] != nil {
			if err := f.failed(a, "", errs[i]); err != nil {
				return err
			}
			continue
		}
		for _, r := range regions[i] {
			first, calls := f.o.callsFor(a.client(r))
			for i, filters := range calls {
				n := pagesAhead
				if f.s.early {
					n = 1
				}
				units = append(units, &unit{c: a.client(r), filters: filters, n: first + i, slots: make(chan struct{}, n)})
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.units = units
	return nil
}

// failed deals with a failure by flowgres.on_error: it gives the error that
// ends the statement, or warns and gives nil.
func (f *fan) failed(a *account, region string, err error) error {
	e := pgerr.From(err)
	if !f.partial || f.ctx.Err() != nil {
		return e
	}
	f.s.t.b.calls.failed(passedOver{time.Now(), a.label(), region, f.who, e})
	w := *e
	w.Severity = "WARNING"
	f.s.warn(&w)
	return nil
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
		if b.last && !f.s.early {
			<-b.u.slots
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
		if b.last && f.s.early {
			<-b.u.slots
		}
	}
}

// more tells how many units to start when the last n have ended and more rows
// are wanted: twice as many, but with a limit no more than it takes going by the
// rows that units had so far.
func (f *fan) more(n int) int {
	taken := f.taken.Load()
	if f.s.limit == 0 || taken == 0 {
		return 2 * n
	}
	each := max(taken/int64(f.started), 1)
	return int(min(int64(2*n), (f.s.limit-taken+each-1)/each))
}

// pop takes the next batch; false when all units that were started have ended.
func (f *fan) pop() (batch, bool) {
	for {
		f.mu.Lock()
		if len(f.queue) > 0 {
			b := f.queue[0]
			f.queue[0] = batch{}
			f.queue = f.queue[1:]
			f.mu.Unlock()
			return b, true
		}
		idle := f.running == 0
		f.mu.Unlock()
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
}

func (f *fan) pages(u *unit) error {
	in := f.s.t.b.shared.take()
	defer f.s.t.b.shared.give(in)
	d := &pageDecoder{
		in: in, x: in.x, need: f.s.need, region: u.c.region, emit: func(rows []adt.Row) { f.push(batch{u: u, rows: rows}) },
		account: func() (adt.Datum, error) { return u.c.account.accountID(f.ctx) },
	}
	d.need[colFlowLogID], d.need[colResourceID] = true, true
	awaited := f.s.t.b.recent.awaited(u.c)
	d.drop, d.retag = f.o.drop, f.o.view.tags
	if len(f.o.view.deleted) > 0 {
		d.drop = maps.Clone(f.o.view.deleted)
		maps.Copy(d.drop, f.o.drop)
	}
	if awaited != nil {
		d.saw = func(id string) {
			if awaited[id] != nil {
				delete(awaited, id)
				f.s.t.b.recent.seen(u.c, id)
			}
		}
	}
	if len(f.o.checks) > 0 {
		d.keep = f.o.keep
		for _, k := range f.o.checks {
			d.need[k.c.col] = d.need[k.c.col] || k.c.col != colTags
			d.wantTags = d.wantTags || k.c.col == colTags
		}
	}
	seen := map[string]bool{}
	for token := ""; ; {
		select {
		case u.slots <- struct{}{}:
		case <-f.ctx.Done():
			return f.ctx.Err()
		}
		in := &ec2.DescribeFlowLogsInput{Filter: u.filters, MaxResults: aws.Int32(f.pageSize())}
		if token != "" {
			in.NextToken = aws.String(token)
		}
		d.begin()
		if err := u.c.describe(f.ctx, in, d); err != nil {
			return u.c.error(f.ctx, err, "DescribeFlowLogs")
		}
		u.pages++
		u.rows += d.read
		f.s.stats.page(d.read)
		if d.next == "" && len(awaited) > 0 {
			f.add(u, d, awaited)
		}
		f.push(batch{u: u, last: true})
		if d.next == "" {
			if u.filters == nil {
				f.s.t.b.sizes.set(u.c, u.rows)
			}
			return nil
		}
		if seen[d.next] {
			return pgerr.New(pgerrcode.FDWError, "DescribeFlowLogs failed: the endpoint repeats a pagination token").
				Detailf("%s", call{"ec2", "DescribeFlowLogs", u.c.account.label(), u.c.region}.detail("", 0, "", 0))
		}
		seen[d.next] = true
		token = d.next
	}
}

// add hands on the created flow logs that the replies of a unit lacked.
func (f *fan) add(u *unit, d *pageDecoder, awaited map[string]adt.Row) {
	var rows []adt.Row
	for id, row := range awaited {
		tags, _ := readTagObject(row[colTags]) // made by ourselves
		if now, ok := d.retag[id]; ok {
			tags = now
			row = slices.Clone(row)
			row[colTagSet], row[colTags] = d.in.json.tagSet(tags), d.in.json.tags(tags)
		}
		if !d.drop[id] && f.o.wants(u.n, row, tags) {
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		f.push(batch{u: u, rows: rows})
	}
}

// pageSize is the next page's MaxResults: no more than a limit still wants, and
// never below what the API allows.
func (f *fan) pageSize() int32 {
	n := int64(f.s.t.b.cfg.PageSize)
	if f.s.limit > 0 && len(f.o.checks) == 0 {
		n = min(n, f.s.limit-f.taken.Load())
	}
	return int32(max(n, minPageSize)) //nolint:gosec // at most 1000
}

// sizes remembers how many flow logs regions had when last read whole.
type sizes struct {
	mu   sync.Mutex
	rows map[string]int
}

func (z *sizes) set(c *client, n int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.rows[c.key()] = n
}

func (z *sizes) get(c *client) (n int, ok bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	n, ok = z.rows[c.key()]
	return n, ok
}

// typical is the mean of what is known, or a guess.
func (z *sizes) typical() float64 {
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(z.rows) == 0 {
		return 200
	}
	sum := 0
	for _, n := range z.rows {
		sum += n
	}
	return max(1, float64(sum)/float64(len(z.rows)))
}

func (s *scanStats) page(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.rows += rows
}

// lines are those for EXPLAIN ANALYZE.
func (s *scanStats) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	line := fmt.Sprintf("API: calls=%d pages=%d rows=%d failed=%d throttled=%d bytes=%d time=%.1fms (wait %.1fms)",
		s.calls, s.pages, s.rows, s.retries, s.throttled, s.bytes, ms(s.time), ms(s.wait))
	if s.requestID != "" {
		line += " request-id=" + s.requestID
	}
	return []string{line}
}
