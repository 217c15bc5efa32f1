package planner_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/guc"
)

// statementsClient is a session of an engine that counts statements.
func statementsClient(t *testing.T, most int, roles map[string]planner.Role) (connect func(user string, pid int32) *engineClient) {
	t.Helper()
	settings, err := guc.New()
	if err != nil {
		t.Fatal(err)
	}
	counts := planner.NewStatements(most)
	e, err := planner.New(planner.Config{Settings: settings, Relations: counts.Relations(), Statements: counts, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	names := newTypeNames(t)
	return func(user string, pid int32) *engineClient {
		c := &engineClient{names: names}
		if c.s, err = e.NewSession(context.Background(), planner.SessionOptions{
			User: user, Database: "aws", PID: pid, Notice: func(error) {},
		}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.s.Close)
		return c
	}
}

// rowsOf runs a statement and gives its rows, columns joined by |.
func (c *engineClient) rowsOf(t *testing.T, sql string) []string {
	t.Helper()
	a := c.run(context.Background(), sql, nil)
	last := a[len(a)-1]
	if last.err != nil {
		t.Fatalf("%s: %+v", sql, *last.err)
	}
	var out []string
	for _, r := range last.rows {
		var fields []string
		for _, f := range r {
			if f == nil {
				fields = append(fields, "NULL")
			} else {
				fields = append(fields, *f)
			}
		}
		out = append(out, strings.Join(fields, "|"))
	}
	return out
}

const counted = `SELECT calls, rows, toplevel, query FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY query COLLATE "C", calls`

// TestStatements runs testdata/statements.sql and compares what pg_stat_statements
// then holds with what PostgreSQL 16's does. FLOWGRES_STATEMENTS_DSN, a
// PostgreSQL 16 with the extension, records that.
func TestStatements(t *testing.T) {
	const golden = "testdata/statements.txt"
	script, err := os.ReadFile("testdata/statements.sql")
	if err != nil {
		t.Fatal(err)
	}
	statements := strings.SplitAfter(string(script), ";\n")
	if dsn := os.Getenv("FLOWGRES_STATEMENTS_DSN"); dsn != "" {
		if err := os.WriteFile(golden, recordStatements(t, dsn, statements), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	c := statementsClient(t, 5000, nil)("postgres", 1)
	for _, s := range statements {
		c.run(context.Background(), s, nil)
	}
	got := strings.Join(c.rowsOf(t, counted), "\n") + "\n"
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs at line %d; got\n%s", golden, i+1, got)
		}
	}
}

func recordStatements(t *testing.T, dsn string, statements []string) []byte {
	ctx := context.Background()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, s := range append([]string{"SELECT pg_stat_statements_reset()"}, statements...) {
		_, _ = c.Exec(ctx, s).ReadAll() // some fail, which does not count
	}
	all, err := c.Exec(ctx, counted).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, r := range all[0].Rows {
		fmt.Fprintf(&out, "%s\n", bytes.Join(r, []byte("|")))
	}
	return out.Bytes()
}

// TestStatementsBounded fills pg_stat_statements: what is used least goes.
func TestStatementsBounded(t *testing.T) {
	c := statementsClient(t, 100, nil)("postgres", 1)
	for range 50 {
		c.rowsOf(t, "SELECT 1 AS kept")
	}
	for i := range 150 {
		c.rowsOf(t, "SELECT 1"+strings.Repeat(", 1", i+1))
	}
	got := c.rowsOf(t, "SELECT count(*) <= 100, max(calls) FROM pg_stat_statements")
	got = append(got, c.rowsOf(t, "SELECT dealloc > 0, stats_reset <= now() FROM pg_stat_statements_info")...)
	if s := strings.Join(got, " "); s != "t|50 t|t" {
		t.Error(s)
	}
	c.rowsOf(t, "SELECT pg_stat_statements_reset(queryid => (SELECT queryid FROM pg_stat_statements WHERE calls = 50))")
	if got := c.rowsOf(t, "SELECT max(calls) FROM pg_stat_statements"); got[0] != "1" {
		t.Error("a query's reset:", got)
	}
	c.rowsOf(t, "SELECT pg_stat_statements_reset()")
	if got := c.rowsOf(t, "SELECT count(*), (SELECT dealloc FROM pg_stat_statements_info) FROM pg_stat_statements"); got[0] != "1|0" {
		t.Error("reset:", got)
	}
}

// TestStatementsSeen checks who sees what, in pg_stat_statements and in
// pg_stat_activity.
func TestStatementsSeen(t *testing.T) {
	connect := statementsClient(t, 100, map[string]planner.Role{
		"root": {Superuser: true}, "ann": {}, "bob": {}, "watch": {MemberOf: []string{"pg_read_all_stats"}}, "pg_read_all_stats": {NoLogin: true},
	})
	root, ann, bob, watch := connect("root", 1), connect("ann", 2), connect("bob", 3), connect("watch", 4)
	ann.rowsOf(t, "SELECT 'ann''s own'")
	const statements = "SELECT query, queryid IS NULL FROM pg_stat_statements WHERE userid = 'ann'::regrole"
	const activity = "SELECT query, state, query_id IS NULL, backend_type, usename FROM pg_stat_activity WHERE pid = 2"
	for _, c := range []struct {
		c    *engineClient
		sees bool
	}{{root, true}, {watch, true}, {bob, false}} {
		want := "<insufficient privilege>|t <insufficient privilege>|NULL|t|NULL|ann"
		if c.sees {
			want = "SELECT $1|f SELECT 'ann''s own'|idle|f|client backend|ann"
		}
		if got := strings.Join(append(c.c.rowsOf(t, statements), c.c.rowsOf(t, activity)...), " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if a := bob.run(context.Background(), "SELECT pg_stat_statements_reset()", nil); a[0].err == nil || a[0].err.code != "42501" {
		t.Error("bob may reset")
	}
}

// TestQueryID finds a statement by the number that EXPLAIN and
// pg_stat_activity show of it.
func TestQueryID(t *testing.T) {
	c := statementsClient(t, 100, map[string]planner.Role{"root": {Superuser: true}})("root", 1)
	c.rowsOf(t, "SELECT 1 AS a")
	var id string
	for _, l := range c.rowsOf(t, "EXPLAIN (VERBOSE) SELECT 22 AS b") {
		if rest, ok := strings.CutPrefix(l, "Query Identifier: "); ok {
			id = rest
		}
	}
	if got := c.rowsOf(t, "SELECT query FROM pg_stat_statements WHERE queryid = "+id); len(got) != 1 || got[0] != "SELECT $1 AS a" {
		t.Error(id, got)
	}
	if got := c.rowsOf(t, "SELECT query_id <> 0 FROM pg_stat_activity"); got[0] != "t" {
		t.Error(got)
	}
	c.rowsOf(t, "SET compute_query_id = off")
	if got := c.rowsOf(t, "SELECT query_id FROM pg_stat_activity"); got[0] != "NULL" {
		t.Error(got)
	}
	if got := strings.Join(c.rowsOf(t, "EXPLAIN (VERBOSE) SELECT 22"), " "); strings.Contains(got, "Identifier") {
		t.Error(got)
	}
}

// TestStatementsHideConstants looks for secrets in pg_stat_statements.
func TestStatementsHideConstants(t *testing.T) {
	c := statementsClient(t, 100, nil)("postgres", 1)
	for _, s := range []string{
		"SET my.password = 'hunter2'", "SET my.password TO hunter2", "SELECT set_config('my.password', 'hunter2', false)",
		"DO $$ BEGIN PERFORM 'hunter2'; END $$", "NOTIFY c, 'hunter2'", "EXPLAIN SELECT 'hunter2'", "COPY (SELECT 'hunter2') TO STDOUT",
	} {
		c.rowsOf(t, s)
	}
	if got := c.rowsOf(t, "SELECT query FROM pg_stat_statements WHERE strpos(query, 'hunt'||'er2') > 0"); len(got) > 0 {
		t.Error(got)
	}
}
