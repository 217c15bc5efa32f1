package command

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
)

// writing is an endpoint in this process and a server with a journal in another.
type writing struct {
	*emulator.Emulator
	t       *testing.T
	url     string
	journal string
	*child
}

// writingAccount is whose flow logs the tests make.
const writingAccount = "111122223333"

func startWriting(t *testing.T) *writing {
	t.Helper()
	w := &writing{Emulator: emulator.New(emulator.Options{LogsPerResource: -1}), t: t, journal: filepath.Join(t.TempDir(), "journal")}
	w.AddAccount(writingAccount, "AKIAWRITING")
	w.AddResource(writingAccount, "us-east-1", "vpc-0000000a", "vpc-0000000b", "vpc-0000000c")
	url, err := w.Start()
	if err != nil {
		t.Fatal(err)
	}
	w.url = url
	t.Cleanup(func() { _ = w.Close() })
	w.restart()
	return w
}

// restart starts the server, again after it was killed.
func (w *writing) restart() {
	w.t.Helper()
	cmd := flowgres("serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json",
		"--endpoint-url", w.url, "--regions", "us-east-1", "--journal", w.journal)
	cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID=AKIAWRITING", "AWS_SECRET_ACCESS_KEY=secret", "AWS_CONFIG_FILE=/none", "AWS_SHARED_CREDENTIALS_FILE=/none")
	w.child = start(w.t, cmd)
}

const createTwo = `INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination") VALUES ('vpc-0000000a', 'ALL', 's3', 'arn:aws:s3:::one'), ('vpc-0000000b', 'ALL', 's3', 'arn:aws:s3:::two')`

// has waits until the endpoint has so many flow logs, and no server call is
// under way that could change that.
func (w *writing) has(n int) {
	w.t.Helper()
	for stop := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		have := w.FlowLogs(writingAccount, "us-east-1")
		if len(have) == n {
			return
		}
		if time.Now().After(stop) {
			w.t.Fatalf("%d flow logs, want %d: %v", len(have), n, have)
		}
	}
}

// exec sends statements one by one, each its own query, and gives the SQLSTATEs.
func (w *writing) exec(conn *pgconn.PgConn, list ...string) string {
	var out []string
	for _, sql := range list {
		out = append(out, run(conn, sql))
	}
	return strings.Join(out, " ")
}

