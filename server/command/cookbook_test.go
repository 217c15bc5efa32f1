package command

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/flowgres/flowgres/server/client"
)

// TestCookbook runs each query of deploy/cookbook.md on the sample fleet and
// compares its answer with the one given there. FLOWGRES_WRITE_COOKBOOK writes
// the answers instead.
func TestCookbook(t *testing.T) {
	const path = "../../deploy/cookbook.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, flowgres(demoArgs()...))
	n := 0
	got := regexp.MustCompile("(?s)```sql\n.*?```\n(?:\n```text\n.*?```\n)?").ReplaceAllFunc(text, func(recipe []byte) []byte {
		n++
		query := regexp.MustCompile("(?s)^```sql\n(.*?)```\n").FindSubmatch(recipe)[1]
		var out bytes.Buffer
		if err := client.Run(t.Context(), c.dsn, string(query), "table", &out); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if !bytes.Contains(recipe, []byte("```text")) {
			return recipe
		}
		answer := regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAll(bytes.TrimRight(out.Bytes(), "\n"), nil)
		return []byte("```sql\n" + string(query) + "```\n\n```text\n" + string(answer) + "\n```\n")
	})
	if n < 10 {
		t.Errorf("%d recipes", n)
	}
	if os.Getenv("FLOWGRES_WRITE_COOKBOOK") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(got, text) {
		t.Errorf("%s differs; the answers are now:\n%s", path, got)
	}
}
