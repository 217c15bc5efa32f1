package tlscert

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCertificateRotation rotates a certificate, breaks it and mends it.
func TestCertificateRotation(t *testing.T) {
	dir := t.TempDir()
	f := &Files{cert: dir + "/c", key: dir + "/k", log: slog.New(slog.DiscardHandler)}
	failures := 0
	f.failed = func() { failures++ }
	serial := func() int64 {
		c, err := f.Get()
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.Int64()
	}
	for i := int64(1); i < 20; i++ {
		certtest.Write(t, f.cert, f.key, i)
		if got := serial(); got != i {
			t.Fatal(got, i)
		}
	}
	// Same size, same time.
	for i := int64(100); i < 110; i++ {
		certtest.Write(t, f.cert, f.key, i)
		for _, path := range []string{f.cert, f.key} {
			if err := os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)); err != nil {
				t.Fatal(err)
			}
		}
		if got := serial(); got != i {
			t.Fatal(got, i)
		}
	}
	certtest.Write(t, f.cert, f.key, 19)
	serial()
	put(t, f.key, "half a key")
	if serial() != 19 || failures != 1 {
		t.Error("a bad pair took effect", failures)
	}
	certtest.Write(t, f.cert, f.key, 20)
	f.retry = time.Time{}
	if serial() != 20 {
		t.Error("a mended pair did not take effect")
	}
}
