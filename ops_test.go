package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

// demoConfig reads a configuration file over the sample fleet.
func demoConfig(t *testing.T, d *demoFleet, path string) *config {
	t.Helper()
	c := &config{settings: guc.MustNew()}
	if err := errors.Join(c.readFile(path), d.use(c)); err != nil {
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

// TestReload changes everything a reload can change, and breaks it.
func TestReload(t *testing.T) {
	d, err := startDemo()
	if err != nil {
		t.Fatal(err)
	}
	defer d.stop()
	dir := t.TempDir()
	file, hba := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "hba")
	put(t, hba, "host all all 127.0.0.1/32 scram-sha-256\n")
	base := "hba_file: " + hba + "\naudit_log: " + filepath.Join(dir, "audit") + "\n"
	roles := "roles:\n  app: {password: secret}\n  eu: {password: secret, regions: [eu-west-1], accounts: ['222233334444']}\n"
	put(t, file, base+roles)
	var logged bytes.Buffer
	a, err := newApp(context.Background(), demoConfig(t, d, file), slog.New(newHandler(&logged, "json", slog.LevelDebug)))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := server.Listen("127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.server.Serve(ln) }()
	defer func() {
		if err := errors.Join(a.server.Close(), <-done); err != nil {
			t.Error(err)
		}
		a.close()
	}()
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
	reload := func() {
		a.reload(func() (*config, error) {
			c := &config{settings: guc.MustNew()}
			return c, errors.Join(c.readFile(file), d.use(c))
		})
	}
	want := func(got, part string) {
		t.Helper()
		if !strings.Contains(got, part) {
			t.Errorf("got %q, want %q", got, part)
		}
	}
	want(ask("eu", `select string_agg(distinct region || ' ' || "accountId", ',') from ec2.flow_logs`), "eu-west-1 222233334444")
	want(ask("eu", `insert into ec2.flow_logs ("resourceId", region, "accountId") values ('vpc-1', 'us-east-1', '222233334444') returning region`), "42501")
	want(ask("app", "select count(distinct region)::text from ec2.flow_logs"), "6")
	want(ask("app", "select auth_method from pg_hba_file_rules"), "scram-sha-256")
	want(ask("app", "show work_mem"), "16MB")

	put(t, hba, "host all all nonsense\n") // a bad file keeps the old state
	put(t, file, base+roles+"work_mem: 9MB\n")
	reload()
	want(ask("app", "show work_mem"), "16MB")
	want(logged.String(), "configuration contains errors; no changes were applied")
	want(ask("app", "select error from pg_hba_file_rules"), "end-of-line before authentication method")

	put(t, hba, "host all app all reject\nhost all all 127.0.0.1/32 scram-sha-256\n")
	put(t, file, base+"work_mem: 9MB\nmax_connections: 7\nroles:\n  app: {password: secret}\n  new: {password: secret}\n")
	reload()
	want(ask("app", "select 'x'"), "pg_hba.conf rejects connection")
	want(ask("new", "show work_mem"), "9MB")
	want(ask("eu", "select 'x'"), "password authentication failed")
	want(logged.String(), "cannot be changed without restarting")

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

func writeCert(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	put(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	put(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: kder})))
}

// TestCertificateRotation rotates a certificate, breaks it and mends it.
func TestCertificateRotation(t *testing.T) {
	dir := t.TempDir()
	f := &certFiles{cert: dir + "/c", key: dir + "/k", log: slog.New(slog.DiscardHandler)}
	failures := 0
	f.failed = func() { failures++ }
	serial := func() int64 {
		c, err := f.get()
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.Int64()
	}
	for i := int64(1); i < 20; i++ {
		writeCert(t, f.cert, f.key, i)
		if got := serial(); got != i {
			t.Fatal(got, i)
		}
	}
	put(t, f.key, "half a key")
	if serial() != 19 || failures != 1 {
		t.Error("a bad pair took effect", failures)
	}
	writeCert(t, f.cert, f.key, 20)
	f.retry = time.Time{}
	if serial() != 20 {
		t.Error("a mended pair did not take effect")
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"alter role x password 'hunter2'":       "alter role x password ********",
		"PASSWORD='a''b' next":                  "PASSWORD=******** next",
		"key AKIAIOSFODNN7EXAMPLE.":             "key AKIAIOSF********.",
		"postgres://app:pw@host/db":             "postgres://app:********@host/db",
		"aws_secret_access_key = wJalrXUtnFEM":  "aws_secret_access_key = ********",
		"SCRAM-SHA-256$4096:c2FsdA==$YQ==:Yg==": "SCRAM-SHA-256$4096:********",
		"select 1":                              "select 1",
	} {
		if got := redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	if exitCode(configError{errors.New("x")}) != exitConfig || exitCode(errors.New("x")) != exitFailed {
		t.Error("exit codes")
	}
}
