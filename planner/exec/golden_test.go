package exec

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

var record = flag.String("record", "", "a PostgreSQL 16 DSN: record the goldens from it with psql")

const goldenFile = "testdata/plans.golden"

// planTest is a plan made by hand and the SQL that PostgreSQL answers alike.
// The table t of the SQL is data below.
type planTest struct {
	sql  string
	make func(b *builder) (plan.Node, []string) // the plan and its columns' types
	more func(b *builder, p *plan.Plan)
}

// data is table t(a int4, b text, c int8).
func data(b *builder) *fakeTable {
	r := func(v ...adt.Datum) adt.Row { return v }
	return table(b.cat, "a int4, b text, c int8",
		r(int32(1), "x", int64(10)), r(int32(2), "y", int64(20)), r(int32(3), "x", int64(30)),
		r(int32(4), nil, int64(40)), r(int32(5), "y", nil), r(int32(1), "x", int64(10)), r(nil, "z", int64(50)))
}

const dataSQL = `with t(a, b, c) as (values (1, 'x'::text, 10::int8), (2, 'y', 20), (3, 'x', 30), (4, null, 40), (5, 'y', null), (1, 'x', 10), (null, 'z', 50)) `

// eq is a test of one expression.
func exprTest(sql, typ string, make func(b *builder) nodes.Expr) planTest {
	return planTest{sql: sql, make: func(b *builder) (plan.Node, []string) {
		n := &plan.Result{}
		n.Targets = []nodes.Expr{make(b)}
		return n, []string{typ}
	}}
}

func TestPlans(t *testing.T) {
	tests := append(append([]planTest{}, exprTests()...), nodeTests()...)
	tests = append(append(tests, aggTests()...), windowTests()...)
	if *record != "" {
		recordGoldens(t, tests)
	}
	want := readGoldens(t, goldenFile)
	for _, test := range tests {
		for _, mem := range []int64{0, 1} {
			t.Run(fmt.Sprint(test.sql, " work_mem ", mem), func(t *testing.T) {
				b := newBuilder(t)
				b.mem = mem
				n, names := test.make(b)
				types := make([]OID, len(names))
				for i, name := range names {
					types[i] = b.typ(name)
				}
				got := b.show(n, types, func(p *plan.Plan) {
					if test.more != nil {
						test.more(b, p)
					}
				})
				if i := strings.Index(got, " (SQLSTATE"); i >= 0 {
					got = got[:i] + "\n"
				}
				w, ok := want[test.sql]
				if !ok {
					t.Fatal("not recorded")
				}
				if i := strings.Index(got, "ERROR"); i > 0 && strings.HasPrefix(w, "ERROR") {
					got = got[i:] // psql prints no rows of a statement that fails
				}
				if got != w && !(mem > 0 && sameLines(got, w)) {
					t.Errorf("got\n%swant\n%s", got, w)
				}
			})
		}
	}
}

// sameLines compares without the order, which spilling may change.
func sameLines(a, b string) bool {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func recordGoldens(t *testing.T, tests []planTest) {
	var out strings.Builder
	for _, test := range tests {
		cmd := exec.Command("psql", "-XAt", "-P", "null=∅", "-v", "VERBOSITY=terse", *record, "-c", test.sql)
		got, err := cmd.CombinedOutput()
		if err != nil && !strings.Contains(string(got), "ERROR") {
			t.Fatalf("%v: %s", err, got)
		}
		text := strings.Split(string(got), " at character ")[0]
		text = strings.ReplaceAll(text, "ERROR:  ", "ERROR: ")
		fmt.Fprintf(&out, "> %s\n%s\n", test.sql, text)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readGoldens(t *testing.T, file string) map[string]string {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, block := range strings.Split("\n"+string(b), "\n> ") {
		sql, text, _ := strings.Cut(block, "\n")
		out[sql] = strings.TrimSuffix(text, "\n")
		if out[sql] != "" && !strings.HasSuffix(out[sql], "\n") {
			out[sql] += "\n"
		}
	}
	return out
}
