package ec2backend

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// began is a session whose statement begins now.
func (f *fixture) began(settings ...string) *fdw.Session {
	s := f.session(settings...)
	s.Began = time.Now()
	return s
}

func countIDs(rows []adt.Row) int {
	seen := map[[2]adt.Datum]bool{}
	for _, r := range rows {
		seen[[2]adt.Datum{r[colRegion], r[colFlowLogID]}] = true
	}
	return len(seen)
}

// waitForReaders returns when so many readers are on the streams under way.
func (f *fixture) waitForReaders(n int) {
	readers := func() (n int) {
		f.b.flights.mu.Lock()
		defer f.b.flights.mu.Unlock()
		for _, s := range f.b.flights.streams {
			s.mu.Lock()
			n += s.readers
			s.mu.Unlock()
		}
		return n
	}
	for readers() != n {
		time.Sleep(time.Millisecond)
	}
}

// TestSharedScans has statements read the same at once: they share the calls as
// long as each would be as fresh with calls of its own.
func TestSharedScans(t *testing.T) {
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 3500)
	f.all(t, nil)
	together := func(n int, session func(i int) *fdw.Session, cancel func(i int) time.Duration) (calls int) {
		t.Helper()
		f.ResetCalls()
		all := make(chan struct{})
		f.ClearFaults()
		f.Order(emulator.Fault{Action: "DescribeFlowLogs", Hold: all, Latency: 50 * time.Millisecond})
		var sessions []*fdw.Session
		for i := range n {
			sessions = append(sessions, session(i))
		}
		var wg sync.WaitGroup
		for i, s := range sessions {
			wg.Add(1)
			go func() {
				defer wg.Done()
				ctx, stop := context.WithCancel(context.Background())
				defer stop()
				leaves := cancel != nil && cancel(i) > 0
				if leaves {
					go func() {
						<-all
						time.AfterFunc(cancel(i), stop)
					}()
				}
				rows, _, err := f.scanContext(ctx, t, fdw.Request{Session: s})
				switch {
				case leaves:
					if err == nil {
						t.Errorf("%d was not cancelled", i)
					}
				case err != nil || len(rows) != 3500 || countIDs(rows) != 3500:
					t.Errorf("%d: %d rows, %d ids, %v", i, len(rows), countIDs(rows), err)
				}
			}()
		}
		f.waitForReaders(n)
		close(all)
		wg.Wait()
		return f.describes()
	}
	if n := together(8, func(int) *fdw.Session { return f.began() }, nil); n != 4 {
		t.Errorf("%d calls for 8 statements that read the same 4 pages", n)
	}
	// The callers of several pages go away in the middle of them.
	n := together(8, func(int) *fdw.Session { return f.began() }, func(i int) time.Duration {
		return time.Duration(i%2*(20+25*i)) * time.Millisecond
	})
	if n < 4 || n > 8 {
		t.Errorf("%d calls although half of the readers were cancelled", n)
	}
	// Roles share nothing.
	n = together(4, func(i int) *fdw.Session {
		s := f.began()
		s.User = string(rune('a' + i%2))
		return s
	}, nil)
	if n != 8 {
		t.Errorf("%d calls for two roles", n)
	}
	// A statement that began after the first call went out reads for itself.
	f.ResetCalls()
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		_, _, _ = f.scan(t, fdw.Request{Session: f.began()})
	}()
	for len(f.Calls("DescribeFlowLogs")) == 0 {
		time.Sleep(time.Millisecond)
	}
	if rows, _, err := f.scan(t, fdw.Request{Session: f.began()}); err != nil || len(rows) != 3500 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	wg.Wait()
	if n := f.describes(); n != 8 {
		t.Errorf("%d calls, 8 would be fresh", n)
	}
}

