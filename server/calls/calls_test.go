package calls

import (
	"bufio"
	"context"
	"crypto/md5"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/guc"
)

var updateCalls = flag.Bool("update", false, "write the call table; rows are recorded from the PostgreSQL of FLOWGRES_TEST_PG, if it is set")

// callsAccount has flow logs in these regions: 30 in each, so that one call
// reads a region.
const callsAccount = "111122223333"

var callsRegions = []string{"us-east-1", "us-west-2", "eu-west-1"}

// callsFleet makes the flow logs of the call table.
func callsFleet() *emulator.Emulator {
	em := emulator.New(emulator.Options{LogsPerResource: -1})
	em.AddAccount(callsAccount, "AKIACALLS")
	made := time.Date(2024, 2, 27, 22, 15, 0, 123_000_000, time.UTC)
	kinds := []string{"vpc-", "subnet-", "eni-", "tgw-"}
	for r, region := range callsRegions {
		var logs []emulator.FlowLog
		for i := range 30 {
			n := r*100 + i
			l := emulator.FlowLog{
				ID: fmt.Sprintf("fl-%08x", 0xabc000+n*37), ResourceID: fmt.Sprintf("%s%08x", kinds[i%4], 0x1a2b00+i%13+r*50),
				TrafficType: []string{"ALL", "ACCEPT", "REJECT"}[i%3], Status: "ACTIVE", DeliverStatus: "SUCCESS",
				DestinationType: "s3", Destination: fmt.Sprintf("arn:aws:s3:::logs-%d/flow/", i%2), Interval: 600,
				Format: "${version} ${account-id}", Created: made.Add(time.Duration(n) * time.Hour),
			}
			if i%4 == 3 {
				l.TrafficType, l.Interval = "", 60
			}
			if i%5 < 2 {
				l.DestinationType, l.Destination = "cloud-watch-logs", ""
				l.LogGroupName = fmt.Sprintf("/vpc/group_%d", i%3)
				l.PermissionARN = "arn:aws:iam::" + callsAccount + ":role/flow"
			} else {
				l.Options = &emulator.DestinationOptions{FileFormat: []string{"plain-text", "parquet"}[i%2]}
			}
			if i%7 == 1 {
				l.DeliverStatus, l.DeliverError = "FAILED", "Access error"
			}
			if i%3 != 2 {
				l.Tags = append(l.Tags, emulator.Tag{Key: "env", Value: []string{"prod", "dev", "Prod"}[i%4%3]})
			}
			if i%6 == 0 {
				l.Tags = append(l.Tags, emulator.Tag{Key: "team", Value: "net*work"}, emulator.Tag{Key: "owner"})
			}
			logs = append(logs, l)
		}
		em.Seed(callsAccount, region, logs)
	}
	return em
}

// callsClient is a session that keeps the rows as text.
type callsClient struct {
	s    *planner.Session
	rows []string
	tags []string
	open func() *callsClient // another session of the same server
}

