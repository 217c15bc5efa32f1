// Package tlscert holds the certificate that the server shows. Its files may
// change at any time (cert-manager, certbot, a mounted Kubernetes secret): new
// connections get the new pair without a signal, and a bad or half-written pair
// leaves the last good one in use.
package tlscert

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
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
	f.warnOfReaders()
	if f.loaded != nil {
		f.log.Info("certificate reloaded", "certificate", f.cert, "not_after", c.Leaf.NotAfter)
	}
	f.loaded, f.text = &c, [2][]byte{cert, key}
	return nil
}

// warnOfReaders tells of a private key that others can read, which PostgreSQL refuses
// (check_ssl_key_file_permissions). Secrets that Kubernetes mounts are such, for nobody else.
func (f *Files) warnOfReaders() {
	if s, err := os.Stat(f.key); err == nil && s.Mode().Perm()&0o007 != 0 {
		f.log.Warn("everybody on this machine may read or write the private key", "key", f.key, "mode", s.Mode().Perm().String())
	}
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

// Options name the files of TLS and its bounds.
type Options struct {
	Cert, Key string
	CA        string // of who signs clients' certificates; "": these are not asked for
	CRL       string // file or directory of what they revoked; "": nothing
	Min, Max  string // protocol versions as in ssl_min_protocol_version
}

// Open gives TLS, nil when there is no certificate. failed is called for each
// changed pair that could not be used.
func Open(o Options, log *slog.Logger, failed func()) (*server.TLSConfig, *Files, error) {
	if o.Cert == "" && o.Key == "" {
		return nil, nil, nil
	}
	if o.Cert == "" || o.Key == "" {
		return nil, nil, errors.New("tls needs both cert and key")
	}
	f := &Files{cert: o.Cert, key: o.Key, log: log, failed: failed}
	if _, err := f.Get(); err != nil {
		return nil, nil, err
	}
	out := &server.TLSConfig{Certificate: f.Get}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, nil, err
		}
		out.ClientCAs = x509.NewCertPool()
		if !out.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, nil, fmt.Errorf("%s: no certificate in it", o.CA)
		}
	}
	if o.CRL != "" {
		crls, err := openCRLs(o.CRL, log)
		if err != nil {
			return nil, nil, err
		}
		out.Revoked = crls.Check
	}
	if out.MinVersion, out.MaxVersion = versions[o.Min], versions[o.Max]; out.MaxVersion != 0 && out.MinVersion > out.MaxVersion {
		return nil, nil, errors.New("could not set SSL protocol version range: \"ssl_min_protocol_version\" cannot be higher than \"ssl_max_protocol_version\"")
	}
	for name, v := range map[string]uint16{"ssl_min_protocol_version": out.MinVersion, "ssl_max_protocol_version": out.MaxVersion} {
		if v != 0 && v < tls.VersionTLS12 {
			return nil, nil, fmt.Errorf("%s: versions before TLSv1.2 are not supported", name)
		}
	}
	return out, f, nil
}

var versions = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
