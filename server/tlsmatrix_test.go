package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// issue makes a client's certificate that ends at a time, signed by another.
func issue(t *testing.T, by *tls.Certificate, user string, ends time.Time) tls.Certificate {
	t.Helper()
	parent, err := x509.ParseCertificate(by.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: user}, NotBefore: ends.Add(-time.Hour), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, by.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestTLSMatrix logs in with libpq's sslmodes and with clients' certificates of all
// sorts.
func TestTLSMatrix(t *testing.T) {
	cert, stranger := testCert(t), testCert(t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	h, err := LoadHBA(writeFile(t, "hba", "hostssl all app all cert\nhostssl all anyone all trust\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{
		HBA: h, Roles: map[string]Role{"app": {}, "anyone": {}},
		TLS: &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }, ClientCAs: pool},
	})
	login := func(name string, cfg *pgx.ConnConfig, want string) {
		t.Helper()
		conn, err := pgx.ConnectConfig(t.Context(), cfg)
		if err == nil {
			err = conn.Close(context.Background())
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	known := writeFile(t, "ca", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})))
	other := writeFile(t, "other", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: stranger.Certificate[0]})))
	for params, want := range map[string]string{
		"sslmode=disable": "SQLSTATE 28000", "sslmode=allow": "", "sslmode=prefer": "", "sslmode=require": "",
		"sslmode=verify-ca&sslrootcert=" + known: "", "sslmode=verify-full&sslrootcert=" + known: "",
		"sslmode=verify-ca&sslrootcert=" + other: "signed by unknown authority", "sslmode=verify-full&sslrootcert=" + other: "signed by unknown authority",
	} {
		cfg, err := pgx.ParseConfig("postgres://anyone@" + s.addr + "/aws?" + params)
		if err != nil {
			t.Fatal(err)
		}
		login(params, cfg, want)
	}
	soon := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name string
		cert tls.Certificate
		want string
	}{
		{"good", issue(t, cert, "app", soon), ""},
		{"another user's", issue(t, cert, "bob", soon), "SQLSTATE 28000"},
		{"expired", issue(t, cert, "app", time.Now().Add(-time.Minute)), "tls: "},
		{"not valid yet", issue(t, cert, "app", time.Now().Add(3*time.Hour)), "tls: "},
		{"of another authority", issue(t, stranger, "app", soon), "tls: "},
		{"none", tls.Certificate{}, "SQLSTATE 28000"},
	} {
		cfg, err := pgx.ParseConfig("postgres://app@" + s.addr + "/aws?sslmode=require")
		if err != nil {
			t.Fatal(err)
		}
		// Sent whatever authorities the server names.
		cfg.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.cert, nil }
		login(c.name, cfg, c.want)
	}
}
