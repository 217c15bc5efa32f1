package planner_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateProcs = flag.Bool("update-procs", false, "rewrite testdata/procs.txt from the routines that have a body")

// TestProcs keeps testdata/procs.txt, the list of every pg_proc row: "+" has a
// body here, "-" fails with 0A000 when it is called, "." has none and cannot be
// called in SQL. Aggregates count by their transition and final functions,
// ordered-set ones by the final function: the executor collects their rows.
//
//	go test ./planner -run TestProcs -update-procs
func TestProcs(t *testing.T) {
	const file = "testdata/procs.txt"
	var panics []string
	cat := newEngine(t, &panics).Catalog()
	count := map[string]int{}
	var lines []string
	for _, p := range cat.Procs() {
		if p.Schema != "pg_catalog" {
			continue
		}
		have := p.Body != nil
		if a := cat.AggregateByOID(p.OID); a != nil {
			have = true
			for _, f := range []uint32{a.TransFn, a.FinalFn, a.MTransFn, a.MInvTransFn, a.MFinalFn} {
				if f != 0 && (f != a.TransFn || a.Kind == 'n') {
					have = have && cat.ProcByOID(f).Body != nil
				}
			}
		}
		var args []string
		for _, a := range p.ArgTypes {
			args = append(args, cat.FormatType(a, -1))
		}
		ret := cat.FormatType(p.RetType, -1)
		if p.RetSet {
			ret = "SETOF " + ret
		}
		mark := "-"
		switch {
		case have:
			mark = "+"
		case !callable(args, ret):
			mark = "."
		}
		count[mark]++
		lines = append(lines, fmt.Sprintf("%s %s(%s) %s", mark, p.Name, strings.Join(args, ", "), ret))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	got := fmt.Sprintf("# %d of PostgreSQL 16's %d routines have a body (+), %d cannot be called in SQL (.).\n%s\n",
		count["+"], len(lines), count["."], strings.Join(lines, "\n"))
	if *updateProcs {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	old := strings.Split(string(want), "\n")
	for _, l := range strings.Split(got, "\n") {
		if !slices.Contains(old, l) {
			t.Errorf("not in %s: %s", file, l)
		}
	}
}

// callable reports whether SQL can call a routine of these argument types and
// this result: not the triggers and handlers of the machinery, nor what takes or
// gives a value of type internal.
func callable(args []string, ret string) bool {
	return ret != "internal" && !strings.HasSuffix(ret, "trigger") && !strings.HasSuffix(ret, "_handler") && !slices.Contains(args, "internal")
}
