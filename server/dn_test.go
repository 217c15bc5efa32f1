package server

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDistinguishedName compares with OpenSSL: openssl x509 -noout -subject
// -nameopt RFC2253 made the text beside each certificate.
func TestDistinguishedName(t *testing.T) {
	files, err := filepath.Glob("testdata/dn/*.pem")
	if err != nil || len(files) == 0 {
		t.Fatal("no certificates", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(file, err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".pem") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if got := distinguishedName(cert); got != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
