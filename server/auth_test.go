package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func testCert(t testing.TB) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func secureServer(t testing.TB, withTLS bool) *testServer {
	t.Helper()
	verifier, err := NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Roles: map[string]Role{
		"app": {Verifier: verifier}, "nopass": {}, "old": {Verifier: verifier, ValidUntil: time.Now().Add(-time.Second)},
		"one": {Verifier: verifier, ConnectionLimit: 1},
	}}
	if withTLS {
		cert := testCert(t)
		cfg.TLS = &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }}
	}
	return startServer(t, cfg)
}

func pgxLogin(addr, user, password, params string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return pgx.Connect(ctx, fmt.Sprintf("postgres://%s:%s@%s/aws?%s", user, password, addr, params))
}

func TestPasswords(t *testing.T) {
	for _, mode := range []string{"sslmode=disable", "sslmode=require", "sslmode=require&channel_binding=require", "sslmode=require&sslnegotiation=direct"} {
		s := secureServer(t, mode != "sslmode=disable")
		conn, err := pgxLogin(s.addr, "app", "secret", mode)
		if err != nil {
			t.Errorf("%s: %v", mode, err)
			continue
		}
		var n int
		if err := conn.QueryRow(context.Background(), "select 42").Scan(&n); err != nil || n != 42 {
			t.Errorf("%s: %d %v", mode, n, err)
		}
		conn.Close(context.Background())
		for _, user := range []string{"app", "nopass", "old", "stranger"} {
			password := "secret"
			if user == "app" {
				password = "wrong"
			}
			_, err := pgxLogin(s.addr, user, password, mode)
			want := fmt.Sprintf("FATAL: password authentication failed for user \"%s\" (SQLSTATE 28P01)", user)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: %v", mode, user, err)
			}
		}
	}
}

func TestConnectionLimits(t *testing.T) {
	s := secureServer(t, false)
	first, err := pgxLogin(s.addr, "one", "secret", "sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close(context.Background())
	if _, err := pgxLogin(s.addr, "one", "secret", "sslmode=disable"); err == nil || !strings.Contains(err.Error(), `too many connections for role "one" (SQLSTATE 53300)`) {
		t.Error(err)
	}
	s = startServer(t, Config{MaxConnections: 1})
	connect(t, s.addr)
	c := dial(t, s.addr)
	c.startup("user=postgres", "database=aws")
	if got := c.until("closed"); got[len(got)-2] != "ErrorResponse FATAL 53300 sorry, too many clients already" {
		t.Errorf("%q", got)
	}
}

// TestSaltOfStrangers checks that an unknown user's challenge is stable.
func TestSaltOfStrangers(t *testing.T) {
	s := secureServer(t, false)
	salt := func(user string) string {
		c := dial(t, s.addr)
		c.startup("user="+user, "database=aws")
		c.until("Authentication")
		c.send(sasl("SCRAM-SHA-256", "n,,n=,r=abc"))
		_, body, err := c.read()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(body), ",s=")
		return after
	}
	a, b, other := salt("stranger"), salt("stranger"), salt("another")
	if a != b || a == other || !strings.HasSuffix(a, ",i=4096") {
		t.Error(a, b, other)
	}
}

func sasl(mech, first string) []byte {
	b := append([]byte(mech), 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(first)))
	b = append(b, first...)
	return append(binary.BigEndian.AppendUint32([]byte{'p'}, uint32(len(b)+4)), b...)
}

