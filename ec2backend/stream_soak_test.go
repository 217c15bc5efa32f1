package ec2backend

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestSharingUnderFaults has many sessions read the same, in all the ways there
// are, while calls are throttled, reset, cut short and slow, statements are
// cancelled or stop early, and somebody writes. Whoever gets to the end has each
// flow log once, its own included; nothing is left running or registered.
func TestSharingUnderFaults(t *testing.T) {
	f := newFixture(t, emulator.Options{LogsPerResource: -1}, func(c *Config) {
		c.Regions, c.CallTimeout, c.MaxAttempts = []string{"us-east-1", "eu-west-1"}, 500*time.Millisecond, 10
		c.CacheBytes = 1 << 20
	})
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const east, west = 5200, 700
	f.SeedMany(testAccount, "us-east-1", east)
	f.SeedMany(testAccount, "eu-west-1", west)
	f.AddResource(testAccount, "eu-west-1", "vpc-00000000")
	f.all(t, nil)
	for _, fault := range []emulator.Fault{
		{Error: emulator.Throttled(), Probability: 0.05},
		{Error: &emulator.APIError{Status: 503, Code: "Unavailable", Message: "x"}, Probability: 0.03},
		{Drop: emulator.DropBefore, Probability: 0.03},
		{Drop: emulator.DropAfter, Probability: 0.03},
		{Truncate: 300_000, Probability: 0.05},
		{Chunk: 50_000, Pause: time.Millisecond, Probability: 0.1},
	} {
		fault.Action = "DescribeFlowLogs"
		f.Order(fault)
	}
	var wg sync.WaitGroup
	statements := soak(5, 150)
	for worker := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(worker), 1)) //nolint:gosec // a test
			for range statements {
				var settings []string
				if r.IntN(3) == 0 {
					settings = []string{"flowgres.cache_ttl", "5s"}
				}
				s := f.began(settings...)
				s.User = string(rune('a' + worker%2))
				req := fdw.Request{Session: s, Columns: allColumns()}
				ctx, cancel := context.WithCancel(context.Background())
				stopAt, repeats := 0, 1
				switch r.IntN(6) {
				case 0:
					time.AfterFunc(time.Duration(r.IntN(60))*time.Millisecond, cancel)
				case 1:
					stopAt, req.Early = 1+r.IntN(3000), true
				case 2:
					s.Snapshot, repeats = &fdw.Kept{}, 3
				case 3:
					ctx, repeats = fdw.WithKept(ctx, &fdw.Kept{}), 2
					req.Shared = true
				}
				first := -1
				for range repeats {
					n := f.readSome(ctx, t, req, stopAt)
					if n >= 0 && first >= 0 && n != first {
						t.Errorf("%d rows, then %d", first, n)
					}
					first = max(first, n)
				}
				cancel()
			}
		}()
	}
	req := fdw.WriteRequest{Session: f.session()}
	for range statements {
		out, err := f.b.flowLogs.Insert(t.Context(), req, []adt.Row{toS3("vpc-00000000", colRegion, "eu-west-1")}, nil, false)
		if err == nil {
			s := f.began("flowgres.cache_ttl", "5s")
			s.User = "a"
			id, _ := out[0][colFlowLogID].(string)
			if rows, _, err := f.scan(t, fdw.Request{Session: s, Quals: []fdw.Qual{eq(colFlowLogID, id), eq(colRegion, "eu-west-1")}}); err == nil && len(rows) != 1 {
				t.Errorf("what was just created is there %d times", len(rows))
			}
			_, err = f.b.flowLogs.Delete(t.Context(), req, out)
		}
		if err != nil && pgerr.From(err).Code != "08006" && pgerr.From(err).Code != "53400" {
			t.Error(err)
		}
	}
	wg.Wait()
	f.b.flights.mu.Lock()
	defer f.b.flights.mu.Unlock()
	if n := len(f.b.flights.streams); n != 0 {
		t.Errorf("%d streams are still registered", n)
	}
	f.b.running.mu.Lock()
	defer f.b.running.mu.Unlock()
	if n := len(f.b.running.fans); n != 0 {
		t.Errorf("%d scans are still running", n)
	}
	t.Logf("%+v, %d calls", f.b.Reuse(), f.describes())
	f.b.transport.CloseIdleConnections()
}

// readSome reads a scan to its end, or until it has so many rows, and gives
// their number; -1 when it did not get to the end. No flow log may come twice.
func (f *fixture) readSome(ctx context.Context, t *testing.T, req fdw.Request, most int) int {
	scan, err := f.b.flowLogs.Plan(req)
	if err != nil {
		t.Error(err)
		return -1
	}
	seen := map[[2]adt.Datum]bool{}
	n := 0
	for rows, err := range scan.Open(ctx, nil) {
		if err != nil {
			if code := pgerr.From(err).Code; !errors.Is(err, context.Canceled) && ctx.Err() == nil && code != "08006" && code != "53400" {
				t.Error(err)
			}
			return -1
		}
		for _, r := range rows {
			seen[[2]adt.Datum{r[colRegion], r[colFlowLogID]}] = true
		}
		if n += len(rows); most > 0 && n >= most {
			break
		}
	}
	if len(seen) != n {
		t.Errorf("%d rows, %d flow logs", n, len(seen))
	}
	if most > 0 {
		return -1
	}
	if n < 5900 || n > 5901 {
		t.Errorf("%d rows", n)
	}
	return n
}
