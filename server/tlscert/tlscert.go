// Package tlscert holds the certificate that the server shows. Its files may
// change at any time (cert-manager, certbot, a mounted Kubernetes secret): new
// connections get the new pair without a signal, and a bad or half-written pair
// leaves the last good one in use.
package tlscert

import (
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
	stamps [2]stamp
	retry  time.Time // after a failure
}

// stamp tells whether a file has changed.
type stamp struct {
	time time.Time
	size int64
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size()}, nil
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

func (f *Files) refresh() error {
	var now [2]stamp
	for i, path := range []string{f.cert, f.key} {
		var err error
		if now[i], err = stampOf(path); err != nil {
			return err
		}
	}
	if f.loaded != nil && now == f.stamps {
		return nil
	}
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
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
	f.loaded, f.stamps = &c, now
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
