package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestTLSBounds checks protocol versions, revocation and names by DN.
func TestTLSBounds(t *testing.T) {
	cert := testCert(t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	h, err := LoadHBA(writeFile(t, "hba", "hostssl all app all cert clientname=DN map=dn\nhostssl all other all cert clientname=DN map=dn\nhostssl all anyone all trust\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	id, err := LoadIdent(writeFile(t, "ident", "dn CN=localhost app\n"))
	if err != nil {
		t.Fatal(err)
	}
	var revoked atomic.Bool
	start := func(low, high uint16) *testServer {
		return startServer(t, Config{
			HBA: h, Ident: id, Roles: map[string]Role{"app": {}, "other": {}, "anyone": {}},
			TLS: &TLSConfig{
				Certificate: func() (*tls.Certificate, error) { return cert, nil }, ClientCAs: pool, MinVersion: low, MaxVersion: high,
				Revoked: func([]*x509.Certificate) error {
					if revoked.Load() {
						return errors.New("revoked")
					}
					return nil
				},
			},
		})
	}
	login := func(s *testServer, user string, with bool, low, high uint16) (uint16, error) {
		cfg, err := pgx.ParseConfig("postgres://" + user + "@" + s.addr + "/aws?sslmode=require")
		if err != nil {
			t.Fatal(err)
		}
		cfg.TLSConfig.MinVersion, cfg.TLSConfig.MaxVersion = low, high
		if with {
			cfg.TLSConfig.Certificates = []tls.Certificate{*cert}
		}
		conn, err := pgx.ConnectConfig(context.Background(), cfg)
		if err != nil {
			return 0, err
		}
		defer conn.Close(context.Background())
		return conn.PgConn().Conn().(*tls.Conn).ConnectionState().Version, nil
	}
	want := func(err error, text string) {
		t.Helper()
		if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	s := start(tls.VersionTLS13, 0)
	_, err = login(s, "anyone", false, tls.VersionTLS12, tls.VersionTLS12)
	want(err, "protocol version not supported")
	_, err = login(s, "anyone", false, tls.VersionTLS12, 0)
	want(err, "")
	s = start(0, tls.VersionTLS12)
	if v, err := login(s, "anyone", false, 0, 0); err != nil || v != tls.VersionTLS12 {
		t.Error(v, err)
	}
	_, err = login(s, "app", true, 0, 0)
	want(err, "")
	_, err = login(s, "app", false, 0, 0)
	want(err, "connection requires a valid client certificate (SQLSTATE 28000)")
	_, err = login(s, "other", true, 0, 0)
	want(err, `certificate authentication failed for user "other" (SQLSTATE 28000)`)
	revoked.Store(true)
	_, err = login(s, "app", true, 0, 0)
	want(err, "bad certificate")
	_, err = login(s, "anyone", false, 0, 0)
	want(err, "")
}
