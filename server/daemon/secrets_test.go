package daemon

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/demo"
	"github.com/flowgres/flowgres/server/observe"
)

// record is a log that may be written by several goroutines.
type record struct {
	sync.Mutex
	bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.Lock()
	defer r.Unlock()
	return r.Buffer.Write(b)
}

func (r *record) String() string {
	r.Lock()
	defer r.Unlock()
	return r.Buffer.String()
}

// hidden is what each kind of secret in TestSecrets holds, in some spelling.
const hidden = "hunter2"

// secretStatements hold secrets. Some fail, and their text goes to the log with the error.
var secretStatements = []string{
	"CREATE ROLE x LOGIN PASSWORD 'hunter2'",
	"ALTER ROLE app PASSWORD 'hunter2' VALID UNTIL 'infinity'",
	"ALTER USER app WITH ENCRYPTED PASSWORD e'\\'hunter2'",
	"ALTER USER \"app\" PASSWORD 'SCRAM-SHA-256$4096:aHVudGVyMg==$hunter2+stored=:hunter2+server='",
	"CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'app', password 'hunter2')",
	"CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p",
	"CREATE SUBSCRIPTION s CONNECTION 'postgresql://app:hunter2@h/db' PUBLICATION p",
	"SET my.password = 'hunter2'",
	"SET my.secret TO hunter2",
	"SET SESSION my.aws_secret_access_key = 'hunter2'",
	"SELECT set_config('my.session_token', 'hunter2', false)",
	"SELECT set_config('my.password'::text, $q$hunter2$q$, true)",
	"SELECT 'AKIAHUNTER2HUNTER2AA'",
	"SELECT 'aws_session_token=hunter2' AS token",
	"SELECT 'https://sts.amazonaws.com/?X-Amz-Credential=hunter2&X-Amz-Security-Token=hunter2&X-Amz-Signature=hunter2'",
	"SELECT * FROM dblink('host=h user=u password=''hunter2''', 'SELECT 1') AS t(a int)",
	"COPY (SELECT 1) TO PROGRAM 'curl -u x:y https://u:hunter2@h/'",
	"SELECT 1 /* password: hunter2 */ +",
	"DO $$ BEGIN RAISE NOTICE 'password=hunter2'; END $$",
	"NOTIFY c, 'password=hunter2'",
	"SELECT 1 WHERE 'secret' = 'hunter2'",
}

// TestSecrets runs a server that tells everything it can to whoever may read
// it, shows it secrets of every kind, and looks for them in what it told: the log, the
// audit log, metrics, traces, and what other sessions see.
func TestSecrets(t *testing.T) {
	var traces record
	otlp := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(&traces, r.Body) }))
	defer otlp.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.URL)
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	dir := t.TempDir()
	file, audit := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "audit")
	good := "audit_log: " + audit + "\nlog_level: debug\nlog_statement: all\nlog_min_duration_statement: 0\nlog_connections: on\nlog_disconnections: on\n" +
		"trace_query_text: full\nauth_max_failures: 0\nroles:\n  app: {password: app-hunter2}\n  root: {password: hunter2, superuser: true}\n" +
		"  v: {password: '" + verifier(t, hidden) + "'}\n"
	put(t, file, good)
	var logged record
	c := demoConfig(t, d, file)
	a, err := New(t.Context(), c, slog.New(observe.NewHandler(&logged, "json", slog.LevelDebug)))
	if err != nil {
		t.Fatal(err)
	}
	ln, done := serveOn(t, a)
	ctx := context.Background()
	login := func(user, password, more string) (*pgconn.PgConn, error) {
		return pgconn.Connect(ctx, "postgres://"+user+":"+password+"@"+ln.Addr().String()+"/aws?sslmode=disable"+more)
	}
	for _, bad := range []string{"wrong-hunter2", "https:%2F%2Fsts.amazonaws.com%2F%3FX-Amz-Signature%3Dhunter2"} {
		if _, err := login("app", bad, ""); err == nil {
			t.Fatal("a wrong password was taken")
		}
	}
	conn, err := login("app", "app-hunter2", "&application_name=password%3Dhunter2&options=-c%20my.password%3Dhunter2")
	if err != nil {
		t.Fatal(err)
	}
	root, err := login("root", hidden, "")
	if err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	look := func() { // at what app does, as another session
		for _, sql := range []string{"SELECT * FROM pg_stat_activity WHERE usename = 'app'", "SELECT * FROM pg_stat_statements", "SELECT * FROM flowgres.api_calls"} {
			all, err := root.Exec(ctx, sql).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all[0].Rows {
				seen.Write(bytes.Join(r, []byte("|")))
				seen.WriteByte('\n')
			}
		}
	}
	for _, sql := range secretStatements {
		_, _ = conn.Exec(ctx, sql).ReadAll() // some are refused
		look()
	}
	if _, err := conn.Exec(ctx, "SELECT count(*) FROM ec2.flow_logs").ReadAll(); err != nil {
		t.Fatal(err)
	}
	// Bound values, good and bad ones.
	for _, typ := range []string{"text", "int", "jsonb", "inet"} {
		conn.ExecParams(ctx, "SELECT $1::"+typ, [][]byte{[]byte(hidden)}, nil, nil, nil).Read()
		conn.ExecParams(ctx, "SELECT $1::text::"+typ, [][]byte{[]byte(hidden)}, nil, nil, nil).Read()
		look()
	}
	// Configurations and keys that are wrong.
	key := filepath.Join(dir, "key")
	put(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte(hidden)}))+"\n"+hidden)
	for _, bad := range []string{
		"roles: {app: hunter2}", "roles: {app: {password: {a: hunter2}}}", "roles: {app: {password: hunter2, superuser: hunter2}}", "roles: [hunter2]",
		"roles: {app: {pasword: hunter2}}", "roles:\n  app: {password: hunter2\n", "aws: {accounts: [hunter2]}", "aws: {accounts: [{external_id: [hunter2]}]}",
		"password: hunter2", "tls: {cert: " + key + ", key: " + key + "}", "roles: {app: {password: 'SCRAM-SHA-256$4096:hunter2'}}",
	} {
		put(t, file, bad)
		a.reload(func() (*config.Config, error) {
			c := config.New()
			return c, errors.Join(c.ReadFile(file), d.Use(c))
		})
	}
	if err := errors.Join(conn.Close(ctx), root.Close(ctx)); err != nil {
		t.Error(err)
	}
	metrics := httptest.NewRecorder()
	observe.Handler(a.metrics).ServeHTTP(metrics, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if err := errors.Join(a.server.Close(), <-done); err != nil {
		t.Error(err)
	}
	a.Close()
	auditText, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{hidden, "HUNTER2HUNTER2"}
	for _, acct := range c.Accounts {
		keys = append(keys, acct.SecretAccessKey)
	}
	for name, text := range map[string]string{
		"the log": logged.String(), "the audit log": string(auditText), "metrics": metrics.Body.String(), "traces": traces.String(),
		"what others see": seen.String(),
	} {
		if len(text) < 1000 {
			t.Errorf("%s is %d bytes: %s", name, len(text), text)
		}
		for _, line := range strings.Split(text, "\n") {
			for _, k := range keys {
				if i := strings.Index(line, k); k != "" && i >= 0 {
					t.Errorf("%s: …%s…", name, line[max(0, i-150):min(len(line), i+40)])
					break
				}
			}
		}
	}
}
