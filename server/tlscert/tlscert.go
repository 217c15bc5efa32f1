// Package tlscert holds the certificate that the server shows. Its files may
// change at any time (cert-manager, certbot, a mounted Kubernetes secret): new
// connections get the new pair without a signal, and a bad or half-written pair
// leaves the last good one in use.
package tlscert

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/flowgres/flowgres/server"
)

// Files is a certificate that is read anew when its files change. A bad
// pair, or one that is half written, leaves the last good one in use.
type Files struct {
	cert, key string
	log       *slog.Logger
	failed    func() // counts a pair that could not be read

	mu     sync.Mutex
	loaded *tls.Certificate
	text   [2][]byte // what is loaded
	retry  time.Time // after a failure
}

// Get gives the certificate for a new connection.
func (f *Files) Get() (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.retry) {
		return f.loaded, nil
	}
	err := f.refresh()
	switch {
	case err != nil && f.loaded == nil:
		return nil, err
	case err != nil:
		f.retry = time.Now().Add(time.Second)
		f.log.Error("the changed certificate is not usable; the old one stays", "certificate", f.cert, "error", err)
		f.failed()
	}
	return f.loaded, nil
}

// refresh compares contents, not times and sizes: two certificates of one key
// type are as long as each other, and some tools keep the time. Both files are
// some kilobytes in the page cache, a fraction of what a handshake costs.
func (f *Files) refresh() error {
	cert, err := os.ReadFile(f.cert)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(f.key)
	if err != nil {
		return err
	}
	if f.loaded != nil && bytes.Equal(cert, f.text[0]) && bytes.Equal(key, f.text[1]) {
		return nil
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return err
	}
	if c.Leaf == nil {
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return err
		}
	}
	if f.loaded != nil {
		f.log.Info("certificate reloaded", "certificate", f.cert, "not_after", c.Leaf.NotAfter)
	}
	f.loaded, f.text = &c, [2][]byte{cert, key}
	return nil
}

// Expiry gives the end of the certificate in use.
func (f *Files) Expiry() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded == nil {
		return time.Time{}
	}
	return f.loaded.Leaf.NotAfter
}

// Open gives TLS from files of a certificate, its key and, unless ca is empty,
// of who signs clients' certificates; nil when there are none. failed is
// called for each changed pair that could not be used.
func Open(cert, key, ca string, log *slog.Logger, failed func()) (*server.TLSConfig, *Files, error) {
	if cert == "" && key == "" {
		return nil, nil, nil
	}
	f := &Files{cert: cert, key: key, log: log, failed: failed}
	if _, err := f.Get(); err != nil {
		return nil, nil, err
	}
	out := &server.TLSConfig{Certificate: f.Get}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, nil, err
		}
		out.ClientCAs = x509.NewCertPool()
		if !out.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, nil, fmt.Errorf("%s: no certificate in it", ca)
		}
	}
	return out, f, nil
}
