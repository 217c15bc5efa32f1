package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/demo"
	"github.com/flowgres/flowgres/server/observe"
)

// demoConfig reads a configuration file over the sample fleet.
func demoConfig(t *testing.T, d *demo.Fleet, path string) *config.Config {
	t.Helper()
	c := config.New()
	if err := errors.Join(c.ReadFile(path), d.Use(c)); err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serveUntilEnd serves a daemon's connections until the test ends.
func serveUntilEnd(t *testing.T, a *Daemon) net.Listener {
	t.Helper()
	ln, done := serveOn(t, a)
	t.Cleanup(func() {
		if err := errors.Join(a.server.Close(), <-done); err != nil {
			t.Error(err)
		}
		a.Close()
	})
	return ln
}

// reloadFile makes a daemon read its configuration file again.
func reloadFile(a *Daemon, d *demo.Fleet, file string) {
	a.reload(func() (*config.Config, error) {
		c := config.New()
		return c, errors.Join(c.ReadFile(file), d.Use(c))
	})
}

// TestReload changes everything a reload can change, and breaks it.
func TestReload(t *testing.T) {
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	dir := t.TempDir()
	file, hba := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "hba")
	put(t, hba, "host all all 127.0.0.1/32 scram-sha-256\n")
	base := "hba_file: " + hba + "\naudit_log: " + filepath.Join(dir, "audit") + "\n"
	roles := "roles:\n  app: {password: secret}\n  root: {password: secret, superuser: true}\n  eu: {password: secret, regions: [eu-west-1], accounts: ['222233334444']}\n"
	put(t, file, base+roles)
	var logged bytes.Buffer
	a, err := New(context.Background(), demoConfig(t, d, file), slog.New(observe.NewHandler(&logged, "json", slog.LevelDebug)))
	if err != nil {
		t.Fatal(err)
	}
	ln := serveUntilEnd(t, a)
	ask := func(user, sql string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, "postgres://"+user+":secret@"+ln.Addr().String()+"/aws?sslmode=disable&default_query_exec_mode=simple_protocol")
		if err != nil {
			return err.Error()
		}
		defer conn.Close(ctx)
		var out string
		if err := conn.QueryRow(ctx, sql).Scan(&out); err != nil {
			return err.Error()
		}
		return out
	}
	reload := func() { reloadFile(a, d, file) }
	want := func(got, part string) {
		t.Helper()
		if !strings.Contains(got, part) {
			t.Errorf("got %q, want %q", got, part)
		}
	}
	want(ask("eu", `select string_agg(distinct region || ' ' || "accountId", ',') from ec2.flow_logs`), "eu-west-1 222233334444")
	want(ask("eu", `insert into ec2.flow_logs ("resourceId", region, "accountId") values ('vpc-1', 'us-east-1', '222233334444') returning region`), "42501")
	want(ask("app", "select count(distinct region)::text from ec2.flow_logs"), "6")
	want(ask("root", "select auth_method from pg_hba_file_rules"), "scram-sha-256")
	want(ask("app", "select auth_method from pg_hba_file_rules"), "42501")
	want(ask("app", "show work_mem"), "16MB")

	put(t, hba, "host all all nonsense\n") // a bad file keeps the old state
	put(t, file, base+roles+"work_mem: 9MB\n")
	reload()
	want(ask("app", "show work_mem"), "16MB")
	want(logged.String(), "configuration contains errors; no changes were applied")
	want(ask("root", "select error from pg_hba_file_rules"), "end-of-line before authentication method")

	put(t, hba, "host all app all reject\nhost all all 127.0.0.1/32 scram-sha-256\n")
	put(t, hba+"2", "host all all all reject\n") // another path needs a restart, as in PostgreSQL, and is not half in force
	put(t, file, strings.Replace(base, hba, hba+"2", 1)+"work_mem: 9MB\nmax_connections: 7\nroles:\n  app: {password: secret}\n  new: {password: secret, superuser: true}\n")
	reload()
	want(ask("app", "select 'x'"), "pg_hba.conf rejects connection")
	want(ask("new", "show work_mem"), "9MB")
	want(ask("eu", "select 'x'"), "password authentication failed")
	want(logged.String(), `cannot be changed without restarting the server","setting":"hba_file"`)
	want(logged.String(), `"setting":"max_connections"`)
	want(ask("new", "show hba_file"), hba)

	text, err := os.ReadFile(filepath.Join(dir, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"event":"api_call","query_id"`, `"event":"statement","query_id"`, `"event":"login_failed"`} {
		want(string(text), part)
	}
	if bytes.Contains(text, []byte("secret")) || bytes.Contains(logged.Bytes(), []byte("secret")) {
		t.Error("a password is in a log")
	}
}

// TestReloadRoles swaps a role between two configurations while clients log in:
// whoever got in with a password has the rights that go with it.
func TestReloadRoles(t *testing.T) {
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	file := filepath.Join(t.TempDir(), "c.yaml")
	versions := []string{
		"roles: {app: {password: '" + verifier(t, "one") + "', settings: {application_name: one}}}\n",
		"roles: {app: {password: '" + verifier(t, "two") + "', settings: {application_name: two}}}\nwork_mem: 9MB\nauth_max_failures: 0\n",
	}
	put(t, file, versions[0]+"auth_max_failures: 0\n")
	a, err := New(context.Background(), demoConfig(t, d, file), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ln, done := serveOn(t, a)
	ctx, cancel := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	var logins atomic.Int64
	for _, password := range []string{"one", "two"} {
		clients.Add(1)
		go func() {
			defer clients.Done()
			for ctx.Err() == nil {
				conn, err := pgx.Connect(context.Background(), "postgres://app:"+password+"@"+ln.Addr().String()+"/aws?sslmode=disable")
				if err != nil {
					continue // the other configuration is in force
				}
				logins.Add(1)
				var name string
				if err := conn.QueryRow(context.Background(), "show application_name").Scan(&name); err != nil || name != password {
					t.Errorf("who logged in with %s has the settings of %q: %v", password, name, err)
				}
				_ = conn.Close(context.Background())
			}
		}()
	}
	for i := range 60 {
		put(t, file, versions[(i+1)%2])
		a.reload(func() (*config.Config, error) {
			c := config.New()
			return c, errors.Join(c.ReadFile(file), d.Use(c))
		})
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	clients.Wait()
	if logins.Load() == 0 {
		t.Error("nobody logged in")
	}
	if err := errors.Join(a.server.Close(), <-done); err != nil {
		t.Error(err)
	}
	a.Close()
}

func verifier(t *testing.T, password string) string {
	t.Helper()
	v, err := server.NewVerifier(password)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// serveOn lets a serve on a port of its own; what ends that comes from done.
func serveOn(t *testing.T, a *Daemon) (ln net.Listener, done chan error) {
	t.Helper()
	ln, err := server.Listen("127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	done = make(chan error, 1)
	go func() { done <- a.server.Serve(ln) }()
	return ln, done
}
