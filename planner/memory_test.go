package planner_test

import (
	"context"
	"runtime"
	"testing"
)

// Statements that would run for ever, or need endless memory, end when they
// must, and hold little meanwhile.
func TestBounded(t *testing.T) {
	names := newTypeNames(t)
	var panics []string
	c := newEngineClient(t, names, newEngine(t, &panics, newFixture(t)), &panics)
	ctx := context.Background()
	for _, test := range []struct{ sql, code string }{
		{`set statement_timeout = '200ms'`, ""},
		{`select count(*) from generate_series(1, 1000000000)`, "57014"},
		{`select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`, "57014"},
		{`select count(*) from generate_series(1, 10000) a, generate_series(1, 10000) b where a + b < 0`, "57014"},
		{`select pg_sleep(10)`, "57014"},
		{`with recursive r(n) as (select 1 union all select n from r) select count(*) from r`, "57014"},
		{`set statement_timeout = 0; set flowgres.query_mem = '16MB'`, ""},
		{`select length(repeat('x', 1000000000))`, "53200"},
		{`select count(*) from (select g from generate_series(1, 200000) g order by g desc offset 3) s`, ""},
		{`select array_agg(g) from generate_series(1, 10000000) g`, "53200"},
		{`select 1`, ""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out := c.run(ctx, test.sql, nil)
		runtime.ReadMemStats(&after)
		code := ""
		if e := out[len(out)-1].err; e != nil {
			code = e.code
		}
		if code != test.code {
			t.Errorf("%s: %q, not %q", test.sql, code, test.code)
		}
		if after.HeapSys > before.HeapSys+256<<20 {
			t.Errorf("%s took %d MB", test.sql, (after.HeapSys-before.HeapSys)>>20)
		}
	}
	for _, p := range panics {
		t.Error(p)
	}
}

// TestCursorsGiveBack holds that what a cursor has taken of the memory of all sessions is
// given back at its end.
func TestCursorsGiveBack(t *testing.T) {
	names := newTypeNames(t)
	var panics []string
	e := newEngine(t, &panics)
	c := newEngineClient(t, names, e, &panics)
	const rows = "select g, repeat('x', 100) from generate_series(1, 50000) g"
	for _, way := range []struct{ open, end string }{
		{"begin; declare c cursor with hold for " + rows + "; commit", "close c"},
		{"begin; declare c cursor with hold for " + rows + "; commit", "close all"},
		{"begin; declare c cursor with hold for " + rows + "; commit", "discard all"},
		{"begin; declare c scroll cursor for " + rows + "; move all in c", "commit"},
		{"begin; declare c scroll cursor for " + rows + "; move all in c", "rollback"},
		{"begin; savepoint s; declare c scroll cursor for " + rows + "; move all in c", "rollback to s; commit"},
	} {
		for _, a := range c.run(t.Context(), way.open, nil) {
			if a.err != nil {
				t.Fatalf("%s: %+v", way.open, a.err)
			}
		}
		if e.MemoryUsed() == 0 {
			t.Errorf("%s takes nothing", way.open)
		}
		c.run(t.Context(), way.end, nil)
		if n := e.MemoryUsed(); n != 0 {
			t.Errorf("%s; %s: %d bytes are still taken", way.open, way.end, n)
		}
	}
}