func newCallsClient(t testing.TB, e *planner.Engine, settings ...planner.Setting) *callsClient {
	t.Helper()
	s, err := e.NewSession(context.Background(), planner.SessionOptions{
		User: "app", Database: "aws", Settings: append([]planner.Setting{{Name: "timezone", Value: "UTC"}}, settings...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &callsClient{s: s}
}

// run runs a statement, with parameters by the extended protocol, and gives its
// rows.
func (c *callsClient) run(sql string, params ...string) ([]string, error) {
	ctx := context.Background()
	c.rows, c.tags = nil, nil
	if params == nil {
		err := c.s.Simple(ctx, sql, c)
		return c.rows, err
	}
	values := make([][]byte, len(params))
	for i, p := range params {
		values[i] = []byte(p)
	}
	if err := c.s.Parse(ctx, "", sql, nil); err != nil {
		return nil, err
	}
	if err := c.s.Bind(ctx, "", "", planner.BoundValues(values...), nil); err != nil {
		return nil, err
	}
	if _, err := c.s.Execute(ctx, "", 0, c); err != nil {
		return nil, err
	}
	return c.rows, c.s.Sync(ctx)
}

func (c *callsClient) RowDescription([]planner.Column) error { return nil }

func (c *callsClient) Row(columns []planner.Column, row adt.Row) error {
	var b []byte
	for i, col := range columns {
		if i > 0 {
			b = append(b, '|')
		}
		if row[i] == nil {
			b = append(b, "NULL"...)
			continue
		}
		var err error
		if b, err = col.Encode(b, row[i]); err != nil {
			return err
		}
	}
	c.rows = append(c.rows, string(b))
	return nil
}

func (c *callsClient) CopyOut(bool, int) error { return nil }
func (c *callsClient) CopyData([]byte) error   { return nil }
func (c *callsClient) CopyDone() error         { return nil }
func (c *callsClient) EmptyQuery() error       { return nil }

func (c *callsClient) CommandComplete(tag string) error {
	c.tags = append(c.tags, tag)
	return nil
}

// callsEngine makes an engine over an emulator.
func callsEngine(t testing.TB, em *emulator.Emulator) *planner.Engine {
	t.Helper()
	url, err := em.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = em.Close() })
	backend, err := ec2backend.New(context.Background(), ec2backend.Config{
		Regions: callsRegions, EndpointURL: url, NoRateLimit: true,
		Accounts: []ec2backend.Account{{AccessKeyID: "AKIACALLS", SecretAccessKey: "secret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Close)
	return engineOver(t, backend)
}

// engineOver makes an engine over a backend.
func engineOver(t testing.TB, backend *ec2backend.Backend) *planner.Engine {
	t.Helper()
	settings, err := guc.New()
	if err != nil {
		t.Fatal(err)
	}
	e, err := planner.New(planner.Config{
		Settings: settings, Relations: backend.Relations(),
		Panicked: func(reason any, stack []byte) { t.Errorf("panic: %v\n%s", reason, stack) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// describes counts the DescribeFlowLogs calls since the last time.
func describes(em *emulator.Emulator) int {
	calls, _ := described(em)
	return calls
}

// described counts the DescribeFlowLogs calls since the last time and the flow logs
// that came with them.
func described(em *emulator.Emulator) (calls, rows int) {
	for _, c := range em.Calls("DescribeFlowLogs") {
		calls++
		rows += c.Rows
	}
	em.ResetCalls()
	return calls, rows
}

// callShape is a query with the fewest calls that can answer it.
type callShape struct {
	sql    string
	params []string
	fewest int
	why    string // why more calls are made than the fewest
	any    bool   // which rows come out is not determined (LIMIT)
}

// TestCalls counts the calls of each query shape and holds them against the
// table in testdata, which it writes with -update. Rows must be the same with
// push-down on, off and inexact, and those that PostgreSQL gave.
func TestCalls(t *testing.T) {
	em := callsFleet()
	e := callsEngine(t, em)
	on := newCallsClient(t, e)
	// The other modes have an endpoint of their own: a call that they cancel may
	// be counted after their statement has ended.
	e = callsEngine(t, callsFleet())
	off := newCallsClient(t, e, planner.Setting{Name: "flowgres.push_down", Value: "off"})
	inexact := newCallsClient(t, e, planner.Setting{Name: "flowgres.push_down", Value: "inexact"})
	if _, err := on.run("SELECT * FROM ec2.flow_logs"); err != nil {
		t.Fatal(err)
	}
	pg := callsPostgres(t, on)
	recorded := readCalls(t)
	var table []string
	seen := map[string]bool{}
	for _, q := range slices.Concat(callShapes, placeShapes, rowShapes, meantShapes, formShapes, dashboardShapes, mergeShapes, textShapes) {
		name := q.sql
		for _, p := range q.params {
			name += " -- " + p
		}
		if seen[name] {
			t.Errorf("twice: %s", name)
		}
		seen[name] = true
		em.ResetCalls()
		rows, err := on.run("EXPLAIN "+q.sql, q.params...)
		if n := describes(em); err != nil || n > 0 {
			t.Errorf("%s\nEXPLAIN: %d calls, %v", name, n, err)
		}
		explained := strings.Join(rows, "\n")
		checkPlaced(t, name, rows)
		rows, err = on.run(q.sql, q.params...)
		if err != nil {
			t.Errorf("%s\n%v", name, err)
			continue
		}
		made, read := described(em)
		sum := rowsSum(rows, q.any)
		for mode, c := range map[string]*callsClient{"off": off, "inexact": inexact} {
			other, err := c.run(q.sql, q.params...)
			if err != nil {
				t.Errorf("%s\npush-down %s: %v", name, mode, err)
			} else if got := rowsSum(other, q.any); got != sum {
				t.Errorf("%s\npush-down on: %d rows, %s: %d rows\n%v\n%v", name, len(rows), mode, len(other), rows, other)
			}
		}
		if pg != nil {
			other, err := pg(q.sql, q.params)
			if err != nil {
				t.Errorf("%s\nPostgreSQL: %v", name, err)
			} else if got := rowsSum(other, q.any); got != sum {
				t.Errorf("%s\nrows differ from PostgreSQL's:\n%v\n%v", name, rows, other)
			}
		} else if want, ok := recorded[name]; !ok && !*updateCalls {
			t.Errorf("%s\nis not in the table", name)
		} else if ok && want != sum {
			t.Errorf("%s\n%d rows differ from those recorded", name, len(rows))
		}
		if made != q.fewest && q.why == "" {
			t.Errorf("%s\n%d calls, %d would do\n%s", name, made, q.fewest, explained)
		}
		note := ""
		if q.why != "" {
			note = "\t# " + q.why
		}
		table = append(table, fmt.Sprintf("%d\t%d\t%d\t%s\t%s%s", made, q.fewest, read, sum, name, note))
	}
	if len(callShapes) < 80 {
		t.Errorf("only %d shapes", len(callShapes))
	}
	text := callsHeader + strings.Join(table, "\n") + "\n"
	if *updateCalls {
		if err := os.WriteFile(callsFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, _ := os.ReadFile(callsFile); string(have) != text {
		t.Errorf("%s is not what the test finds; run it with -update", callsFile)
	}
}

// checkPlaced holds that EXPLAIN tells why each foreign scan filters rows here.
func checkPlaced(t *testing.T, name string, lines []string) {
	scan, why := false, false
	for i, l := range lines {
		if strings.Contains(l, "ushed: ") && slices.Contains(lines[i+1:], l) && strings.Count(strings.Join(lines, "\n"), "Foreign Scan") == 1 {
			t.Errorf("%s\ntwice: %s", name, l)
		}
		l = strings.TrimSpace(l)
		switch {
		case strings.Contains(l, "Foreign Scan on ec2.flow_logs"):
			scan, why = true, false
		case strings.HasPrefix(l, "->"), strings.HasPrefix(l, "SubPlan"):
			scan = false
		case strings.HasPrefix(l, "Not pushed: "), strings.HasPrefix(l, "Pushed and checked: "):
			why = true
			if !strings.Contains(l[12:], ": ") {
				t.Errorf("%s\nno reason: %s", name, l)
			}
		case strings.HasPrefix(l, "Filter: ") && scan && !why:
			t.Errorf("%s\nno reason for %s", name, l)
		}
	}
}

const callsFile = "testdata/calls.txt"

const callsHeader = `# The calls of DescribeFlowLogs that queries make, written by TestCalls:
# calls made, fewest possible, flow logs in the replies, rows (as PostgreSQL 16 gave them), query.
# There is one account with three regions, each read by one call.
`

// readCalls gives the recorded rows of each query.
func readCalls(t *testing.T) map[string]string {
	f, err := os.Open(callsFile)
	if err != nil {
		if *updateCalls {
			return nil
		}
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	for in := bufio.NewScanner(f); in.Scan(); {
		if p := strings.Split(in.Text(), "\t"); len(p) > 4 && !strings.HasPrefix(p[0], "#") {
			out[p[4]] = p[3]
		}
	}
	return out
}

// rowsSum is the number of rows and, unless they are any, a sum of them without
// their order.
func rowsSum(rows []string, anyRows bool) string {
	if anyRows {
		return strconv.Itoa(len(rows))
	}
	sorted := slices.Sorted(slices.Values(rows))
	return fmt.Sprintf("%d:%.4x", len(rows), md5.Sum([]byte(strings.Join(sorted, "\n"))))
}

// callsPostgres fills a temporary table of the PostgreSQL that FLOWGRES_TEST_PG
// names with the flow logs and gives a function that asks it; nil without.
func callsPostgres(t *testing.T, from *callsClient) func(sql string, params []string) ([]string, error) {
	dsn := os.Getenv("FLOWGRES_TEST_PG")
	if dsn == "" {
		return nil
	}
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	columns, err := from.run(`SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'ec2.flow_logs'::regclass AND attnum > 0`)
	if err != nil {
		t.Fatal(err)
	}
	ddl := []string{"SET timezone = 'UTC'", "CREATE TEMP TABLE flow_logs (" + columns[0] + ")"}
	rows, err := from.run("SELECT to_jsonb(f) FROM ec2.flow_logs f")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		ddl = append(ddl, "INSERT INTO flow_logs SELECT * FROM jsonb_populate_record(NULL::flow_logs, '"+strings.ReplaceAll(r, "'", "''")+"')")
	}
	ask := func(sql string, params []string) ([]string, error) {
		values := make([][]byte, len(params))
		for i, p := range params {
			values[i] = []byte(p)
		}
		res := conn.ExecParams(ctx, strings.ReplaceAll(sql, "ec2.flow_logs", "flow_logs"), values, nil, nil, nil).Read()
		var out []string
		for _, row := range res.Rows {
			var cells []string
			for _, c := range row {
				if c == nil {
					cells = append(cells, "NULL")
				} else {
					cells = append(cells, string(c))
				}
			}
			out = append(out, strings.Join(cells, "|"))
		}
		return out, res.Err
	}
	for _, sql := range ddl {
		if _, err := ask(sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	return ask
}
