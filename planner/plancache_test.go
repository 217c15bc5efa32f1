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

// TestPlanCacheParameters runs statements with parameters so often that a plan for any values may
// be kept, with values that a plan for others would not do for: each answer is that of a session that plans
// for every value.
func TestPlanCacheParameters(t *testing.T) {
	var panics []string
	names, e := newTypeNames(t), newEngine(t, &panics, newFixture(t))
	kept, fresh := newEngineClient(t, names, e, &panics), newEngineClient(t, names, e, &panics)
	fresh.run(context.Background(), "set plan_cache_mode = force_custom_plan", nil)
	text := func(values ...string) (out []*string) {
		for _, v := range values {
			if v == "NULL" {
				out = append(out, nil)
			} else {
				out = append(out, &v)
			}
		}
		return out
	}
	for _, c := range []struct {
		sql    string
		values [][]*string
	}{
		{"select $1::int + 1, $2::text || 'x'", [][]*string{text("1", "a"), text("NULL", "b"), text("2147483647", "c")}},
		{"select relname from pg_class where relname = $1 order by 1", [][]*string{text("pg_class"), text("pg_type"), text("no"), text("NULL")}},
		{"select count(*) from pg_class where $1::text is null or relname = $1", [][]*string{text("pg_class"), text("NULL")}},
		{
			"select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relname = $1 and a.attnum > $2 order by a.attnum",
			[][]*string{text("pg_am", "0"), text("pg_am", "2"), text("pg_database", "15"), text("flow_logs", "20")},
		},
		{"select relname from pg_class where oid = any ($1::oid[]) order by 1", [][]*string{text("{1259,1247}"), text("{}"), text("{NULL,1255}"), text("NULL")}},
		{"select relname from pg_class where relname like $1 order by 1 limit $2", [][]*string{text("pg\\_a%", "3"), text("%stat%", "NULL"), text("x", "1")}},
		{
			"select table_name, table_type from information_schema.tables where table_schema = $1 and table_type = $2 order by 1",
			[][]*string{text("ec2", "BASE TABLE"), text("ec2", "VIEW"), text("information_schema", "BASE TABLE")},
		},
		{"select 1 / $1::int from pg_am where amname = $2", [][]*string{text("1", "heap"), text("0", "heap")}},
		{"select case when $1::int = 0 then 0 else 1 / $1::int end", [][]*string{text("0"), text("1")}},
		{"select name from pg_settings where name = $1", [][]*string{text("work_mem"), text("timezone"), text("TimeZone")}},
		{"select count(*) from flow_logs where region = $1", [][]*string{text("us-east-1"), text("eu-west-1"), text("no")}},
		{"select $1::regclass::oid, to_regclass($1)", [][]*string{text("pg_class"), text("pg_type")}},
	} {
		for i := range 24 {
			v := c.values[i%len(c.values)]
			want := lines(c.sql, fresh.run(context.Background(), c.sql, v))
			if got := lines(c.sql, kept.run(context.Background(), c.sql, v)); !slices.Equal(got, want) {
				t.Errorf("run %d: got:\n  %s\nwant:\n  %s", i, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		}
	}
	for _, p := range panics {
		t.Error(p)
	}
}
