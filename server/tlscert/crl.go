package tlscert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// CRLs are the certificate revocation lists of a file, or of all files of a
// directory. They are read anew when these change; lists that cannot be read
// leave the last good ones in force.
type CRLs struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	lists map[string][]*x509.RevocationList // by issuer
	sum   [sha256.Size]byte                 // of what is loaded
	next  time.Time                         // when to look again
}

// refreshInterval is how often changed lists are looked for.
const refreshInterval = time.Second

// openCRLs reads revocation lists.
func openCRLs(path string, log *slog.Logger) (*CRLs, error) {
	c := &CRLs{path: path, log: log}
	return c, c.refresh()
}

// Check fails if a chain of certificates, a client's first, has a revoked one.
// As with PostgreSQL's ssl_crl_file, each must have a list of its issuer that is
// in force (OpenSSL's X509_V_FLAG_CRL_CHECK_ALL).
func (c *CRLs) Check(chain []*x509.Certificate) error {
	lists := c.current()
	now := time.Now()
	for i, cert := range chain {
		issuer := chain[min(i+1, len(chain)-1)] // the last is its own
		if err := check(cert, issuer, lists[string(cert.RawIssuer)], now); err != nil {
			return err
		}
	}
	return nil
}

func check(cert, issuer *x509.Certificate, lists []*x509.RevocationList, now time.Time) error {
	err := errors.New("unable to get certificate CRL")
	for _, l := range lists {
		switch {
		case l.CheckSignatureFrom(issuer) != nil:
			continue
		case now.Before(l.ThisUpdate):
			err = errors.New("CRL is not yet valid")
			continue
		case !l.NextUpdate.IsZero() && now.After(l.NextUpdate):
			err = errors.New("CRL has expired")
			continue
		}
		for _, r := range l.RevokedCertificateEntries {
			if r.SerialNumber.Cmp(cert.SerialNumber) == 0 && r.ReasonCode != removeFromCRL {
				return fmt.Errorf("certificate of %s with serial number %s is revoked", cert.Subject, cert.SerialNumber)
			}
		}
		return nil
	}
	return fmt.Errorf("%w of %s", err, cert.Issuer)
}

// removeFromCRL is the reason of an entry that ends an earlier one (RFC 5280).
const removeFromCRL = 8

// current gives the lists in force.
func (c *CRLs) current() map[string][]*x509.RevocationList {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().After(c.next) {
		if err := c.refresh(); err != nil {
			c.log.Error("the changed revocation lists are not usable; the old ones stay", "crl", c.path, "error", err)
		}
	}
	return c.lists
}

func (c *CRLs) refresh() error {
	c.next = time.Now().Add(refreshInterval)
	texts, err := readAll(c.path)
	if err != nil {
		return err
	}
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d\n", len(t))
		h.Write(t)
	}
	sum := [sha256.Size]byte(h.Sum(nil))
	if c.lists != nil && sum == c.sum {
		return nil
	}
	lists := map[string][]*x509.RevocationList{}
	for _, t := range texts {
		if err := parseCRLs(t, lists); err != nil {
			return err
		}
	}
	if len(lists) == 0 {
		return fmt.Errorf("%s: no certificate revocation list in it", c.path)
	}
	if c.lists != nil {
		c.log.Info("revocation lists reloaded", "crl", c.path)
	}
	c.lists, c.sum = lists, sum
	return nil
}

// readAll gives the contents of a file, or of a directory's files.
func readAll(path string) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	names := []string{path}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		names = names[:0]
		for _, e := range entries {
			name := filepath.Join(path, e.Name())
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() { // links as Kubernetes makes are followed
				names = append(names, name)
			}
		}
	}
	texts := make([][]byte, len(names))
	for i, name := range names {
		if texts[i], err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// parseCRLs reads lists in PEM, or one in DER.
func parseCRLs(text []byte, into map[string][]*x509.RevocationList) error {
	ders := [][]byte{}
	if bytes.Contains(text, []byte("-----BEGIN")) {
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "X509 CRL" {
				ders = append(ders, block.Bytes)
			}
		}
	} else {
		ders = append(ders, text)
	}
	for _, der := range ders {
		l, err := x509.ParseRevocationList(der)
		if err != nil {
			return err
		}
		into[string(l.RawIssuer)] = append(into[string(l.RawIssuer)], l)
	}
	return nil
}
