package planner_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// TestDepth reads a chain of cursors each of which reads the next, longer than
// the stack lets it be.
func TestDepth(t *testing.T) {
	const chain = 250
	var panics []string
	c := newEngineClient(t, newTypeNames(t), newEngine(t, &panics, newFixture(t)), &panics)
	var sql strings.Builder
	sql.WriteString("BEGIN; DECLARE c0 CURSOR FOR SELECT 1")
	for i := range chain {
		fmt.Fprintf(&sql, "; DECLARE c%d CURSOR FOR SELECT cursor_to_xml('c%d', 1, true, true, '')", i+1, i)
	}
	for _, a := range c.run(context.Background(), sql.String(), nil) {
		if a.err != nil {
			t.Fatalf("%+v", *a.err)
		}
	}
	for _, step := range []struct{ sql, code string }{
		{fmt.Sprintf("SAVEPOINT s; FETCH c%d", chain), "54001"},
		{fmt.Sprintf("ROLLBACK TO s; FETCH c%d", 40), ""},
	} {
		got := ""
		for _, a := range c.run(context.Background(), step.sql, nil) {
			if a.err != nil {
				got = a.err.code
			}
		}
		if got != step.code || len(panics) > 0 {
			t.Errorf("%s: %q, want %q; panics %q", step.sql, got, step.code, panics)
		}
	}
}
