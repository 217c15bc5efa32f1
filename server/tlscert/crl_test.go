package tlscert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

// authority signs certificates and revokes them.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string, parent *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte(name),
	}
	if parent == nil {
		parent = a
	}
	a.cert = parent.sign(a.cert, key)
	return a
}

func (a *authority) sign(tmpl *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

func (a *authority) leaf(serial int64) *x509.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.sign(&x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "leaf"}, NotAfter: time.Now().Add(time.Hour)}, key)
}

// list makes a revocation list of serial numbers that ends in some time.
func (a *authority) list(ends time.Duration, serials ...int64) []byte {
	a.t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: time.Now().Add(ends)}
	for _, n := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now().Add(-time.Hour)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func TestCRLs(t *testing.T) {
	root := newAuthority(t, "root", nil)
	mid := newAuthority(t, "mid", root)
	stranger := newAuthority(t, "mid", nil) // of the same name, with another key
	good, bad := []*x509.Certificate{mid.leaf(1), mid.cert, root.cert}, []*x509.Certificate{mid.leaf(2), mid.cert, root.cert}
	path := filepath.Join(t.TempDir(), "crl.pem")
	for _, x := range []struct {
		name      string
		lists     [][]byte
		good, bad string // the errors
	}{
		{"revoked", [][]byte{root.list(time.Hour), mid.list(time.Hour, 2, 3)}, "", "is revoked"},
		{"none of the root", [][]byte{mid.list(time.Hour, 2)}, "unable to get certificate CRL", "is revoked"},
		{"none of the issuer", [][]byte{root.list(time.Hour)}, "unable to get certificate CRL", "unable to get certificate CRL"},
		{"the issuer revoked", [][]byte{root.list(time.Hour, mid.cert.SerialNumber.Int64()), mid.list(time.Hour)}, "is revoked", "is revoked"},
		{"expired", [][]byte{root.list(time.Hour), mid.list(-time.Minute)}, "CRL has expired", "CRL has expired"},
		{"expired and new", [][]byte{root.list(time.Hour), mid.list(-time.Minute), mid.list(time.Hour, 2)}, "", "is revoked"},
		{"a stranger's", [][]byte{root.list(time.Hour), stranger.list(time.Hour, 1), mid.list(time.Hour, 2)}, "", "is revoked"},
	} {
		put(t, path, string(bytes.Join(x.lists, nil)))
		c, err := openCRLs(path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(x.name, err)
		}
		for chain, want := range map[*[]*x509.Certificate]string{&good: x.good, &bad: x.bad} {
			err := c.Check(*chain)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", x.name, err, want)
			}
		}
	}
}

func TestCRLFiles(t *testing.T) {
	root := newAuthority(t, "root", nil)
	chain := []*x509.Certificate{root.leaf(7), root.cert}
	dir := t.TempDir()
	for _, bad := range []string{filepath.Join(dir, "nosuch"), dir} {
		if _, err := openCRLs(bad, nil); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	put(t, filepath.Join(dir, "root.crl"), string(root.list(time.Hour)))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := openCRLs(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(chain); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(root.list(time.Hour, 7))
	change := func(text []byte) {
		put(t, filepath.Join(dir, "root.crl"), string(text))
		c.next = time.Time{}
	}
	change(block.Bytes) // DER is taken, too
	if err := c.Check(chain); err == nil {
		t.Error("a revoked certificate is taken")
	}
	change([]byte("half writ"))
	if err := c.Check(chain); err == nil {
		t.Error("a bad file ends a revocation")
	}
	change(root.list(time.Hour, 8))
	if err := c.Check(chain); err != nil {
		t.Error(err)
	}
}

func TestVersions(t *testing.T) {
	dir := t.TempDir()
	o := Options{Cert: filepath.Join(dir, "c"), Key: filepath.Join(dir, "k")}
	certtest.Write(t, o.Cert, o.Key, 1)
	for _, x := range []struct{ min, max, want string }{
		{"TLSv1.2", "", ""},
		{"TLSv1.3", "TLSv1.3", ""},
		{"TLSv1.3", "TLSv1.2", "cannot be higher"},
		{"TLSv1.1", "", "not supported"},
		{"TLSv1.2", "TLSv1", "cannot be higher"},
	} {
		o.Min, o.Max = x.min, x.max
		_, _, err := Open(o, slog.New(slog.DiscardHandler), func() {})
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s to %s: %v", x.min, x.max, err)
		}
	}
}
