package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server/config"
)

const (
	cutAccount = "111122223333"
	cutKey     = "AKIAINTERRUPTEXAMPLE"
)

var cutRegions = []string{"us-east-1", "eu-west-1"}

// written is a statement that writes, and the call of it that is under way when it is
// interrupted.
type written struct {
	name   string
	before []string // statements of the session first
	sql    string
	action string // of the call…
	skip   int    // …after so many of them
	quick  bool   // tried without FLOWGRES_SOAK, too
}

// block begins a transaction with something of each kind: creates, tag changes and
// deletes.
var block = []string{
	"BEGIN",
	insertOn("vpc-0000000a", "us-east-1", "one"),
	insertOn("vpc-0000000b", "eu-west-1", "two"),
	`UPDATE ec2.flow_logs SET tags = tags || '{"owner": "net"}' WHERE "resourceId" = 'vpc-00000000000000001'`,
	`UPDATE ec2.flow_logs SET tags = tags - 'env' WHERE "resourceId" = 'vpc-00000000000000002' AND region = 'us-east-1'`,
	`DELETE FROM ec2.flow_logs WHERE "resourceId" = 'vpc-00000000000000003'`,
}

func insertOn(vpc, region, bucket string) string {
	return fmt.Sprintf(`INSERT INTO ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('%s', 'ALL', 's3', 'arn:aws:s3:::%s', '%s')`, vpc, bucket, region)
}

// many is an INSERT of several calls.
const many = `INSERT INTO ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region)
	SELECT 'vpc-0000000' || v, 'ALL', 's3', 'arn:aws:s3:::bucket' || g, r
	FROM unnest(array['a', 'b']) v, generate_series(1, 4) g, unnest(array['us-east-1', 'eu-west-1']) r`

var writes = []written{
	{"INSERT, first call", nil, many, "CreateFlowLogs", 0, false},
	{"INSERT, fourth call", nil, many, "CreateFlowLogs", 3, true},
	{"INSERT in a block", []string{"BEGIN", insertOn("vpc-0000000a", "us-east-1", "first")}, many, "CreateFlowLogs", 4, false},
	{"UPDATE", nil, `UPDATE ec2.flow_logs SET tags = tags || '{"owner": "net"}' WHERE "resourceId" IN ('vpc-00000000000000001', 'vpc-00000000000000002')`, "CreateTags", 1, true},
	{"UPDATE that drops tags", nil, `UPDATE ec2.flow_logs SET tags = tags - 'env' WHERE "resourceId" IN ('vpc-00000000000000001', 'vpc-00000000000000002')`, "DeleteTags", 0, false},
	{"DELETE", nil, `DELETE FROM ec2.flow_logs WHERE "resourceId" IN ('vpc-00000000000000001', 'vpc-00000000000000002')`, "DeleteFlowLogs", 0, false},
	{"COMMIT, tags set", block, "COMMIT", "CreateTags", 0, false},
	{"COMMIT, tags dropped", block, "COMMIT", "DeleteTags", 0, true},
	{"COMMIT, first delete", block, "COMMIT", "DeleteFlowLogs", 0, false},
	{"COMMIT, second delete", block, "COMMIT", "DeleteFlowLogs", 1, true},
	{"COMMIT of held creates", append([]string{"SET flowgres.transaction_writes = deferred"}, block...), "COMMIT", "CreateFlowLogs", 1, false},
	{"ROLLBACK, first", block, "ROLLBACK", "DeleteFlowLogs", 0, false},
	{"ROLLBACK, second", block, "ROLLBACK", "DeleteFlowLogs", 1, true},
	{"ROLLBACK TO", append([]string{"BEGIN", "SAVEPOINT s"}, block[1:]...), "ROLLBACK TO s", "DeleteFlowLogs", 0, false},
}

// interruption ends a statement that is under way.
type interruption struct {
	name string
	set  string // in the session, ahead of the statement
	do   func(t *testing.T, r *cutRun)
	ends bool // the server
}

