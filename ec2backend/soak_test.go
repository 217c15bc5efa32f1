package ec2backend

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// TestNoDuplicates creates while replies are lost before and after the work is
// done: every flow log is there once, and every statement succeeds.
func TestNoDuplicates(t *testing.T) {
	t.Parallel()
	f := writeFixture(t, emulator.Options{LogsPerResource: -1})
	f.Order(emulator.Fault{Action: "CreateFlowLogs", Drop: emulator.DropAfter, Probability: 0.3})
	f.Order(emulator.Fault{Action: "CreateFlowLogs", Drop: emulator.DropBefore, Probability: 0.2})
	f.Order(emulator.Fault{Action: "CreateFlowLogs", Truncate: 60, Probability: 0.1})
	runs := soak(50, 1000)
	for i := range runs {
		// Two calls: the settings differ.
		out := f.mustInsert(t, nil,
			toS3("vpc-00000000", colLogDestination, fmt.Sprintf("arn:aws:s3:::bucket%d", i)), toS3("vpc-00000001", colLogDestination, fmt.Sprintf("arn:aws:s3:::bucket%d", i)),
			toS3("vpc-00000000", colLogDestination, fmt.Sprintf("arn:aws:s3:::other%d", i)))
		if out[0] == nil || out[1] == nil || out[2] == nil {
			t.Fatalf("run %d: %v", i, out)
		}
	}
	seen := map[string]int{}
	for _, l := range f.FlowLogs(testAccount, "us-east-1") {
		seen[l.ResourceID+l.Destination]++
	}
	if len(seen) != 3*runs || len(f.FlowLogs(testAccount, "us-east-1")) != 3*runs {
		t.Errorf("%d flow logs, %d different, want %d", len(f.FlowLogs(testAccount, "us-east-1")), len(seen), 3*runs)
	}
	if n := len(f.Calls("CreateFlowLogs")); n <= 2*runs {
		t.Errorf("%d calls: no reply was lost", n)
	}
	if d := doubts(t, f.b); len(d) != 0 {
		t.Errorf("in doubt: %v", d)
	}
}

// TestLostForGood holds that a create whose outcome cannot be learnt is
// reported as such and listed.
func TestLostForGood(t *testing.T) {
	t.Parallel()
	f := &fixture{Emulator: emulator.New(emulator.Options{}), warn: &warnings{}}
	f.AddAccount(testAccount, testKey)
	f.AddResource(testAccount, "us-east-1", "vpc-00000000")
	url, err := f.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cfg := journalConfig(url, "")
	cfg.WriteBudget = time.Second
	if f.b, err = New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer f.b.Close()
	f.Order(emulator.Fault{Action: "CreateFlowLogs", Drop: emulator.DropAfter})
	_, err = f.insert(t, nil, toS3("vpc-00000000"))
	wantCode(t, err, pgerrcode.StatementCompletionUnknown)
	d := doubts(t, f.b)
	if len(d) != 1 || d[0][2] != "CreateFlowLogs" || d[0][5].(*adt.Array).Values[0] != "vpc-00000000" {
		t.Fatalf("in doubt: %v", d)
	}
	table := &doubtTable{statusTable{}, f.b}
	id, _ := d[0][0].(string)
	if ended, known, err := table.Resolve(t.Context(), f.session(), id); ended || !known || err != nil {
		t.Errorf("resolved while replies are lost: %v, %v, %v", ended, known, err)
	}
	f.ClearFaults()
	if ended, known, err := table.Resolve(t.Context(), f.session(), id); !ended || !known || err != nil || len(f.FlowLogs(testAccount, "us-east-1")) != 0 {
		t.Errorf("resolved: %v, %v, %v; %d flow logs", ended, known, err, len(f.FlowLogs(testAccount, "us-east-1")))
	}
	if _, known, _ := table.Resolve(t.Context(), f.session(), id); known || len(doubts(t, f.b)) != 0 {
		t.Error("still in doubt")
	}
}

