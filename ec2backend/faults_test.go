package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"go.uber.org/goleak"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestTransientFaults reads through faults that pass: every row once.
func TestTransientFaults(t *testing.T) {
	t.Parallel()
	fixture := func(timeout time.Duration) *fixture {
		f := newFixture(t, emulator.Options{}, func(c *Config) { c.CallTimeout = timeout })
		f.SeedMany(testAccount, "us-east-1", 2500)
		return f
	}
	// A reply to wait for in vain takes the timeout; others have all the time that
	// a busy machine needs.
	patient, hasty := fixture(time.Minute), fixture(3*time.Second)
	for name, fault := range map[string]emulator.Fault{
		"throttle":    {Error: emulator.Throttled(), Times: 3},
		"server":      {Error: &emulator.APIError{Status: 503, Code: "Unavailable", Message: "x"}, Times: 3},
		"drop before": {Drop: emulator.DropBefore, Skip: 1, Times: 2},
		"drop after":  {Drop: emulator.DropAfter, Skip: 1, Times: 2},
		"truncated":   {Truncate: 700_000, Skip: 1, Times: 2},
		"truncated 2": {Truncate: 100, Times: 2},
		"foreign":     {Body: "<html><body>proxy</body>", ContentType: "text/html", Times: 1},
		"not xml":     {Body: "{}", Times: 1},
		"hang":        {Hang: true, Skip: 1, Times: 1},
		"slow":        {Chunk: 1000, Pause: 10 * time.Millisecond, Skip: 2, Times: 1},
		"short pages": {PageSize: 700},
		"empty pages": {EmptyPage: true, Skip: 1, Times: 2},
	} {
		f := patient
		if name == "hang" || name == "slow" {
			f = hasty
		}
		fault.Action = "DescribeFlowLogs"
		f.ClearFaults()
		f.Order(fault)
		rows, _, err := f.scan(t, fdw.Request{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen := map[adt.Datum]bool{}
		for _, r := range rows {
			seen[r[colFlowLogID]] = true
		}
		if len(rows) != 2500 || len(seen) != 2500 {
			t.Errorf("%s: %d rows, %d ids", name, len(rows), len(seen))
		}
	}
}

// TestShorterRetry breaks a page off; what its retry then gives is less than what
// was handed on already. Every row comes once.
func TestShorterRetry(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 2500)
	for name, then := range map[string]emulator.Fault{"empty": {EmptyPage: true}, "short": {PageSize: 100}} {
		for skip := range 2 {
			f.ClearFaults()
			then.Action, then.Times = "DescribeFlowLogs", 1
			f.Order(emulator.Fault{Action: "DescribeFlowLogs", Truncate: 600_000, Skip: skip, Times: 1})
			then.Skip = skip
			f.Order(then)
			rows, _, err := f.scan(t, fdw.Request{})
			if err != nil || len(rows) != 2500 || countIDs(rows) != 2500 {
				t.Errorf("%s after %d pages: %d rows, %d ids, %v", name, skip, len(rows), countIDs(rows), err)
			}
		}
	}
}

// TestLastingFaults has errors with SQLSTATE, call and request id.
func TestLastingFaults(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.CallTimeout, c.MaxAttempts = 100*time.Millisecond, 2 })
	f.SeedMany(testAccount, "us-east-1", 10)
	api := func(status int, code string) emulator.Fault {
		return emulator.Fault{Error: &emulator.APIError{Status: status, Code: code, Message: "Because."}}
	}
	for _, c := range []struct {
		name  string
		fault emulator.Fault
		code  string
		id    bool
	}{
		{"denied", emulator.Fault{Error: emulator.Unauthorized()}, pgerrcode.InsufficientPrivilege, true},
		{"auth", api(401, "AuthFailure"), pgerrcode.InvalidAuthorizationSpecification, true},
		{"opt in", api(403, "OptInRequired"), pgerrcode.FDWUnableToEstablishConnection, true},
		{"throttle", emulator.Fault{Error: emulator.Throttled()}, pgerrcode.ConfigurationLimitExceeded, true},
		{"parameter", api(400, "InvalidParameterValue"), pgerrcode.InvalidParameterValue, true},
		{"pagination", api(400, "InvalidPaginationToken"), pgerrcode.FDWError, true},
		{"internal", api(500, "InternalError"), pgerrcode.ConnectionFailure, true},
		{"unheard of", api(400, "Whatever"), pgerrcode.FDWError, true},
		{"drop", emulator.Fault{Drop: emulator.DropBefore}, pgerrcode.ConnectionFailure, false},
		{"truncated", emulator.Fault{Truncate: 100}, pgerrcode.ConnectionFailure, false},
		{"foreign", emulator.Fault{Body: "<html></html>"}, pgerrcode.FDWInvalidDataType, false},
		{"foreign error", emulator.Fault{Body: "Bad gateway", Status: 502, Error: emulator.Throttled()}, pgerrcode.ConnectionFailure, false},
		{"hang", emulator.Fault{Hang: true}, pgerrcode.ConnectionFailure, false},
		{"loop", emulator.Fault{RepeatToken: true}, pgerrcode.FDWError, false},
	} {
		f.ClearFaults()
		c.fault.Action = "DescribeFlowLogs"
		f.Order(c.fault)
		_, _, err := f.scan(t, fdw.Request{})
		var e *pgerr.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
			continue
		}
		if !strings.Contains(e.Detail, "ec2:DescribeFlowLogs in region us-east-1, account ") || c.id && !strings.Contains(e.Detail, "request id ") {
			t.Errorf("%s: detail %q", c.name, e.Detail)
		}
	}
}

