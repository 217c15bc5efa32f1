package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

// certFiles is a certificate that is read anew when its files change. A bad
// pair, or one that is half written, leaves the last good one in use.
type certFiles struct {
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

// get gives the certificate for a new connection.
func (f *certFiles) get() (*tls.Certificate, error) {
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

func (f *certFiles) refresh() error {
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

// expiry gives the end of the certificate in use.
func (f *certFiles) expiry() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded == nil {
		return time.Time{}
	}
	return f.loaded.Leaf.NotAfter
}

// tlsFiles gives TLS from the configured files, nil when there are none.
func tlsFiles(r *guc.Registry, log *slog.Logger, failed func()) (*server.TLSConfig, *certFiles, error) {
	cert, key, ca := r.Text("tls_cert"), r.Text("tls_key"), r.Text("tls_client_ca")
	if cert == "" && key == "" {
		return nil, nil, nil
	}
	f := &certFiles{cert: cert, key: key, log: log, failed: failed}
	if _, err := f.get(); err != nil {
		return nil, nil, err
	}
	out := &server.TLSConfig{Certificate: f.get}
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
