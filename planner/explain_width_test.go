package planner_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestExplainWidth holds the width that EXPLAIN shows of a plan's first node against
// PostgreSQL's: testdata/widths.txt has a statement a line, after its width, which
// -record asks FLOWGRES_PG_DSN for.
func TestExplainWidth(t *testing.T) {
	const file = "testdata/widths.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names := newTypeNames(t)
	var panics []string
	ours := newEngineClient(t, names, newEngine(t, &panics, newFixture(t)), &panics)
	ask := func(c answerer, statement string) string {
		a := c.run(context.Background(), "explain "+statement, nil)
		if e := a[0].err; e != nil {
			t.Fatalf("%s: %+v", statement, *e)
		}
		return width.FindString(*a[0].rows[0][0])
	}
	var recorded strings.Builder
	for line := range strings.Lines(string(text)) {
		want, statement, _ := strings.Cut(strings.TrimSpace(line), " ")
		if *record {
			want = ask(newPGClient(t, names, os.Getenv("FLOWGRES_PG_DSN"), "postgres"), statement)
			recorded.WriteString(want + " " + statement + "\n")
		}
		if got := ask(ours, statement); got != want {
			t.Errorf("%s: %s, want %s", statement, got, want)
		}
	}
	if *record {
		if err := os.WriteFile(file, []byte(recorded.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var width = regexp.MustCompile(`width=[0-9]+`)