// TestPartial has one region fail.
func TestPartial(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions, c.MaxAttempts = []string{"us-east-1", "eu-west-1", "us-west-2"}, 1 })
	for _, r := range []string{"us-east-1", "eu-west-1", "us-west-2"} {
		f.Seed(testAccount, r, []emulator.FlowLog{{ResourceID: "vpc-00000001"}})
	}
	f.Order(emulator.Fault{Region: "eu-west-1", Error: emulator.Unauthorized()})
	_, _, err := f.scan(t, fdw.Request{})
	if e := wantCode(t, err, pgerrcode.InsufficientPrivilege); !strings.Contains(e.Detail, "eu-west-1") {
		t.Error(e.Detail)
	}
	rows, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.on_error", "partial")})
	if err != nil || len(rows) != 2 || len(f.warn.list) != 1 {
		t.Fatal(len(rows), err, f.warn.list)
	}
	if w := wantCode(t, f.warn.list[0], pgerrcode.InsufficientPrivilege); w.Severity != "WARNING" || !strings.Contains(w.Detail, "eu-west-1") {
		t.Errorf("warning %+v", w)
	}
}

// TestCancel cancels and breaks at several moments: it ends at once, no
// goroutine stays, and no call follows.
func TestCancel(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1"} })
	f.SeedMany(testAccount, "us-east-1", 20_000)
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Region: "eu-west-1", Hang: true})
	ignore := goleak.IgnoreCurrent()
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 50 * time.Millisecond} {
		cause := pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to statement timeout")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(after, func() { cancel(cause) })
		_, _, err := f.scanContext(ctx, t, fdw.Request{})
		if e := wantCode(t, err, pgerrcode.QueryCanceled); e.Message != cause.Message {
			t.Error(e.Message)
		}
		cancel(nil)
	}
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: fewColumns()})
	if err != nil {
		t.Fatal(err)
	}
	f.ResetCalls()
	for range scan.Open(t.Context(), nil) {
		break
	}
	f.b.Close()
	n := -1
	for n != f.describes() { // what was on its way arrives
		n = f.describes()
		time.Sleep(300 * time.Millisecond)
	}
	if n > 2+pagesAhead {
		t.Errorf("%d calls", n)
	}
	goleak.VerifyNone(t, ignore, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("github.com/flowgres/flowgres/ec2backend/emulator.(*Emulator).before"))
}