var interruptions = []interruption{
	{name: "statement_timeout", set: "SET statement_timeout = '50ms'", do: func(*testing.T, *cutRun) {}},
	{name: "cancel", do: func(t *testing.T, r *cutRun) {
		if err := r.victim.CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
	}},
	{name: "pg_terminate_backend", do: func(t *testing.T, r *cutRun) {
		r.one(t, fmt.Sprintf("SELECT pg_terminate_backend(%d)", r.victim.PID()))
	}},
	{name: "client gone", set: "SET client_connection_check_interval = '10ms'", do: func(t *testing.T, r *cutRun) {
		_ = r.victim.Conn().Close()
	}},
	{name: "SIGTERM", ends: true, do: func(_ *testing.T, r *cutRun) { r.stop() }},
}

// cutRun is a server, an endpoint and the session that is interrupted.
type cutRun struct {
	*emulator.Emulator
	journal string
	url     string
	addr    string
	stop    func()
	done    chan error
	victim  *pgconn.PgConn
}

func newCutRun(t *testing.T) *cutRun {
	t.Helper()
	r := &cutRun{Emulator: emulator.New(emulator.Options{LogsPerResource: -1}), journal: filepath.Join(t.TempDir(), "journal")}
	r.AddAccount(cutAccount, cutKey)
	for n, region := range cutRegions {
		var logs []emulator.FlowLog
		for i := range 8 {
			logs = append(logs, emulator.FlowLog{
				ID: fmt.Sprintf("fl-%d%016x", n, i), ResourceID: fmt.Sprintf("vpc-%017x", i/2), TrafficType: "ALL", DestinationType: "s3",
				Destination: fmt.Sprintf("arn:aws:s3:::bucket%d", i), Interval: 600, Tags: []emulator.Tag{{Key: "env", Value: "prod"}},
			})
		}
		r.Seed(cutAccount, region, logs)
		r.AddResource(cutAccount, region, "vpc-0000000a", "vpc-0000000b")
	}
	url, err := r.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	r.url = url
	r.serve(t)
	return r
}

