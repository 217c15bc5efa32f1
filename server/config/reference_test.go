package config

import (
	"bytes"
	"os"
	"testing"
)

// TestSettingsReference fails when deploy/settings.md is not what the registry
// says.
func TestSettingsReference(t *testing.T) {
	const path = "../../deploy/settings.md"
	want := Reference()
	if os.Getenv("FLOWGRES_WRITE_SETTINGS") != "" {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error(path + " is not current: run go generate")
	}
}