// TestBackPressure holds that a consumer that stops is at most two pages
// behind.
func TestBackPressure(t *testing.T) {
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 20_000)
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: fewColumns()})
	if err != nil {
		t.Fatal(err)
	}
	n, first := 0, true
	for rows, err := range scan.Open(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if first {
			time.Sleep(100 * time.Millisecond)
			if calls := f.describes(); calls > 1+pagesAhead {
				t.Errorf("%d calls ahead", calls)
			}
			first = false
		}
		n += len(rows)
	}
	if n != 20_000 || f.describes() != 20 {
		t.Errorf("%d rows, %d calls", n, f.describes())
	}
}

// TestFirstRows hands rows on before a page is complete.
func TestFirstRows(t *testing.T) {
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 1000)
	seen := make(chan struct{})
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Chunk: 200_000, HoldBody: seen})
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: fewColumns()})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows, err := range scan.Open(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			close(seen) // the page ends only after its first rows
		}
		n += len(rows)
	}
	if n != 1000 {
		t.Errorf("%d rows", n)
	}
}

// TestAccountsAndRegions fans out over assumed roles and wildcard regions.
func TestAccountsAndRegions(t *testing.T) {
	d := emulator.Fleet(emulator.Options{})
	url, err := d.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.OptIn("222233334444", "eu-south-1", true)
	cfg := Config{Regions: []string{"us-*", "eu-*"}, EndpointURL: url, NoRateLimit: true, MaxBackoff: 10 * time.Millisecond}
	for _, a := range d.Accounts {
		cfg.Accounts = append(cfg.Accounts, Account{RoleARN: a.RoleARN, ExternalID: a.ExternalID, AccessKeyID: d.Accounts[0].AccessKeyID, SecretAccessKey: d.Accounts[0].SecretAccessKey})
	}
	b, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := &fixture{Emulator: d.Emulator, b: b, warn: &warnings{}}
	want := 0
	for _, a := range d.Accounts {
		for _, r := range d.Regions {
			if r != "ap-southeast-2" {
				want += len(d.FlowLogs(a.ID, r))
			}
		}
	}
	rows := f.all(t, nil)
	if len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	// 4 and 7 regions each (us-east-1/2, us-west-1/2, eu-west-1/2/3, eu-central-1, eu-north-1), one account one more.
	if n := f.describes(); n != 4*9+1 {
		t.Errorf("%d describes", n)
	}
	if n := len(f.Calls("DescribeRegions")); n != 4 {
		t.Errorf("%d DescribeRegions", n)
	}
	for _, r := range rows {
		if r[colAccountID] == nil || r[colRegion] == nil || r[colResourceType] == nil {
			t.Fatal(r)
		}
	}
	f.ResetCalls()
	rows, _, err = f.scan(t, fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{eq(colAccountID, "444455556666"), eq(colRegion, "eu-west-1")}})
	if err != nil || len(rows) == 0 || len(f.Calls()) != 1 {
		t.Errorf("%d rows, %v, calls %s", len(rows), err, f.actions())
	}
	// Credentials that end in between are fetched again, once, unseen.
	f.ResetCalls()
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Account: "222233334444", ExpireSessions: true, Skip: 2, Times: 1})
	if n := len(f.all(t, nil)); n != want {
		t.Errorf("%d rows after credentials ended, want %d", n, want)
	}
	if n := len(f.Calls("AssumeRole")); n < 1 {
		t.Errorf("%d AssumeRole", n)
	}
}

// TestThrottleStorm keeps many scans going against an endpoint that throttles.
func TestThrottleStorm(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.NoRateLimit = false })
	f.SeedMany(testAccount, "us-east-1", 100)
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Error: emulator.Throttled(), Probability: 0.3, For: 500 * time.Millisecond})
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			rows, _, err := f.scan(t, fdw.Request{})
			if err == nil && len(rows) != 100 {
				err = fmt.Errorf("%d rows", len(rows))
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
