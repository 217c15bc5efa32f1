package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/server/demo"
	"github.com/flowgres/flowgres/server/observe"
)

// TestReloadSessions reloads roles below sessions that are open: what a role may do holds from
// their next statement on, and what it may no longer do is refused.
func TestReloadSessions(t *testing.T) {
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	file := filepath.Join(t.TempDir(), "c.yaml")
	const before = "roles:\n  app: {password: secret, regions: [eu-west-1], accounts: ['222233334444']}\n  gone: {password: secret, regions: [eu-west-1]}\n"
	put(t, file, before)
	a, err := New(t.Context(), demoConfig(t, d, file), slog.New(observe.NewHandler(io.Discard, "json", slog.LevelError)))
	if err != nil {
		t.Fatal(err)
	}
	ln := serveUntilEnd(t, a)
	login := func(user string) *pgconn.PgConn {
		t.Helper()
		c, err := pgconn.Connect(t.Context(), "postgres://"+user+":secret@"+ln.Addr().String()+"/aws?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return c
	}
	ask := func(c *pgconn.PgConn, sql string) string {
		all, err := c.Exec(t.Context(), sql).ReadAll()
		var e *pgconn.PgError
		switch {
		case errors.As(err, &e):
			return e.Code
		case err != nil:
			return err.Error()
		case len(all[len(all)-1].Rows) == 0:
			return ""
		}
		return string(all[len(all)-1].Rows[0][0])
	}
	reload := func(text string) {
		put(t, file, text)
		reloadFile(a, d, file)
	}
	const places = `select string_agg(distinct region || ' ' || "accountId", ',') from ec2.flow_logs`
	const write = `insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId")
		values ('vpc-5532944c8d588fbfa', 'REJECT', 's3', 'arn:aws:s3:::audit-logs', 'us-east-1', '111122223333') returning 'made'`
	app, gone := login("app"), login("gone")
	if got := ask(app, "prepare p as "+places+"; execute p"); got != "eu-west-1 222233334444" {
		t.Fatal(got)
	}
	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	reload("roles:\n  app: {password: secret, regions: [us-east-1], accounts: ['111122223333'], access: read-only}\n  added: {password: secret, regions: [eu-west-1], accounts: ['222233334444']}\n")
	want("a changed role, in a session that was there", ask(app, places), "us-east-1 111122223333")
	want("and a statement that it had prepared", ask(app, "execute p"), "us-east-1 111122223333")
	want("writes that it may no longer do", ask(app, write), "42501")
	want("a mode that it may no longer have", ask(app, "set transaction_read_only = off"), "42501")
	fresh := login("app")
	want("a changed role, in a new session", ask(fresh, places), "us-east-1 111122223333")
	want("writes of it", ask(fresh, write), "25006")
	want("a role that is gone", ask(gone, places), "42501")
	want("what asks AWS nothing", ask(gone, "select current_user"), "gone")
	want("writes of a role that is gone", ask(gone, write), "42501")
	want("a role that was added", ask(login("added"), places), "eu-west-1 222233334444")
	reload("roles:\n  app: {password: secret, regions: nonsense")
	want("after a file that is wrong", ask(app, places), "us-east-1 111122223333")
	want("and in a new session", ask(login("app"), places), "us-east-1 111122223333")
	reload(before)
	want("as it was before", ask(app, "execute p"), "eu-west-1 222233334444")
	want("as it was before, writes where it may", ask(app, strings.Replace(strings.Replace(write, "us-east-1", "eu-west-1", 1), "111122223333", "222233334444", 1)), "23503")
	want("a role that is back", ask(gone, "select count(distinct region) from ec2.flow_logs"), "1")
}
