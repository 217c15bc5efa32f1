package exec

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

const queryGoldens = "testdata/queries.golden"

// TestQueries runs each line of testdata/queries.sql through analyze, plan and
// exec; the answers were recorded from PostgreSQL 16.
func TestQueries(t *testing.T) {
	sql, err := os.ReadFile("testdata/queries.sql")
	if err != nil {
		t.Fatal(err)
	}
	queries := strings.Split(strings.TrimSpace(string(sql)), "\n")
	if *record != "" {
		var out strings.Builder
		for _, q := range queries {
			cmd := exec.Command("psql", "-XAt", "-P", "null=∅", "-v", "VERBOSITY=sqlstate", *record, "-c", q)
			cmd.Env = append(os.Environ(), "PGTZ=UTC")
			got, err := cmd.CombinedOutput()
			if err != nil && !strings.Contains(string(got), "ERROR") {
				t.Fatalf("%v: %s", err, got)
			}
			fmt.Fprintf(&out, "> %s\n%s\n", q, strings.ReplaceAll(string(got), "ERROR:  ", "ERROR: "))
		}
		if err := os.WriteFile(queryGoldens, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := readGoldens(t, queryGoldens)
	for _, q := range queries {
		for _, mem := range []int64{0, 1} {
			t.Run(fmt.Sprint(q, " work_mem ", mem), func(t *testing.T) {
				w, ok := want[q]
				if !ok {
					t.Fatal("not recorded")
				}
				got, err := newBuilder(t).with(mem).answer(q)
				if err != nil {
					got = "ERROR: " + pgerr.From(err).Code + "\n"
				}
				if got != w && !(mem > 0 && sameLines(got, w)) {
					t.Errorf("got\n%swant\n%s%v", got, w, err)
				}
			})
		}
	}
}

func (b *builder) with(mem int64) *builder {
	b.mem = mem
	return b
}

// answer runs a SELECT and prints its rows as psql -At does.
func (b *builder) answer(sql string) (string, error) {
	raw, err := analyze.Parse(sql)
	if err != nil {
		return "", err
	}
	b.env.SearchPath = []string{"pg_catalog", "public"}
	a, err := analyze.Analyze(raw[0], b.cat, b.env, nil)
	if err != nil {
		return "", err
	}
	p, err := plan.Build(a.Query, plan.Options{Catalog: b.cat, Env: b.env, Eval: NewEvaluator(b.cat, b.env, nil)})
	if err != nil {
		return "", err
	}
	types := make([]OID, len(p.Columns))
	for i, c := range p.Columns {
		types[i] = c.Type
	}
	return b.collect(b.run(p).Rows(context.Background()), types)
}
