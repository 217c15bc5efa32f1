package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockedBuffer is a log that several connections write.
type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

// TestIAMLogins maps AWS principals to roles, tells refused clients no reason,
// and keeps what they gave out of the log.
func TestIAMLogins(t *testing.T) {
	for _, kind := range []string{"local all all", "host all all all", "hostnossl all all all"} {
		if _, err := LoadHBA(writeFile(t, "hba", kind+" iam"), true); err == nil || !strings.Contains(err.Error(), "iam authentication is only supported on hostssl connections") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	h, err := LoadHBA(writeFile(t, "hba", "hostssl all all all iam map=aws"), true)
	if err != nil {
		t.Fatal(err)
	}
	id, err := LoadIdent(writeFile(t, "ident", "aws arn:aws:iam::123456789012:role/Admin app\naws /^arn:aws:sts::123456789012:assumed-role/Sso/([a-z]+)$ \\1\n"))
	if err != nil {
		t.Fatal(err)
	}
	cert := testCert(t)
	var log lockedBuffer
	calls := 0
	s := startServer(t, Config{
		HBA: h, Ident: id, Roles: map[string]Role{"app": {}, "jo": {}},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		TLS: &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }},
		IAM: func(_ context.Context, url string) (string, error) {
			calls++
			arn, ok := strings.CutPrefix(url, "hush-")
			if !ok {
				return "", errors.New("not signed")
			}
			return arn, nil
		},
	})
	s.limiter.local = func(netip.Prefix) bool { return false }
	const admin, sso = "hush-arn:aws:sts::123456789012:assumed-role/Admin/x", "hush-arn:aws:sts::123456789012:assumed-role/Sso/jo"
	login := func(user, password string, secure bool) error {
		cfg, err := pgx.ParseConfig("postgres://" + s.addr + "/aws?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		cfg.User, cfg.Password = user, password
		if secure {
			cfg.TLSConfig = &tls.Config{InsecureSkipVerify: true}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err == nil {
			conn.Close(ctx)
		}
		return err
	}
	for _, x := range []struct {
		user, password string
		tls            bool
		want           string
	}{
		{"app", admin, true, ""},
		{"jo", sso, true, ""},
		{"jo", admin, true, `password authentication failed for user "jo" (SQLSTATE 28P01)`},
		{"app", admin, true, ""}, // forgets the failure
		{"nobody", admin, true, `password authentication failed for user "nobody" (SQLSTATE 28P01)`},
		{"app", "guess", true, `password authentication failed for user "app" (SQLSTATE 28P01)`},
		{"app", admin, false, `no pg_hba.conf entry for host`},
	} {
		err := login(x.user, x.password, x.tls)
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for range 4 { // the user is banned at the address by then
		if login("app", "guess", true) == nil {
			t.Error("a guess is let in")
		}
	}
	before := calls
	if err := login("app", admin, true); err == nil || calls != before {
		t.Error("a banned user is let in, or made us ask", err)
	}
	log.Lock()
	defer log.Unlock()
	for _, secret := range []string{"hush-", "guess"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
	if !strings.Contains(log.String(), "the AWS principal may not be the role") || !strings.Contains(log.String(), "not signed") {
		t.Error("the log lacks a reason")
	}
}