// TestSharedFailure has the call fail that many wait for.
func TestSharedFailure(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.MaxAttempts = 1 })
	f.SeedMany(testAccount, "us-east-1", 10)
	f.all(t, nil)
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Latency: 50 * time.Millisecond, Error: emulator.Unauthorized()})
	f.ResetCalls()
	sessions := make([]*fdw.Session, 6)
	for i := range sessions {
		sessions[i] = f.began()
	}
	var wg sync.WaitGroup
	for _, s := range sessions {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, _, err := f.scan(t, fdw.Request{Session: s}); err == nil {
				t.Error("no error")
			}
		}()
	}
	wg.Wait()
	if n := f.describes(); n == 0 || n > len(sessions) {
		t.Errorf("%d calls", n)
	}
	if len(f.b.flights.streams) != 0 {
		t.Errorf("%d flights are left", len(f.b.flights.streams))
	}
}

// TestSlowReader has one reader wait at its first page while another goes on:
// the fast one does not wait, pages do not pile up, and the slow one gets every
// row once, with calls of its own.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{}, nil)
	const pages = 20
	f.SeedMany(testAccount, "us-east-1", pages*1000)
	c := f.b.server.accounts[0].client("us-east-1")
	s := newStream(c, nil, everyColumn())
	fast, slow := s.begin(""), s.begin("")
	size := func() int32 { return 1000 }
	read := func(r *reader) (n int, more bool) {
		_, more, err := r.page(t.Context(), size, func(rows []adt.Row) { n += len(rows) })
		if err != nil {
			t.Fatal(err)
		}
		return n, more
	}
	at, _ := read(slow)
	first := slow.p
	n := 0
	for more := true; more; {
		var rows int
		rows, more = read(fast)
		n += rows
	}
	if n != pages*1000 || f.describes() != pages {
		t.Errorf("%d rows with %d calls", n, f.describes())
	}
	hanging := 0
	for p := first; p != nil; p = p.after {
		hanging++
	}
	if hanging > maxBehind+1 || s.first != nil {
		t.Errorf("%d pages hang on the first", hanging)
	}
	for more := true; more; {
		var rows int
		rows, more = read(slow)
		at += rows
	}
	if at != pages*1000 || f.describes() != 2*pages-1 {
		t.Errorf("slow: %d rows with %d calls", at, f.describes())
	}
	fast.end()
	slow.end()
}

// TestPassedPages holds that a stream keeps no page that its readers have passed.
func TestPassedPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 6000)
	s := newStream(f.b.server.accounts[0].client("us-east-1"), nil, everyColumn())
	r := s.begin("")
	defer r.end()
	for more := true; more; {
		var err error
		if _, more, err = r.page(t.Context(), func() int32 { return 1000 }, func([]adt.Row) {}); err != nil {
			t.Fatal(err)
		}
		n := len(s.recent)
		if n < 2 {
			continue
		}
		passed := s.recent[n-2]
		for tries := 0; passed.Value() != nil; tries++ { // who read the next one may still be on its way out
			if tries == 100 {
				t.Fatalf("%d pages are in, and the last but one is kept", n)
			}
			time.Sleep(time.Millisecond)
			runtime.GC()
		}
	}
}

