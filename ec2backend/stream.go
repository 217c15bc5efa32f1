package ec2backend

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgres/flowgres/planner/adt"
)

// stream is the replies to one question to one region: a list of pages that any
// number of readers go along, each at its own pace. Whoever comes first to a
// page that nobody has read makes the call, under its own context, and the
// others wait for it; when the caller goes away in the middle, the next reader
// asks for the page again. Nothing is read but what a reader needs.
//
// Pages hang on each other, so what all readers have passed is garbage, unless
// the stream is kept: it knows pages that are not kept by weak pointers alone. The link
// from a page that is maxBehind pages old is cut: a reader that comes to the cut goes on
// with calls of its own.
type stream struct {
	c       *client
	filters []types.Filter
	need    columnSet
	early   bool            // its first reader may stop before the end
	gone    map[string]bool // deleted by this server when the stream began, though replies may show them
	stale   staleTags       // changed by it when the stream began
	writes  uint64          // of this server to the region when it began
	ended   func()          // called once when the last page is in

	d *pageDecoder // the caller's

	mu      sync.Mutex
	first   *page                // nil: it is too late to begin with it
	recent  []weak.Pointer[page] // the newest, if it is not to be kept
	sent    time.Time            // when the call for the first page went out; zero: it has not
	busy    *asking
	changed chan struct{} // closed when something comes; nil: nobody waits
	awaited map[string]adt.Row
	keep    *budget // what keeping its pages is charged to; nil: they are not kept
	size    int64   // bytes charged
	rows    int
	partial bool // it does not begin at the beginning
	tokens  trail
	done    bool
	readers int
}

// page is one page of a stream, which may still be coming.
type page struct {
	token   string // that asks for it
	batches [][]adt.Row
	begun   bool
	done    bool
	read    int             // flow logs in the reply
	next    string          // token of the next page, "" at the last
	skip    map[string]bool // handed on already, though later pages may hold them
	after   *page
	cut     bool // after is not to be had
}

// asking is a call under way.
type asking struct {
	over chan struct{}
	err  error // of the call; nil also when its caller went away
}

// Pages that hang together behind the newest, and those that a stream may have
// read while readers may still begin with it.
const (
	maxBehind = 4
	maxBegun  = 2
)

// newStream makes a stream, of which nothing is read yet.
func newStream(c *client, filters []types.Filter, need columnSet) *stream {
	b := c.account.b
	need[colFlowLogID], need[colResourceID] = true, true
	stale := b.recent.stale(c)
	if stale != nil && (need[colTags] || need[colTagSet]) {
		need[colTags], need[colTagSet] = true, true
	}
	s := &stream{
		c: c, filters: filters, need: need, first: &page{}, tokens: trail{},
		writes: c.writes.Load(), gone: b.recent.deletedIDs(), awaited: b.recent.awaited(c, asksTags(filters)), stale: stale,
	}
	s.d = s.decoder()
	return s
}

// asksTags tells whether a filter is about tags.
func asksTags(filters []types.Filter) bool {
	return slices.ContainsFunc(filters, func(f types.Filter) bool { return strings.HasPrefix(aws.ToString(f.Name), "tag") })
}

func (s *stream) decoder() *pageDecoder {
	d := &pageDecoder{need: s.need, region: s.c.region, drop: s.gone}
	if s.awaited != nil || s.stale != nil {
		d.saw = s.saw
	}
	return d
}

// saw settles a row that a reply shows with what this server did to it; false: it
// is not what the stream asks for.
func (s *stream) saw(row adt.Row) (keep bool) {
	id, _ := row[colFlowLogID].(string)
	s.mu.Lock()
	waited := s.awaited[id] != nil
	delete(s.awaited, id)
	s.mu.Unlock()
	_, changed := s.stale[id]
	if changed && !s.need[colTags] {
		return true // whatever its tags are, nobody asks
	}
	if _, old := s.stale.settle(row); old {
		return matchFilters(s.filters, row)
	}
	if waited || changed {
		s.c.account.b.recent.seen(s.c, id)
	}
	return true
}

// fork makes a stream of what comes after a page.
func (s *stream) fork(p *page) *stream {
	f := &stream{
		c: s.c, filters: s.filters, need: s.need, first: &page{token: p.next}, tokens: trail{},
		writes: s.writes, gone: s.gone, stale: s.stale, awaited: maps.Clone(s.awaited), sent: s.sent, partial: true,
	}
	_ = f.tokens.follow(s.c, p.next) // the first of its trail
	f.d = f.decoder()
	f.d.skip = p.skip
	for _, rows := range p.batches {
		for _, row := range rows {
			if id, ok := row[colFlowLogID].(string); ok {
				f.d.sent = append(f.d.sent, id)
			}
		}
	}
	return f
}

// reader is a place in a stream.
type reader struct {
	s  *stream
	p  *page
	i  int    // batches of p that were read
	n  int    // pages that were read
	of string // where the stream was found: "" is one's own
}

// begin gives a reader of a stream from its first page; nil: it is too late.
func (s *stream) begin(of string) *reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		return nil
	}
	s.readers++
	return &reader{s: s, p: s.first, of: of}
}

