package planner_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// What a session holds from one statement to the next ends at its bounds, and
// the session goes on.
func TestHoldings(t *testing.T) {
	names := newTypeNames(t)
	var panics []string
	c := newEngineClient(t, names, newEngine(t, &panics, newFixture(t)), &panics)
	list := "select 1 in (0" + strings.Repeat(", 0", 5000) + ")"
	for _, test := range []struct {
		sql   string
		times int
		code  string // of the last
	}{
		{"prepare p%d as select 1", 10_001, "53400"},
		{"deallocate all", 1, ""},
		{"set flowgres.query_mem = '16MB'", 1, ""},
		{"prepare p%d as " + list, 12, "53200"},
		{"select length(repeat('x', 9000000)) + length(repeat('y', 9000000))", 1, ""},
		{"select length(repeat('x', 9000000) || repeat('y', 9000000))", 1, "53200"},
		{"select repeat('x', 4000000), repeat('x', 4000000), repeat('x', 4000000), repeat('x', 4000000), repeat('x', 4000000)", 1, "53200"},
		{"select count(length(repeat('x', 4000000) || g)) from generate_series(1, 20) g", 1, ""},
		{"select count(*) from generate_series(1, 20) g where repeat('x', 4000000) || g < 'a'", 1, ""},
		{"select length(string_agg(x, '')) from (select repeat('x', 1000000) x from generate_series(1, 20)) y", 1, "53200"},
		{"select row(row(repeat('\"', 5000000)))::text", 1, "53200"},
		{"deallocate all", 1, ""},
		{"select count(pg_advisory_lock(g)) from generate_series(1, 12800) g", 1, ""},
		{"select pg_advisory_lock(1)", 3, ""},
		{"select pg_advisory_lock(-1)", 1, "53200"},
		{"select pg_advisory_unlock_all()", 1, ""},
		{"select pg_advisory_lock(-1)", 1, ""},
		{"select set_config('my.a%d', repeat('x', 1000000), false)", 20, "53200"},
		{"discard all", 1, ""},
		{"begin", 1, ""},
		{"select count(pg_notify('c', g || repeat('x', 7000))) from generate_series(1, 5000) g", 1, "54000"},
		{"rollback", 1, ""},
		{"begin", 1, ""},
		{"listen c%d", 10_001, "54000"},
		{"rollback", 1, ""},
		{"select 1", 1, ""},
	} {
		code := ""
		for i := range test.times {
			sql := test.sql
			if strings.Contains(sql, "%d") {
				sql = fmt.Sprintf(sql, i)
			}
			out := c.run(context.Background(), sql, nil)
			code = ""
			if e := out[len(out)-1].err; e != nil {
				code = e.code
			}
			if code != "" {
				break
			}
		}
		if code != test.code {
			t.Errorf("%.100s: %q, not %q", test.sql, code, test.code)
		}
	}
	for _, p := range panics {
		t.Error(p)
	}
}
