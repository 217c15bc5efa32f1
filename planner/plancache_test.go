package planner_test

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// TestPlanCache sends texts again and again in one session, so that their plans
// are kept: each answer is that of a session that never saw the text, whatever has been set between.
func TestPlanCache(t *testing.T) {
	var panics []string
	names, e := newTypeNames(t), newEngine(t, &panics, newFixture(t))
	kept := newEngineClient(t, names, e, &panics)
	texts := []string{
		"select 1", "select relname from pg_class where relname = 'pg_class'", "select 0.1::float8 + 0.2::float8, (1.0 / 3)::float8::text",
		"select '\\x00ff'::bytea, ('\\x00ff'::bytea)::text", "select current_setting('TimeZone'), current_user, current_schemas(true)",
		"select name, setting from pg_settings where name in ('TimeZone', 'work_mem') order by 1",
		"select count(*) from flow_logs where region = 'us-east-1'", "select to_char(timestamptz '2024-01-01 00:00+00', 'HH24:MI')",
		"select generate_series(1, 3), now() = transaction_timestamp()", "values (1), (2)", "select 1 union all select 2",
		"select 1 / (0 * pg_backend_pid())", "select case when 'ab' ~ '^a' then array[1, 2] end, row(1, 2.5)",
		"select oid::regclass from pg_class where relname in ('flow_logs', 'pg_class') order by 1",
	}
	sets := []string{
		"", "set timezone = 'Asia/Tokyo'", "set extra_float_digits = -3", "set bytea_output = 'escape'", "set search_path = pg_catalog",
		"set work_mem = '8MB'", "set flowgres.push_down = off", "reset all", "",
	}
	for i, set := range sets {
		if set != "" {
			kept.run(context.Background(), set, nil)
		}
		fresh := newEngineClient(t, names, e, &panics)
		for _, s := range sets[:i+1] {
			if s != "" {
				fresh.run(context.Background(), s, nil)
			}
		}
		for _, sql := range texts {
			want := lines(sql, fresh.run(context.Background(), sql, nil))
			for range 3 {
				if got := lines(sql, kept.run(context.Background(), sql, nil)); !slices.Equal(got, want) {
					t.Errorf("after %q: %s\ngot:\n  %s\nwant:\n  %s", set, sql, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
				}
			}
		}
	}
	for _, p := range panics {
		t.Error(p)
	}
}
