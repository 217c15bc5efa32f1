package ec2backend

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

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
}

// unit is one stream of pages.
type unit struct {
	c       *client
	filters []types.Filter
	n       int // of the region's calls
	slots   chan struct{}

	q      question
	r      *reader // of its pages
	choose bool    // from pages that answer a wider question

	lacking map[string]bool // created by the transaction, and in no page so far
	over    bool            // it has run to its end; under the fan's lock

	earlier *earlier        // what the transaction had read of the region before these pages
	met     map[string]bool // of it, by id
	refused error           // a row that does not go with it
}

// batch is what a unit hands to the consumer.
type batch struct {
	u    *unit
	rows []adt.Row
	last bool // of its page
	err  error

	ended bool // nothing of the unit: it has ended, and the next is of another place in the order
}

// open implements fdw.Scan.Open.
func (s *flowLogScan) open(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
	return func(yield func([]adt.Row, error) bool) {
		o := s.bind(args)
		if o.never {
			return
		}
		f := &fan{s: s, who: whoIs(s.req.Session), o: o, wake: make(chan struct{}, 1), partial: s.setting("flowgres.on_error") == "partial"}
		f.later = fdw.PlacesOf(ctx)
		f.ctx, f.cancel = context.WithCancel(withWho(context.WithValue(ctx, statsKey{}, s.stats), f.who))
		defer s.t.b.running.add(f)()
		defer f.leave()
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
	none := make([]bool, len(accounts))
	each := func(i int) {
		a := accounts[i]
		if f.o.asks(colAccountID) || placesBy(f.s.req.Places, colAccountID) || placesBy(f.later, colAccountID) || f.s.ordersBy(colAccountID) {
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
		none[i] = len(list) == 0
		for _, r := range list {
			if f.o.allows(colRegion, r) && mayBeAt(f.s.req.Places, a, r) {
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
		if none[i] {
			f.s.warn(a.noRegions())
		}
		for _, r := range regions[i] {
			if !mayBeAt(f.later, a, r) {
				continue
			}
			first, calls := f.o.callsFor(a.client(r), f.s.req.Shared)
			for i, filters := range calls {
				n := pagesAhead
				if f.s.early {
					n = 1
				}
				units = append(units, &unit{c: a.client(r), filters: filters, n: first + i, slots: make(chan struct{}, n)})
			}
		}
	}
	slices.SortStableFunc(units, f.s.compare)
	snapshot, statement := f.stores()
	f.keeps = snapshot != nil || !f.s.req.Fresh && durationSetting(f.s.setting("flowgres.cache_ttl")) > 0
	for _, u := range units {
		f.source(u, snapshot, statement)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.units = units
	return nil
}

// leave ends the units' readers.
func (f *fan) leave() {
	for _, u := range f.units {
		first := u.r.s
		u.r.end()
		f.s.t.b.flights.left(u.q, first)
	}
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
	case f.s.req.Cursor:
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

// compare puts units in the order that rows are wanted in.
func (s *flowLogScan) compare(a, b *unit) int {
	for _, o := range s.order {
		x, y := a.c.region, b.c.region
		if o.Column == colAccountID {
			x, y = a.c.account.knownID(), b.c.account.knownID()
		}
		if n := strings.Compare(x, y); n != 0 {
			if o.Desc {
				return -n
			}
			return n
		}
	}
	return 0
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

func (f *fan) pages(u *unit) error {
	for _, id := range f.o.view.made[u.c] {
		if f.keeps {
			u.lacks(id)
		}
	}
	pass := f.chooser(u)
	emit := func(rows []adt.Row) {
		if rows = pass(rows); len(rows) > 0 {
			f.push(batch{u: u, rows: rows})
		}
	}
	for {
		select {
		case u.slots <- struct{}{}:
		case <-f.ctx.Done():
			return f.ctx.Err()
		}
		of := u.r.of
		asked, more, err := u.r.page(f.ctx, f.pageSize, emit)
		if err == nil {
			err = u.refused
		}
		if err != nil {
			return err
		}
		if asked {
			f.s.stats.page(u.r.pageRows())
			if a := f.who.Activity; a != nil {
				a.Pages.Add(1)
				a.Rows.Add(int64(u.r.pageRows()))
			}
		} else {
			f.s.stats.reuse(of)
			f.s.t.b.reused.add(of)
		}
		if !more {
			if err := f.add(u); err != nil {
				return err
			}
		}
		f.push(batch{u: u, last: true})
		if !more {
			return nil
		}
	}
}

// chooser gives what holds a unit's rows against what their pages were not
// asked for: what the transaction did, conditions without room in the call, and
// all of them where the pages answer a wider question.
func (f *fan) chooser(u *unit) func([]adt.Row) []adt.Row {
	view, checks := f.o.view, f.o.checks
	if u.choose {
		checks = f.o.all(u.n)
	}
	if len(view.deleted) == 0 && len(view.tags) == 0 && len(checks) == 0 && u.lacking == nil && u.earlier == nil {
		return func(rows []adt.Row) []adt.Row { return rows }
	}
	readsTags := slices.ContainsFunc(checks, func(k check) bool { return k.c.col == colTags })
	var m *jsonMaker
	return func(rows []adt.Row) []adt.Row {
		var out []adt.Row
		for _, row := range rows {
			id, _ := row[colFlowLogID].(string)
			delete(u.lacking, id)
			if view.deleted[id] {
				continue
			}
			if row = f.settled(u, row); row == nil {
				continue
			}
			var tags []tag
			if now, ok := view.tags[id]; ok {
				if m == nil {
					m = newJSONMaker()
				}
				row, tags = slices.Clone(row), now
				row[colTagSet], row[colTags] = m.tagSet(tags), m.tags(tags)
			} else if readsTags {
				tags, _ = readTagObject(row[colTags]) // made by ourselves
			}
			if keep(checks, row, tags) {
				out = append(out, row)
			}
		}
		return out
	}
}

// settled gives a row of a page as the transaction's snapshot has it, nil when
// it is not there or does not belong to the unit then.
func (f *fan) settled(u *unit, row adt.Row) adt.Row {
	id, _ := row[colFlowLogID].(string)
	if u.earlier == nil || slices.Contains(f.o.view.made[u.c], id) {
		return row
	}
	row, err := u.earlier.settle(row)
	if err != nil && u.refused == nil {
		u.refused = err
	}
	if _, ok := u.earlier.rows[id]; ok {
		if u.met == nil {
			u.met = map[string]bool{}
		}
		u.met[id] = true
		if !matchFilters(u.r.s.filters, row) {
			return nil
		}
	}
	return row
}

// add hands on the flow logs that the replies of a unit lacked: created ones
// that they did not show yet or are too old for, and what the transaction has
// read before.
func (f *fan) add(u *unit) error {
	var rows []adt.Row
	for id, row := range u.r.s.extra() {
		delete(u.lacking, id)
		if row = f.settled(u, row); row != nil {
			rows = append(rows, row)
		}
	}
	if u.refused != nil {
		return u.refused
	}
	if u.earlier != nil { // what was read before and is gone, or is another now
		for id, row := range u.earlier.rows {
			if !u.met[id] && matchFilters(u.r.s.filters, row) {
				rows = append(rows, row)
			}
		}
	}
	if x, ok := f.s.req.Tx.(*tx); ok && len(u.lacking) > 0 {
		own, err := x.ownRows(f.ctx, u.c, slices.Collect(maps.Keys(u.lacking)))
		if err != nil {
			return err
		}
		rows = append(rows, own...)
	}
	m := newJSONMaker()
	var out []adt.Row
	for _, row := range rows {
		id, _ := row[colFlowLogID].(string)
		tags, _ := readTagObject(row[colTags]) // made by ourselves
		if now, ok := f.o.view.tags[id]; ok {
			tags = now
			row = slices.Clone(row)
			row[colTagSet], row[colTags] = m.tagSet(tags), m.tags(tags)
		}
		if !f.o.view.deleted[id] && f.o.wants(u.n, row, tags) {
			out = append(out, row)
		}
	}
	if len(out) > 0 {
		f.push(batch{u: u, rows: out})
	}
	return nil
}

// lacks notes a flow log of the transaction's own, until it is seen.
func (u *unit) lacks(id string) {
	if u.lacking == nil {
		u.lacking = map[string]bool{}
	}
	u.lacking[id] = true
}

// pageSize is the next page's MaxResults: no more than a limit still wants, and
// never below what the API allows.
func (f *fan) pageSize() int32 {
	n := int64(f.s.t.b.cfg.PageSize)
	if f.s.limit > 0 && len(f.o.checks) == 0 && !f.keeps {
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

// reuse counts a page that took no call of the scan's.
func (s *scanStats) reuse(of string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reused == nil {
		s.reused = map[string]int{}
	}
	s.reused[of]++
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
	lines := []string{line}
	for _, of := range slices.Sorted(maps.Keys(s.reused)) {
		lines = append(lines, fmt.Sprintf("Pages Without a Call: %d from %s", s.reused[of], sources[of]))
	}
	return lines
}

// sources are the words for where pages came from.
var sources = map[string]string{
	fromStatement: "another scan of the statement", fromSnapshot: "the transaction's snapshot",
	fromCache: "the cache (flowgres.cache_ttl)", fromFlight: "a concurrent statement",
}
