package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestVariables checks that the tests and programs read each FLOWGRES_*
// variable that the published workflows set, so that none sets it in vain.
func TestVariables(t *testing.T) {
	list := exec.Command("git", "grep", "-ohE", "FLOWGRES_[A-Z0-9_]+", "--", "*.go", "deploy/settings.md")
	list.Dir = top
	known, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files(t, ".github/*/*.yaml") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`FLOWGRES_[A-Z0-9_]+`).FindAll(text, -1) {
			if !bytes.Contains(known, append(name, '\n')) {
				t.Errorf("%s: nothing reads %s", f, name)
			}
		}
	}
}