// TestUnfinishedWrites ends connections and pipelines in the middle: no create
// outlives a transaction that did not commit.
func TestUnfinishedWrites(t *testing.T) {
	w := startWriting(t)
	ctx := context.Background()
	const broken = "SELECT 1/0"

	// A pipeline is one transaction up to its Sync.
	conn := w.connect()
	p := conn.StartPipeline(ctx)
	p.SendQueryParams(createTwo, nil, nil, nil, nil)
	p.SendQueryParams(broken, nil, nil, nil, nil)
	p.SendQueryParams(strings.ReplaceAll(createTwo, "one", "three"), nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	_ = p.Close() // division by zero
	w.has(0)
	// The same with the failure in what cannot be parsed.
	p = conn.StartPipeline(ctx)
	p.SendQueryParams(createTwo, nil, nil, nil, nil)
	p.SendQueryParams("SELECT no_such", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	_ = p.Close()
	w.has(0)
	// Gone before the Sync: the first has been done, as its result tells.
	p = conn.StartPipeline(ctx)
	p.SendQueryParams(createTwo, nil, nil, nil, nil)
	p.SendFlushRequest()
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.GetResults(); err != nil {
		t.Fatal(err)
	}
	w.has(2)
	_ = conn.Conn().Close()
	w.has(0)
	// Whole, it stays.
	conn = w.connect()
	p = conn.StartPipeline(ctx)
	p.SendQueryParams(createTwo, nil, nil, nil, nil)
	p.SendQueryParams("SELECT 1", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	w.has(2)
	// Several statements in one message, blocks, savepoints.
	for _, c := range []struct {
		sql, states string
		left        int
	}{
		{createTwo + ";" + broken, "22012", 0},
		{"BEGIN;" + createTwo + ";COMMIT;" + broken, "22012", 2},
		{"BEGIN|" + createTwo + "|" + broken + "|COMMIT", "  22012 ", 0},
		{"BEGIN|" + createTwo + "|SAVEPOINT s|" + strings.NewReplacer("one", "third", "two", "fourth").Replace(createTwo) + "|" + broken + "|ROLLBACK TO s|COMMIT", "    22012  ", 2},
		{createTwo + "|BEGIN|DELETE FROM flow_logs WHERE region = 'us-east-1'|" + broken + "|COMMIT", "   22012 ", 2},
		{createTwo + "|BEGIN|DELETE FROM flow_logs WHERE region = 'us-east-1'|COMMIT", "   ", 0},
		{"SET flowgres.transaction_writes = deferred|BEGIN|" + createTwo + "|ROLLBACK|RESET flowgres.transaction_writes", "    ", 0},
		{"BEGIN ISOLATION LEVEL SERIALIZABLE|" + createTwo + "|ROLLBACK", "  ", 0},
		{"BEGIN READ ONLY|" + createTwo + "|ROLLBACK", " 25006 ", 0},
	} {
		if got := w.exec(conn, "DELETE FROM flow_logs WHERE region = 'us-east-1'"); got != "" {
			t.Fatal(got)
		}
		w.has(0)
		if got := w.exec(conn, strings.Split(c.sql, "|")...); got != c.states {
			t.Errorf("%s\nSQLSTATEs %q, want %q", c.sql, got, c.states)
		}
		w.has(c.left)
	}

	// A connection that goes in a block, and a server that is killed in one.
	if got := w.exec(conn, "BEGIN", createTwo); got != " " {
		t.Fatal(got)
	}
	_ = conn.Conn().Close()
	w.has(0)
	conn = w.connect()
	if got := w.exec(conn, "BEGIN", createTwo); got != " " {
		t.Fatal(got)
	}
	w.signal(syscall.SIGKILL)
	_ = w.end()
	w.has(2)
	w.restart()
	w.has(0)
	if got := run(w.connect(), `SELECT 1/count(*) FROM flowgres.in_doubt`); got != "22012" {
		t.Errorf("in doubt: %q", got)
	}
}

// TestKilledInACall kills the server while calls of a transaction are under way,
// before EC2 has done them and after.
func TestKilledInACall(t *testing.T) {
	for _, c := range []struct {
		name, before, during string
		action               string
		after                bool // the call is done, its reply is not read
		left                 []int
	}{
		{"create", "", createTwo, "CreateFlowLogs", false, []int{0}},
		{"created", "", createTwo, "CreateFlowLogs", true, []int{0}},
		{"created in a block", "BEGIN", createTwo, "CreateFlowLogs", true, []int{0}},
		{"taken back", "BEGIN|" + createTwo, "ROLLBACK", "DeleteFlowLogs", false, []int{0}},
		{"commit of a delete", createTwo + "|BEGIN|DELETE FROM flow_logs WHERE region = 'us-east-1'", "COMMIT", "DeleteFlowLogs", false, []int{0}},
		{"commit of a delete, done", createTwo + "|BEGIN|DELETE FROM flow_logs WHERE region = 'us-east-1'", "COMMIT", "DeleteFlowLogs", true, []int{0}},
		{"delete", createTwo, "DELETE FROM flow_logs WHERE region = 'us-east-1'", "DeleteFlowLogs", false, []int{0}},
		{"tags", createTwo, `UPDATE flow_logs SET tags = '{"a": "b"}' WHERE region = 'us-east-1'`, "CreateTags", false, []int{2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := startWriting(t)
			conn := w.connect()
			for _, sql := range strings.Split(c.before, "|") {
				if got := run(conn, sql); got != "" {
					t.Fatal(sql, got)
				}
			}
			f := emulator.Fault{Action: c.action, Hang: true}
			if c.after {
				hold := make(chan struct{})
				defer close(hold)
				f = emulator.Fault{Action: c.action, HoldBody: hold, Chunk: 10}
			}
			w.ResetCalls()
			w.Order(f)
			done := make(chan string, 1)
			go func() { done <- run(conn, c.during) }()
			for stop := time.Now().Add(20 * time.Second); len(w.Calls(c.action)) == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(stop) {
					t.Fatalf("no %s", c.action)
				}
			}
			if c.after && c.action == "CreateFlowLogs" {
				w.has(2)
			} else if c.after {
				w.has(0)
			}
			w.signal(syscall.SIGKILL)
			_ = w.end()
			<-done
			w.ClearFaults()
			w.restart()
			w.has(c.left[0])
			conn = w.connect()
			for stop := time.Now().Add(20 * time.Second); run(conn, `SELECT 1/count(*) FROM flowgres.in_doubt`) != "22012"; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(stop) {
					t.Fatal("something stays in doubt")
				}
			}
			w.has(c.left[0])
			if c.action == "CreateTags" {
				for _, l := range w.FlowLogs(writingAccount, "us-east-1") {
					if len(l.Tags) != 1 {
						t.Errorf("tags of %s: %v", l.ID, l.Tags)
					}
				}
			}
		})
	}
}
