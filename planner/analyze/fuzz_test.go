package analyze

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// FuzzAnalyze feeds any text to the parser and what it parses to the analyser:
// no panic, and every error has a SQLSTATE of five characters.
func FuzzAnalyze(f *testing.F) {
	files, err := filepath.Glob("testdata/query/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			var lines []string
			for _, l := range strings.Split(block, "\n") {
				if !strings.HasPrefix(l, "# ") && !strings.HasPrefix(l, "  = ") && !strings.HasPrefix(l, "  ~ ") {
					lines = append(lines, l)
				}
			}
			f.Add(strings.Join(lines, "\n"))
		}
	}
	c := testCatalog(f)
	env := testEnv(c)
	f.Fuzz(func(t *testing.T, text string) {
		stmts, err := testParser.Parse(context.Background(), text)
		if err != nil {
			if e := pgerr.From(err); len(e.Code) != 5 {
				t.Fatalf("%q: no SQLSTATE: %v", text, err)
			}
			return
		}
		for _, s := range stmts {
			a, err := Analyze(s, c, env, nil)
			if err != nil {
				// PostgreSQL has this internal error too, for fields of unknown type.
				known := strings.HasPrefix(err.Error(), "failed to find conversion function from unknown")
				if e := pgerr.From(err); len(e.Code) != 5 || e.Code == "XX000" && !known {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			a.Columns()
			a.CommandTag()
			a.ReturnsRows()
		}
	})
}
