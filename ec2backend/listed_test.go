package ec2backend

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// The tests of this file are rows of the list in deploy/README.md with their own
// parameters, those that would take long only with FLOWGRES_SOAK.

// TestStormAndOutage (A1) has half of the calls throttled, then all of them, while
// sessions keep asking for different things: the pace stays within what EC2 documents,
// whoever gives up says so, and soon after the end all get their rows.
func TestStormAndOutage(t *testing.T) {
	t.Parallel()
	const sessions, refill, capacity = 16, 20, 100
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.NoRateLimit, c.MaxBackoff = false, 0 })
	f.SeedMany(testAccount, "us-east-1", 100)
	storm, outage := time.Duration(soak(1, 10))*time.Second, time.Duration(soak(2, 20))*time.Second
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Error: emulator.Throttled(), Probability: 0.5, For: storm})
	recovers := time.Now().Add(storm + outage)
	outages := time.AfterFunc(storm, func() {
		f.Order(emulator.Fault{Action: "DescribeFlowLogs", Error: emulator.Throttled(), For: time.Until(recovers)})
	})
	defer outages.Stop()
	served := make([]time.Time, sessions)
	var all sync.WaitGroup
	for i := range sessions {
		all.Add(1)
		go func() {
			defer all.Done()
			for served[i].Before(recovers) {
				rows, _, err := f.scan(t, fdw.Request{Quals: []fdw.Qual{eq(colFlowLogID, fmt.Sprintf("fl-%017x", 2*i))}})
				switch {
				case err != nil:
					wantCode(t, err, pgerrcode.ConfigurationLimitExceeded)
				case len(rows) != 1:
					t.Errorf("%d rows", len(rows))
					return
				default:
					served[i] = time.Now()
				}
			}
		}()
	}
	all.Wait()
	slices.SortFunc(served, time.Time.Compare)
	t.Logf("after the end: the first session is served within %v, the last within %v", served[0].Sub(recovers), served[sessions-1].Sub(recovers))
	if late := served[sessions-1].Sub(recovers); soak(0, 1) > 0 && late > 5*time.Second {
		t.Errorf("a session is served %v after the end", late)
	}
	calls := f.Calls("DescribeFlowLogs")
	t.Logf("%d calls", len(calls))
	for i := range calls {
		for j := i; j < len(calls); j++ { // calls arrive a little later than they may be sent
			if n, most := j-i+1, capacity+refill*(calls[j].Time.Sub(calls[i].Time)+200*time.Millisecond).Seconds(); float64(n) > most+1 {
				t.Fatalf("%d calls in %v", n, calls[j].Time.Sub(calls[i].Time))
			}
		}
	}
}

// TestOftenBroken (A2) breaks replies off, one way at a time, as often as the list
// says: there is a SQLSTATE for each, the call in its detail, and no hanging.
func TestOftenBroken(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]emulator.Fault{
		"5xx":             {Error: &emulator.APIError{Status: 500, Code: "InternalError", Message: "x"}},
		"reset":           {Drop: emulator.DropBefore},
		"truncated":       {Truncate: 300},
		"wrong body":      {Body: "<html><body>welcome</body></html>", ContentType: "text/html"},
		"a byte a second": {Chunk: 1, Pause: time.Second},
	} {
		f := newFixture(t, emulator.Options{}, func(c *Config) {
			c.MaxAttempts = 2
			if fault.Pause > 0 {
				c.CallTimeout = 300 * time.Millisecond // no other is to meet it, however slow the machine is
			}
		})
		f.SeedMany(testAccount, "us-east-1", 10)
		f.all(t, nil)
		fault.Action = "DescribeFlowLogs"
		f.Order(fault)
		var all sync.WaitGroup
		for range 20 { // those that wait for a timeout wait together
			all.Add(1)
			go func() {
				defer all.Done()
				for range soak(1, 10) {
					_, _, err := f.scan(t, fdw.Request{})
					e := wantCode(t, err, map[bool]string{true: pgerrcode.FDWInvalidDataType, false: pgerrcode.ConnectionFailure}[name == "wrong body"])
					if !strings.Contains(e.Detail, "ec2:DescribeFlowLogs in region us-east-1") || name == "5xx" && !strings.Contains(e.Detail, "request id ") {
						t.Errorf("%s: detail %q", name, e.Detail)
					}
				}
			}()
		}
		all.Wait()
	}
}