// TestCacheTTL reads with flowgres.cache_ttl.
func TestCacheTTL(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1"} })
	f.SeedMany(testAccount, "us-east-1", 1500)
	f.SeedMany(testAccount, "eu-west-1", 10)
	f.AddResource(testAccount, "eu-west-1", "vpc-00000000")
	f.all(t, nil)
	ask := func(name string, calls, want int, s *fdw.Session, quals ...fdw.Qual) {
		t.Helper()
		f.ResetCalls()
		rows, scan, err := f.scan(t, fdw.Request{Session: s, Quals: quals})
		if err != nil || len(rows) != want || countIDs(rows) != want {
			t.Errorf("%s: %d rows, %d ids, %v, want %d", name, len(rows), countIDs(rows), err, want)
		}
		if n := f.describes(); n != calls {
			t.Errorf("%s: %d calls, want %d; %q", name, n, calls, scan.Analyze())
		}
	}
	cached := func() *fdw.Session { return f.began("flowgres.cache_ttl", "5min") }
	ask("first", 3, 1510, cached())
	ask("again", 0, 1510, cached())
	ask("without", 3, 1510, f.began())
	ask("a region", 0, 10, cached(), eq(colRegion, "eu-west-1"))
	ask("a filter", 0, 1, cached(), eq(colFlowLogID, "fl-"+"00000000000000003"), eq(colRegion, "us-east-1"))
	other := cached()
	other.User = "other"
	ask("another role", 3, 1510, other)
	short := f.began("flowgres.cache_ttl", "1ms")
	ask("too old", 3, 1510, short)
	// What is to be written to is read anew.
	f.ResetCalls()
	if rows, _, err := f.scan(t, fdw.Request{Session: cached(), Fresh: true}); err != nil || len(rows) != 1510 || f.describes() != 3 {
		t.Errorf("for a write: %d rows, %v, %d calls", len(rows), err, f.describes())
	}
	ask("again", 0, 1510, cached())
	// A write to a region ends what is kept of it, and of no other.
	out := f.mustInsert(t, nil, toS3("vpc-00000000", colRegion, "eu-west-1"))
	ask("after an insert", 1, 1511, cached())
	ask("again", 0, 1511, cached())
	if _, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session()}, out); err != nil {
		t.Fatal(err)
	}
	ask("after a delete", 1, 1510, cached())
	// A scan that was not read to its end is not kept.
	f.b.cache.forget()
	f.ResetCalls()
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: cached(), Columns: fewColumns(), Early: true})
	if err != nil {
		t.Fatal(err)
	}
	for range scan.Open(t.Context(), nil) {
		break
	}
	ask("after part of it", 3, 1510, cached())
	if r := f.b.Reuse(); r.Cache == 0 || r.CacheMisses == 0 || r.CacheBytes == 0 {
		t.Errorf("%+v", r)
	}
}

// TestCacheIsBounded fills the cache beyond its size.
func TestCacheIsBounded(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.CacheBytes = 100 << 10 })
	f.SeedMany(testAccount, "us-east-1", 3000)
	for i := range 50 {
		quals := []fdw.Qual{eq(colTrafficType, "ALL"), op(colResourceID, fdw.OpLike, adt.Datum("vpc-%"+string(rune('a'+i%6))+"%"))}
		if i%10 == 0 {
			quals = nil // larger than the cache
		}
		if _, _, err := f.scan(t, fdw.Request{Session: f.began("flowgres.cache_ttl", "1h"), Quals: quals}); err != nil {
			t.Fatal(err)
		}
		if n := f.b.Reuse().CacheBytes; n > 100<<10 || n < 0 {
			t.Fatalf("%d bytes", n)
		}
	}
}