func TestTLS(t *testing.T) {
	s := secureServer(t, true)
	try := func(cfg *tls.Config, request bool) error {
		nc, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(5 * time.Second))
		if request {
			nc.Write([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f})
			var b [1]byte
			if _, err := io.ReadFull(nc, b[:]); err != nil || b[0] != 'S' {
				return fmt.Errorf("%q %w", b, err)
			}
		}
		cfg.InsecureSkipVerify = true
		tc := tls.Client(nc, cfg)
		if err := tc.Handshake(); err != nil {
			return err
		}
		c := &client{t: t, nc: tc}
		c.startup("user=app", "database=aws")
		if got := c.until("Authentication"); !strings.HasPrefix(got[0], "Authentication 10") {
			return fmt.Errorf("%q", got)
		}
		return nil
	}
	if err := try(&tls.Config{}, true); err != nil {
		t.Error(err)
	}
	if err := try(&tls.Config{MaxVersion: tls.VersionTLS12}, true); err != nil {
		t.Error(err)
	}
	if err := try(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, true); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	if err := try(&tls.Config{NextProtos: []string{"postgresql"}}, false); err != nil {
		t.Error(err)
	}
	if err := try(&tls.Config{}, false); err == nil || !strings.Contains(err.Error(), "without ALPN") {
		t.Error(err)
	}
	if err := try(&tls.Config{NextProtos: []string{"h2"}}, false); err == nil {
		t.Error("another protocol was taken")
	}
}

func TestRejected(t *testing.T) {
	s := startServer(t, Config{Auth: func(Login) Method { return Reject }})
	_, err := pgxLogin(s.addr, "app", "x", "sslmode=disable")
	if err == nil || !strings.Contains(err.Error(), `no pg_hba.conf entry for host "127.0.0.1", user "app", database "aws", no encryption (SQLSTATE 28000)`) {
		t.Error(err)
	}
	s = startServer(t, Config{Roles: map[string]Role{"app": {}}})
	if _, err := pgxLogin(s.addr, "other", "", "sslmode=disable"); err == nil || !strings.Contains(err.Error(), `role "other" does not exist`) {
		t.Error(err)
	}
}

func TestVerifier(t *testing.T) {
	// Made by PostgreSQL for the password "pencil".
	v, err := newVerifier("pencil", "0123456789abcdef", 4096)
	if err != nil || !IsVerifier(v) {
		t.Fatal(v, err)
	}
	for _, bad := range []string{"", "pencil", "SCRAM-SHA-256$4096:x$y:z", "SCRAM-SHA-256$0:eA==$eA==:eA==", v + "$", strings.Replace(v, ":", "", 1)} {
		if IsVerifier(bad) {
			t.Errorf("%q is taken for a verifier", bad)
		}
	}
	if _, err := NewVerifier(""); err == nil {
		t.Error("an empty password is taken")
	}
}

func TestPgx(t *testing.T) {
	s := startServer(t, Config{})
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://postgres@"+s.addr+"/aws?sslmode=disable&application_name=mine")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, "select generate_series(1,1000)")
	all, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil || len(all) != 1000 || all[999] != 1000 {
		t.Error(len(all), err)
	}
	var null *string
	if err := conn.QueryRow(ctx, "select $1::text", nil).Scan(&null); err != nil || null != nil {
		t.Error(null, err)
	}
	b := &pgx.Batch{}
	for range 10 {
		b.Queue("select 1")
	}
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		t.Error(err)
	}
	var e *pgconn.PgError
	if _, err := conn.Exec(ctx, "select 1/0"); err == nil {
		t.Error("no error")
	} else if !strings.Contains(err.Error(), "22012") {
		t.Error(err, e)
	}
	// A cancelled context sends a CancelRequest.
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(short, "select pg_sleep(30)"); err == nil {
		t.Error("no error")
	}
}

func TestPsql(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("no psql")
	}
	s := secureServer(t, true)
	cmd := exec.Command(psql, "-XAt", fmt.Sprintf("postgres://app:secret@%s/aws?sslmode=require", s.addr), "-c", "select 7", "-c", "selec")
	out, err := cmd.CombinedOutput()
	if want := "7\nERROR:  syntax error at or near \"selec\"\nLINE 1: selec\n        ^\n"; string(out) != want {
		t.Errorf("%s %v", out, err)
	}
}
