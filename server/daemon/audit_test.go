package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/demo"
)

// auditLine is what the test reads of a line of the audit log.
type auditLine struct {
	Event     string   `json:"event"`
	QueryID   string   `json:"query_id"`
	PID       int32    `json:"pid"`
	User      string   `json:"user"`
	Login     string   `json:"login"`
	Statement string   `json:"statement"`
	Tag       string   `json:"tag"`
	SQLState  string   `json:"sqlstate"`
	Action    string   `json:"action"`
	RequestID string   `json:"request_id"`
	FlowLogs  []string `json:"flow_log_ids"`
	Error     string   `json:"error"`
}

// TestAuditJoins follows what a client did through the audit log: each
// statement with its API calls, a write with what became of it, and what an
// administrator did meanwhile.
func TestAuditJoins(t *testing.T) {
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	dir := t.TempDir()
	file, path := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "audit")
	base := "audit_log: " + path + "\nroles:\n  app: {password: pw, member_of: [team]}\n"
	put(t, file, base+"  team: {login: false}\n  old: {password: pw}\n")
	a, err := New(t.Context(), demoConfig(t, d, file), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ln, done := serveOn(t, a)
	ctx := context.Background()
	if _, err := pgconn.Connect(ctx, "postgres://app:no@"+ln.Addr().String()+"/aws?sslmode=disable"); err == nil {
		t.Fatal("a wrong password was taken")
	}
	conn, err := pgconn.Connect(ctx, "postgres://app:pw@"+ln.Addr().String()+"/aws?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	insert := `INSERT INTO ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId")
		SELECT "resourceId", 'ALL', 's3', 'arn:aws:s3:::audited', region, "accountId" FROM ec2.flow_logs WHERE "resourceType" = 'VPC' LIMIT 1 RETURNING "flowLogId"`
	for _, sql := range []string{"SELECT count(*) FROM ec2.flow_logs WHERE region = 'eu-west-1'", "BEGIN", insert, "ROLLBACK", "SET ROLE team", "SELECT 1/0"} {
		if _, err := conn.Exec(ctx, sql).ReadAll(); (err != nil) != strings.Contains(sql, "/0") {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := conn.Prepare(ctx, "", "SELECT * FROM nowhere", nil); err == nil {
		t.Error("what is not there was prepared")
	}
	if err := conn.ExecParams(ctx, "SELECT $1::int + 7", [][]byte{[]byte("seven")}, nil, nil, nil).Read().Err; err == nil {
		t.Error("a word was bound as a number")
	}
	reload := func(text string) {
		put(t, file, text)
		a.reload(func() (*config.Config, error) {
			c := config.New()
			return c, errors.Join(c.ReadFile(file), d.Use(c))
		})
	}
	reload("nonsense: 1\n")
	reload(base + "  team: {login: false, access: read-only}\n  new: {password: pw}\n")
	if err := errors.Join(conn.Close(ctx), a.server.Close(), <-done); err != nil {
		t.Error(err)
	}
	a.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []auditLine
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var e auditLine
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e)
	}
	one := func(what string, f func(auditLine) bool) auditLine {
		t.Helper()
		i := slices.IndexFunc(lines, f)
		if i < 0 {
			t.Fatalf("no %s in\n%s", what, text)
		}
		return lines[i]
	}
	statement := func(part string) auditLine {
		t.Helper()
		return one(part, func(e auditLine) bool { return e.Event == "statement" && strings.Contains(e.Statement, part) })
	}
	of := func(event string, s auditLine) func(auditLine) bool {
		return func(e auditLine) bool {
			return e.Event == event && e.QueryID == s.QueryID && e.PID == s.PID && e.User == "app"
		}
	}
	one("call of the SELECT", func(e auditLine) bool {
		return of("api_call", statement("count(*)"))(e) && e.Action == "ec2:DescribeFlowLogs" && e.RequestID != ""
	})
	ins := statement("INSERT")
	one("write", of("write", ins))
	one("call of the INSERT", func(e auditLine) bool { return of("api_call", ins)(e) && e.Action == "ec2:CreateFlowLogs" })
	made := one("flow log made", of("write_made", ins))
	undone := one("flow log undone", func(e auditLine) bool { return e.Event == "write_undone" && e.User == "app" })
	if len(made.FlowLogs) != 1 || !slices.Equal(made.FlowLogs, undone.FlowLogs) {
		t.Errorf("made %v, undone %v", made.FlowLogs, undone.FlowLogs)
	}
	one("call of the ROLLBACK", func(e auditLine) bool {
		return of("api_call", statement("ROLLBACK"))(e) && e.Action == "ec2:DeleteFlowLogs"
	})
	if s := statement("1/0"); s.User != "team" || s.Login != "app" || s.SQLState != "22012" {
		t.Errorf("%+v", s)
	}
	for part, state := range map[string]string{"nowhere": "42P01", "+ 7": "22P02"} {
		if s := statement(part); s.User != "team" || s.SQLState != state {
			t.Errorf("%+v", s)
		}
	}
	for _, want := range []auditLine{
		{Event: "login_failed", User: "app"},
		{Event: "login", User: "app"},
		{Event: "session_start", User: "app"},
		{Event: "session_end", User: "app"},
		{Event: "reload_failed"},
		{Event: "reload"},
		{Event: "role_removed", User: "old"},
		{Event: "role_added", User: "new"},
		{Event: "role_changed", User: "team"},
	} {
		e := one(want.Event, func(e auditLine) bool { return e.Event == want.Event && e.User == want.User })
		if (e.Error != "") != strings.HasSuffix(e.Event, "_failed") {
			t.Errorf("%+v", e)
		}
	}
}