// TestPartOfACall holds that what a call made before it failed as a whole is
// found and taken back, or kept when only conflicts were in its way.
func TestPartOfACall(t *testing.T) {
	f := writeFixture(t, emulator.Options{CreateFails: true})
	rows := []adt.Row{toS3("vpc-00000000"), toS3("vpc-00000001"), toS3("vpc-99999999"), toS3("vpc-00000002")}
	_, err := f.insert(t, nil, rows...)
	wantCode(t, err, pgerrcode.ForeignKeyViolation)
	if l := f.FlowLogs(testAccount, "us-east-1"); len(l) != 0 {
		t.Errorf("left behind: %v", l)
	}
	// One that was there before, with the same settings, stays.
	f.mustInsert(t, nil, toS3("vpc-00000005", colLogDestination, "arn:aws:s3:::other"))
	_, err = f.insert(t, nil, append(slices.Clone(rows), toS3("vpc-00000005"))...)
	wantCode(t, err, pgerrcode.ForeignKeyViolation)
	if l := f.FlowLogs(testAccount, "us-east-1"); len(l) != 1 || l[0].Destination != "arn:aws:s3:::other" {
		t.Errorf("left: %v", l)
	}

	// moto's form: a conflict ends the call, what came before it stays.
	f = writeFixture(t, emulator.Options{ConflictFails: true})
	f.mustInsert(t, nil, toS3("vpc-00000003"))
	_, err = f.insert(t, nil, toS3("vpc-00000001"), toS3("vpc-00000003"), toS3("vpc-00000002"))
	wantCode(t, err, pgerrcode.UniqueViolation)
	if l := f.FlowLogs(testAccount, "us-east-1"); len(l) != 1 {
		t.Errorf("left: %v", l)
	}
	out, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session()},
		[]adt.Row{toS3("vpc-00000001"), toS3("vpc-00000003"), toS3("vpc-00000002")}, nil, true)
	if err != nil || out[0] == nil || out[2] == nil {
		t.Errorf("on conflict do nothing: %v, %v", out, err)
	}
	if l := f.FlowLogs(testAccount, "us-east-1"); len(l) != 3 {
		t.Errorf("%d flow logs", len(l))
	}
}

// TestRegionOutage has a region that does not answer at all: the statement
// ends within its attempts, or goes on without it.
func TestRegionOutage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{}, func(c *Config) {
		c.Regions, c.MaxAttempts, c.CallTimeout = []string{"us-east-1", "eu-west-1"}, 2, 3*time.Second
	})
	f.SeedMany(testAccount, "us-east-1", 3000)
	for name, fault := range map[string]emulator.Fault{
		"silent": {Hang: true}, "resets": {Drop: emulator.DropBefore}, "errors": {Error: &emulator.APIError{Status: 503, Code: "Unavailable", Message: "x"}},
	} {
		fault.Region = "eu-west-1"
		f.ClearFaults()
		f.Order(fault)
		_, _, err := f.scan(t, fdw.Request{})
		wantCode(t, err, pgerrcode.ConnectionFailure)
		f.warn.list = nil
		rows, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.on_error", "partial")})
		if err != nil || len(rows) != 3000 || len(f.warn.list) != 1 {
			t.Errorf("%s: %d rows, %v, %d warnings", name, len(rows), err, len(f.warn.list))
		}
	}
	list, err := f.b.errorsTable().rows(t.Context(), nil)
	if err != nil || len(list) != 3 || list[0][2] != "eu-west-1" || list[0][7] != int32(4711) {
		t.Errorf("last errors: %v, %v", list, err)
	}
}