// TestThreeOfSeventeen (A3) has three regions of seventeen say nothing.
func TestThreeOfSeventeen(t *testing.T) {
	t.Parallel()
	regions := emulator.Regions()[:17]
	f := newFixture(t, emulator.Options{}, func(c *Config) {
		c.Regions, c.MaxAttempts, c.CallTimeout = regions, 1, time.Duration(soak(1, 3))*time.Second
	})
	for _, r := range regions {
		f.SeedMany(testAccount, r, 10)
	}
	dark := []string{regions[3], regions[8], regions[16]}
	for _, r := range dark {
		f.Order(emulator.Fault{Action: "DescribeFlowLogs", Region: r, Hang: true})
	}
	_, _, err := f.scan(t, fdw.Request{})
	if e := wantCode(t, err, pgerrcode.ConnectionFailure); !slices.ContainsFunc(dark, func(r string) bool { return strings.Contains(e.Detail, r) }) {
		t.Errorf("no region is named: %s", e.Detail)
	}
	rows, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.on_error", "partial")})
	if err != nil || len(rows) != 140 || countIDs(rows) != 140 || len(f.warn.list) != 3 {
		t.Errorf("%d rows, %v, %d warnings", len(rows), err, len(f.warn.list))
	}
	list, err := f.b.errorsTable().rows(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range dark {
		named := 0
		for _, e := range list {
			if e[2] == r {
				named++
			}
		}
		if named == 0 {
			t.Errorf("flowgres.last_errors does not name %s", r)
		}
	}
}

// TestPagesOfMany (A4) counts many pages; a token that ends on the way is an error
// that says so, never fewer rows.
func TestPagesOfMany(t *testing.T) {
	t.Parallel()
	n := soak(12_001, 250_000)
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", n)
	rows, _, err := f.scan(t, fdw.Request{})
	if err != nil || len(rows) != n || countIDs(rows) != n {
		t.Errorf("%d rows, %d ids, %v", len(rows), countIDs(rows), err)
	}
	f.Order(emulator.Fault{
		Action: "DescribeFlowLogs", Skip: 5, Times: 1,
		Error: &emulator.APIError{Status: 400, Code: "InvalidNextToken", Message: "The token has expired."},
	})
	rows, _, err = f.scan(t, fdw.Request{})
	if err == nil {
		if len(rows) != n || countIDs(rows) != n {
			t.Errorf("%d rows, %d ids", len(rows), countIDs(rows))
		}
	} else if e := wantCode(t, err, pgerrcode.FDWError); !strings.Contains(e.Detail, "InvalidNextToken") {
		t.Error(e.Detail)
	}
}

// TestFiveOfTen (W3) has five of ten resources of a call fail: none is left, or
// those that are left are told.
func TestFiveOfTen(t *testing.T) {
	t.Parallel()
	f := writeFixture(t, emulator.Options{})
	var rows []adt.Row
	for i := range 5 {
		rows = append(rows, toS3(fmt.Sprintf("vpc-%08d", i)), toS3(fmt.Sprintf("vpc-9999999%d", i)))
	}
	insert := func() error {
		_, err := f.insert(t, nil, rows...)
		return err
	}
	e := wantCode(t, insert(), pgerrcode.ForeignKeyViolation)
	for i := range 5 {
		if id := fmt.Sprintf("vpc-9999999%d", i); !strings.Contains(e.Detail, id) {
			t.Errorf("detail lacks %s: %s", id, e.Detail)
		}
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 0 {
		t.Errorf("%d flow logs left", n)
	}
	f.Order(emulator.Fault{Action: "DeleteFlowLogs", Error: emulator.Unauthorized()})
	e = wantCode(t, insert(), pgerrcode.StatementCompletionUnknown)
	left := f.FlowLogs(testAccount, "us-east-1")
	if len(left) != 5 {
		t.Errorf("%d flow logs left", len(left))
	}
	for _, l := range left {
		if !strings.Contains(e.Detail, l.ID) || !strings.Contains(e.Hint, l.ID) {
			t.Errorf("%s is not told: %s; %s", l.ID, e.Detail, e.Hint)
		}
	}
}