// TestSnapshot reads in a transaction that wants a stable snapshot while others
// write.
func TestSnapshot(t *testing.T) {
	f := newFixture(t, emulator.Options{LogsPerResource: -1}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1"} })
	f.SeedMany(testAccount, "us-east-1", 1500)
	f.SeedMany(testAccount, "eu-west-1", 10)
	for _, r := range []string{"vpc-00000000", "vpc-00000001", "vpc-00000002"} {
		f.AddResource(testAccount, "eu-west-1", r)
	}
	f.all(t, nil)
	s := f.began()
	s.Snapshot = &fdw.Kept{}
	x := f.b.flowLogs.Begin(s, true)
	ask := func(name string, calls, want int, quals ...fdw.Qual) []adt.Row {
		t.Helper()
		f.ResetCalls()
		rows, scan, err := f.scan(t, fdw.Request{Session: s, Tx: x, Quals: quals, Columns: allColumns()})
		if err != nil || len(rows) != want || countIDs(rows) != want {
			t.Errorf("%s: %d rows, %d ids, %v, want %d", name, len(rows), countIDs(rows), err, want)
		}
		if n := f.describes(); n != calls {
			t.Errorf("%s: %d calls, want %d; %q", name, n, calls, scan.Analyze())
		}
		return rows
	}
	eu := eq(colRegion, "eu-west-1")
	ask("first", 1, 10, eu)
	ask("again", 0, 10, eu)
	ask("whole", 2, 1510)
	ask("again", 0, 1510)
	ask("a filter", 0, 1, eq(colFlowLogID, "fl-00000000000000003"), eq(colRegion, "us-east-1"))
	// Another session writes: not to be seen here, but there.
	req := fdw.WriteRequest{Session: f.session()}
	f.mustInsert(t, nil, toS3("vpc-00000000", colRegion, "eu-west-1"))
	victims := ask("unseen", 0, 10, eu)[:2]
	if was, err := f.b.flowLogs.Delete(t.Context(), req, victims); err != nil || !was[0] {
		t.Fatal(was, err)
	}
	ask("unseen", 0, 10, eu)
	if rows, _, err := f.scan(t, fdw.Request{Quals: []fdw.Qual{eu}}); err != nil || len(rows) != 9 {
		t.Errorf("another session: %d rows, %v", len(rows), err)
	}
	// Its own writes are seen.
	own, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: s, Tx: x}, []adt.Row{toS3("vpc-00000001", colRegion, "eu-west-1", colTags, jsonb(t, `{"a":"b"}`))}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	ask("own insert", 1, 11, eu)
	ask("own insert again", 0, 11, eu)
	ask("own insert by tag", 0, 1, eu, tagEq("a", "b"))
	ask("not by another", 0, 0, eu, tagEq("a", "c"))
	mark := x.Mark()
	if _, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: s, Tx: x}, own); err != nil {
		t.Fatal(err)
	}
	ask("own delete", 0, 10, eu)
	if err := x.RollbackTo(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	ask("back", 0, 11, eu)
	if err := x.RollbackTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	ask("all back", 0, 10, eu)
	if err := x.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Its memory has a bound.
	s = f.began("flowgres.query_mem", "64kB")
	s.Snapshot = &fdw.Kept{}
	_, _, err = f.scan(t, fdw.Request{Session: s})
	wantCode(t, err, "53200")
}

// TestDeferredWrites holds creates until COMMIT.
func TestDeferredWrites(t *testing.T) {
	f := writeFixture(t, emulator.Options{LogsPerResource: -1})
	s := f.session("flowgres.transaction_writes", "deferred")
	insert := func(x fdw.Tx, returning bool, rows ...adt.Row) error {
		_, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: s, Tx: x, CountOnly: !returning}, rows, nil, false)
		return err
	}
	have := func(want int) {
		t.Helper()
		if n := len(f.FlowLogs(testAccount, "us-east-1")); n != want {
			t.Errorf("%d flow logs, want %d", n, want)
		}
	}
	x := f.b.flowLogs.Begin(s, true)
	if err := insert(x, false, toS3("vpc-00000000"), toS3("vpc-00000001")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, insert(x, true, toS3("vpc-00000002")), "0A000")
	have(0)
	if err := x.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	have(0)
	x = f.b.flowLogs.Begin(s, true)
	if err := insert(x, false, toS3("vpc-00000000"), toS3("vpc-00000001")); err != nil {
		t.Fatal(err)
	}
	if err := x.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	have(2)
	// The same again in the place of what is deleted.
	x = f.b.flowLogs.Begin(s, true)
	rows := f.all(t, nil)
	if _, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: s, Tx: x}, rows); err != nil {
		t.Fatal(err)
	}
	if err := insert(x, false, toS3("vpc-00000000"), toS3("vpc-00000002")); err != nil {
		t.Fatal(err)
	}
	have(2)
	if err := x.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	have(2)
	// A create that fails at COMMIT takes the others along.
	x = f.b.flowLogs.Begin(s, true)
	if err := errors.Join(insert(x, false, toS3("vpc-00000003")), insert(x, false, toS3("vpc-99999999"))); err != nil {
		t.Fatal(err)
	}
	wantCode(t, x.Commit(t.Context()), "23503")
	have(2)
}