// serve starts a server, as it would after a crash or a restart.
func (r *cutRun) serve(t *testing.T) {
	t.Helper()
	c := config.New()
	c.Unpaced = true
	c.Accounts = []ec2backend.Account{{AccessKeyID: cutKey, SecretAccessKey: "s"}}
	for name, value := range map[string]string{
		"regions": strings.Join(cutRegions, ","), "endpoint_url": r.url, "journal": r.journal, "listen": "127.0.0.1:0", "log_level": "error",
		"shutdown_timeout": "100ms", "metrics_listen": "",
	} {
		if err := c.Settings.SetServer(name, value, guc.CommandLine); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	ready := make(chan string, 1)
	r.stop, r.done = stop, make(chan error, 1)
	done := r.done
	go func() {
		done <- Serve(ctx, func() (*config.Config, error) { return c, nil }, func(addrs []net.Addr) { ready <- addrs[0].String() })
	}()
	select {
	case r.addr = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
}

// ended waits for the server to end.
func (r *cutRun) ended(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

func (r *cutRun) connect(t *testing.T) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), "postgres://app@"+r.addr+"/aws?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// one runs a statement of its own session and gives its first column.
func (r *cutRun) one(t *testing.T, sql string) (out []string) {
	t.Helper()
	conn := r.connect(t)
	defer conn.Close(context.Background()) //nolint:errcheck // of no interest
	results, err := conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	for _, row := range results[len(results)-1].Rows {
		out = append(out, string(row[0]))
	}
	return out
}

// state tells what flow logs there are, without their ids.
func (r *cutRun) state() string {
	var out []string
	for _, region := range cutRegions {
		for _, l := range r.FlowLogs(cutAccount, region) {
			tags := make([]string, len(l.Tags))
			for i, t := range l.Tags {
				tags[i] = t.Key + "=" + t.Value
			}
			slices.Sort(tags)
			out = append(out, fmt.Sprint(region, " ", l.ResourceID, " ", l.Destination, " ", tags))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// TestInterruptedWrites interrupts statements that write in the middle of each kind of
// call, in every way there is: what they were to do is done, or not, as the client was
// told, or it is listed.
func TestInterruptedWrites(t *testing.T) {
	for _, w := range writes {
		if !w.quick && os.Getenv("FLOWGRES_SOAK") == "" {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			all := newCutRun(t)
			defer all.ended(t)
			all.prepare(t, w, "")
			all.run(t, w.sql)
			all.sessionEnds(t)
			want := all.state()
			for _, by := range interruptions {
				t.Run(by.name, func(t *testing.T) { interrupt(t, w, by, want, emulator.Fault{}) })
				if os.Getenv("FLOWGRES_SOAK") != "" {
					t.Run(by.name+", reply lost", func(t *testing.T) { interrupt(t, w, by, want, emulator.Fault{Drop: emulator.DropAfter}) })
					denied := &emulator.APIError{Status: 403, Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation."}
					t.Run(by.name+", refused", func(t *testing.T) { interrupt(t, w, by, want, emulator.Fault{Error: denied}) })
				}
			}
		})
	}
}

// interrupt interrupts a statement that would have led to the state all, in a call that
// may go wrong, too.
func interrupt(t *testing.T, w written, by interruption, all string, f emulator.Fault) {
	r := newCutRun(t)
	defer func() { r.ended(t) }()
	nothing := r.state()
	r.prepare(t, w, by.set)
	hold := make(chan struct{})
	f.Action, f.Skip, f.Times, f.Hold = w.action, w.skip, 1, hold
	r.Order(f)
	r.ResetCalls()
	result := make(chan error, 1)
	go func() {
		_, err := r.victim.Exec(context.Background(), w.sql).ReadAll()
		result <- err
	}()
	until(t, "the call is under way, or the statement has ended", func() bool {
		return len(result) > 0 || len(r.Calls(w.action)) > w.skip
	})
	by.do(t, r)
	// Time for the interruption to be noticed while the call is under way; if it is not,
	// it meets the statement at another point.
	for range 20 {
		if len(result) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	close(hold)
	err := <-result
	if by.ends {
		r.ended(t)
		r.serve(t)
		until(t, "the journal's transactions are ended", func() bool {
			s, left := r.state(), r.doubts(t)
			lasting := slices.DeleteFunc(slices.Clone(left), func(d string) bool { return !strings.Contains(d, "was deleted before another call") })
			return (s == nothing || s == all) && len(left) == 0 || len(left) > 0 && len(left) == len(lasting)
		})
	} else {
		r.sessionEnds(t)
	}
	got, doubts := r.state(), r.doubts(t)
	var pg *pgconn.PgError
	told, lists := "nothing", false
	switch {
	case err == nil:
		told = "success"
	case errors.As(err, &pg):
		told, lists = pg.Code+" "+pg.Message, pg.Code == "40003" && strings.Contains(pg.Detail, `{"flowLogIds": ["fl-`)
	}
	switch {
	case got != nothing && got != all && len(doubts) == 0 && !lists, told == "success" && got != all,
		strings.HasPrefix(told, "57014") && got != nothing && w.sql != "ROLLBACK":
		t.Errorf("%s was told, and there is\n%s\nin doubt: %v\nall would be\n%s", told, got, doubts, all)
	case len(doubts) > 0 && (got == nothing || got == all):
		t.Errorf("in doubt after all: %v", doubts)
	}
	if n := r.one(t, "SELECT count(*) FROM ec2.flow_logs")[0]; n != fmt.Sprint(strings.Count(got, "\n")+1) {
		t.Errorf("%s flow logs are shown, there are %d", n, strings.Count(got, "\n")+1)
	}
	t.Logf("told: %s; done: %t", told, got == all)
}

// prepare begins the session that is to be interrupted.
func (r *cutRun) prepare(t *testing.T, w written, set string) {
	t.Helper()
	r.victim = r.connect(t)
	t.Cleanup(func() { _ = r.victim.Close(context.Background()) })
	for _, sql := range w.before {
		r.run(t, sql)
	}
	if set != "" {
		r.run(t, set)
	}
}

// sessionEnds ends the session and waits for that.
func (r *cutRun) sessionEnds(t *testing.T) {
	t.Helper()
	_ = r.victim.Close(context.Background())
	until(t, "the session has ended", func() bool {
		return r.one(t, fmt.Sprintf("SELECT count(*) FROM pg_stat_activity WHERE pid = %d", r.victim.PID()))[0] == "0"
	})
}

func (r *cutRun) doubts(t *testing.T) []string {
	t.Helper()
	return r.one(t, "SELECT t::text FROM flowgres.in_doubt t")
}

func (r *cutRun) run(t *testing.T, sql string) {
	t.Helper()
	if _, err := r.victim.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