// TestCredentialsEndMidScan (A5) has temporary credentials end between pages, as often
// as a try says, after so many calls.
func TestCredentialsEndMidScan(t *testing.T) {
	t.Parallel()
	for _, try := range []struct{ rows, skip, times int }{{8000, 3, 2}, {12_000, 6, 1}} {
		f := &fixture{Emulator: emulator.New(emulator.Options{}), warn: &warnings{}}
		f.AddAccount(testAccount, testKey)
		f.AddAccount("222233334444")
		f.AddRole("222233334444", "reader", "")
		f.SeedMany("222233334444", "us-east-1", try.rows)
		url, err := f.Start()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cfg := journalConfig(url, "")
		cfg.Accounts[0].RoleARN = "arn:aws:iam::222233334444:role/reader"
		if f.b, err = New(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		defer f.b.Close()
		f.Order(emulator.Fault{Action: "DescribeFlowLogs", ExpireSessions: true, Skip: try.skip, Times: try.times})
		rows, _, err := f.scan(t, fdw.Request{})
		if err != nil || len(rows) != try.rows || countIDs(rows) != try.rows {
			t.Errorf("%+v: %d rows, %d ids, %v", try, len(rows), countIDs(rows), err)
		}
		if n := len(f.Calls("AssumeRole")); n != 1+try.times {
			t.Errorf("%+v: %d AssumeRole", try, n)
		}
	}
}

// TestOneQuestionForMany has many scans begin at once that need the account's
// number and its regions: each is asked for once.
func TestOneQuestionForMany(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"eu-*"} })
	f.Order(emulator.Fault{Action: "DescribeRegions", Latency: 30 * time.Millisecond})
	f.Order(emulator.Fault{Action: "GetCallerIdentity", Latency: 30 * time.Millisecond})
	errs := make(chan error, 10)
	for range cap(errs) {
		go func() {
			_, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{eq(colAccountID, testAccount)}})
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if r, i := len(f.Calls("DescribeRegions")), len(f.Calls("GetCallerIdentity")); r != 1 || i != 1 {
		t.Errorf("%d DescribeRegions, %d GetCallerIdentity", r, i)
	}
}

// TestCallsTable holds that the log of calls tells of the session and the
// reply, for ec2 and sts.
func TestCallsTable(t *testing.T) {
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 7)
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Error: emulator.Throttled(), Times: 1})
	f.all(t, nil)
	rows, err := f.b.callsTable().rows(t.Context(), nil)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %v", rows, err)
	}
	first, second := rows[0], rows[len(rows)-1]
	if second[2] == "GetCallerIdentity" {
		second = rows[1]
	}
	if first[5] != int32(1) || first[6] != int32(http.StatusServiceUnavailable) || first[7] == nil || first[8] == nil {
		t.Errorf("first attempt: %v", first)
	}
	if second[5] != int32(2) || second[6] != int32(http.StatusOK) || second[7] != nil || second[11] != int64(7) || second[13] != int32(4711) {
		t.Errorf("second attempt: %v", second)
	}
	var n atomic.Int64
	f.b.cfg.Observe = func(CallRecord) { n.Add(1) }
	for _, rel := range f.b.statusRelations() {
		scan, err := rel.Table.Plan(fdw.Request{Session: f.session()})
		if err != nil {
			t.Fatal(err)
		}
		for page, err := range scan.Open(t.Context(), nil) {
			if err != nil {
				t.Fatalf("%s: %v", rel.Name, err)
			}
			for _, row := range page {
				if len(row) != len(rel.Table.Columns()) {
					t.Fatalf("%s: %d values for %d columns", rel.Name, len(row), len(rel.Table.Columns()))
				}
			}
		}
	}
	if n.Load() != 2 {
		t.Errorf("%d calls to describe oneself", n.Load())
	}
}

// TestLongList asks for more values than one request holds: in several calls,
// or by reading a region that is known to be small.
func TestLongList(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 1500)
	var ids []string
	for i := range 900 {
		ids = append(ids, fmt.Sprintf("fl-%017x", 2*i))
	}
	ask := func() int {
		f.ResetCalls()
		rows, _, err := f.scan(t, fdw.Request{Quals: []fdw.Qual{eq(colFlowLogID, ids...)}})
		if err != nil || len(rows) != 750 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		return f.describes()
	}
	if n := ask(); n != 5 {
		t.Errorf("%d calls", n)
	}
	f.all(t, nil) // now the size is known
	if n := ask(); n != 2 {
		t.Errorf("%d calls of a region of two pages", n)
	}
}
