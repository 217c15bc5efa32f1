package plan

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMap holds the list of files in the package comment to the files that there are; one
// named a_b belongs to the family of a.
func TestMap(t *testing.T) {
	text, err := os.ReadFile("node.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "Where to look for what:")
	list, _, ok := strings.Cut(list, "// It mirrors")
	if !ok {
		t.Fatal("node.go has no list of files")
	}
	named := map[string]bool{}
	for _, w := range regexp.MustCompile(`[a-z]+`).FindAllString(list, -1) {
		named[w] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		family, _, _ := strings.Cut(strings.TrimSuffix(f, ".go"), "_")
		if !strings.HasSuffix(f, "_test.go") && !named[family] {
			t.Errorf("the package comment does not name %s", f)
		}
	}
}