// end says that the reader reads no further.
func (r *reader) end() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.s.readers--
	if r.s.readers == 0 && r.s.keep == nil {
		r.s.first = nil
	}
}

// pageRows is how many flow logs the reply of the page last read held.
func (r *reader) pageRows() int {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.p.read
}

// drain hands the batches on that have come.
func (r *reader) drain(emit func([]adt.Row)) {
	r.s.mu.Lock()
	for r.i < len(r.p.batches) {
		b := r.p.batches[r.i]
		r.i++
		r.s.mu.Unlock()
		emit(b)
		r.s.mu.Lock()
	}
	r.s.mu.Unlock()
}

// page hands the batches of the next page on as they come. asked tells that it
// took a call of this reader's; more that further pages follow.
func (r *reader) page(ctx context.Context, size func() int32, emit func([]adt.Row)) (asked, more bool, err error) {
	if r.n > 0 {
		r.advance()
	}
	for {
		r.drain(emit)
		s, p := r.s, r.p
		s.mu.Lock()
		if p.done && r.i == len(p.batches) {
			s.mu.Unlock()
			r.n++
			return asked, p.next != "", nil
		}
		if p.done || r.i < len(p.batches) {
			s.mu.Unlock()
			continue
		}
		if a := s.busy; a != nil {
			if s.changed == nil {
				s.changed = make(chan struct{})
			}
			changed := s.changed
			s.mu.Unlock()
			select {
			case <-changed:
			case <-a.over:
				if a.err != nil {
					return asked, false, a.err
				}
			case <-ctx.Done():
				return asked, false, context.Cause(ctx)
			}
			continue
		}
		a := &asking{over: make(chan struct{})}
		s.busy = a
		s.mu.Unlock()
		asked = true
		err := s.ask(ctx, r, size(), emit)
		s.mu.Lock()
		s.busy = nil
		if err != nil && ctx.Err() == nil {
			a.err = err
		}
		close(a.over)
		s.mu.Unlock()
		if err != nil {
			return asked, false, err
		}
	}
}

// advance goes to the page after one that was read.
func (r *reader) advance() {
	s := r.s
	s.mu.Lock()
	if !r.p.cut {
		if r.p.after == nil {
			r.p.after = &page{token: r.p.next}
		}
		r.p, r.i = r.p.after, 0
		s.mu.Unlock()
		return
	}
	own := s.fork(r.p)
	s.readers--
	s.mu.Unlock()
	own.readers = 1
	r.s, r.p, r.i, r.of = own, own.first, 0, ""
}

// sentKey finds in a context what to call when an attempt goes out.
type sentKey struct{}

// ask makes the call for a reader's page.
func (s *stream) ask(ctx context.Context, r *reader, size int32, emit func([]adt.Row)) error {
	p, d := r.p, s.d
	d.account = func() (adt.Datum, error) { return s.c.account.accountID(ctx) }
	d.emit = func(rows []adt.Row) {
		s.mu.Lock()
		p.batches = append(p.batches, rows)
		s.wake()
		s.mu.Unlock()
		r.drain(emit)
	}
	if !p.begun {
		p.begun = true
		d.begin()
	}
	in := &ec2.DescribeFlowLogsInput{Filter: s.filters, MaxResults: aws.Int32(size)}
	if p.token != "" {
		in.NextToken = aws.String(p.token)
	} else {
		ctx = context.WithValue(ctx, sentKey{}, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(p.batches) == 0 {
				s.sent = time.Now()
			}
		})
	}
	if err := s.c.describe(ctx, in, d); err != nil {
		return s.c.error(ctx, err, "DescribeFlowLogs")
	}
	p.skip = d.skip
	return s.came(p, d.next, d.read)
}

// wake tells those who wait that something has come.
func (s *stream) wake() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// came ends a page.
func (s *stream) came(p *page, next string, read int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.tokens.follow(s.c, next); err != nil {
		return err
	}
	if s.keep != nil {
		n := pageBytes(p)
		s.size += n
		if !s.keep.take(n) {
			if s.keep.strict != nil {
				return s.keep.strict()
			}
			s.letGo()
		}
	}
	s.rows += read
	p.next, p.read, p.done = next, read, true
	s.wake()
	if s.keep == nil {
		s.recent = append(s.recent, weak.Make(p))
		if len(s.recent) >= maxBegun {
			s.first = nil
		}
		if len(s.recent) > maxBehind {
			if old := s.recent[0].Value(); old != nil {
				old.cut, old.after = true, nil
			}
			s.recent = slices.Delete(s.recent, 0, 1)
		}
	}
	if next != "" {
		return nil
	}
	s.done = true
	if s.filters == nil && !s.partial {
		s.c.account.b.sizes.set(s.c, s.rows)
	}
	if s.ended != nil {
		s.ended()
	}
	return nil
}

// letGo ends the keeping of a stream's pages.
func (s *stream) letGo() {
	s.keep.give(s.size)
	s.keep, s.size, s.first = nil, 0, nil
}

// extra gives the created flow logs that the replies lacked, once all are in.
func (s *stream) extra() map[string]adt.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.awaited)
}
