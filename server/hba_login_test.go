package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestHBALogins logs in by each method, and is refused by each.
func TestHBALogins(t *testing.T) {
	verifier, err := NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	h, err := LoadHBA(writeFile(t, "hba", strings.Join([]string{
		"local all app peer map=os", "local all all peer",
		"hostssl all localhost all cert", "hostssl all mapped all cert map=certs",
		"hostssl all both all scram-sha-256 clientcert=verify-ca",
		"hostssl all clear all password", "host all gone all reject", "hostnossl all app all scram-sha-256",
		"hostnossl all grp all trust",
	}, "\n")), true)
	if err != nil {
		t.Fatal(err)
	}
	id, err := LoadIdent(writeFile(t, "ident", "certs localhost mapped\nos "+me.Username+" app\n"))
	if err != nil {
		t.Fatal(err)
	}
	cert := testCert(t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	roles := map[string]Role{"grp": {NoLogin: true}}
	for _, name := range []string{"app", "localhost", "mapped", "both", "clear"} {
		roles[name] = Role{Verifier: verifier}
	}
	s := startServer(t, Config{
		HBA: h, Ident: id, Roles: roles, Guessing: Guessing{Failures: -1},
		TLS: &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }, ClientCAs: pool},
	})
	ln, err := Listen(filepath.Join(t.TempDir(), ".s.PGSQL.5432"), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(ln)
	for _, x := range []struct {
		user, password  string
		unix, tls, cert bool
		want            string
	}{
		{"app", "", true, false, false, ""},
		{"mapped", "", true, false, false, `Peer authentication failed for user "mapped" (SQLSTATE 28000)`},
		{"localhost", "", false, true, true, ""},
		{"localhost", "", false, true, false, "connection requires a valid client certificate (SQLSTATE 28000)"},
		{"mapped", "", false, true, true, ""},
		{"both", "secret", false, true, true, ""},
		{"both", "wrong", false, true, true, `password authentication failed for user "both" (SQLSTATE 28P01)`},
		{"both", "secret", false, true, false, "connection requires a valid client certificate"},
		{"clear", "secret", false, true, false, ""},
		{"clear", "wrong", false, true, false, `password authentication failed for user "clear" (SQLSTATE 28P01)`},
		{"gone", "x", false, true, false, `pg_hba.conf rejects connection for host "127.0.0.1", user "gone", database "aws", SSL encryption (SQLSTATE 28000)`},
		{"app", "secret", false, true, false, `no pg_hba.conf entry for host "127.0.0.1", user "app", database "aws", SSL encryption (SQLSTATE 28000)`},
		{"app", "secret", false, false, false, ""},
		{"grp", "", false, false, false, `role "grp" is not permitted to log in (SQLSTATE 28000)`},
	} {
		cfg, err := pgx.ParseConfig("postgres://" + x.user + ":" + x.password + "@" + s.addr + "/aws?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		if x.unix {
			cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", ln.Addr().String()) }
		}
		if x.tls {
			cfg.TLSConfig = &tls.Config{InsecureSkipVerify: true}
			if x.cert {
				cfg.TLSConfig.Certificates = []tls.Certificate{*cert}
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err == nil {
			conn.Close(ctx)
		}
		cancel()
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: %v", x, err)
		}
	}
}
