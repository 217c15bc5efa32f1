package planner_test

import (
	"fmt"
	"strings"
)

// prepare makes prepared statements, with and without the types of their
// parameters.
func (g *valuer) prepare() []string {
	types := g.choose("", "(int)", "(text)", "(unknown)", "(int, text)", "(numeric, unknown)", "(date)", "(jsonb)", "(int[])", "(unknown, unknown)", "(varchar(3))", "(nosuch)")
	e := g.choose("$1", "$1 + 1", "$1 || 'x'", "$1 = 1", "$1::text", "coalesce($1, 1)", "$1 + $2", "$1 || $2", "length($1)", "$1 is null", "case when $1 then 1 else 2 end", "$1 in (1, 2)", "$1 = any(array['a'])", "$2", "upper($1)", "$1 -> 'a'", "$1 + interval '1 day'", "now() - $1 < '1 day'",
		"pg_typeof($1)", "array[$1, 2]", "row($1, 1)", "greatest($1, $2)", "$1 between 1 and $2", "$1 like 'a%'", "abs($1)", "sum($1)", "(select $1)", "$1[1]", "to_char($1, 'YYYY')", "nullif($1, 'x')", "$1 and true", "-$1", "count(*) filter (where $1)", "$1 = $2", "concat($1, $2)", "($1, 2) = (1, $2)", "exists (select 1 where $1 = 1)", "$1 is distinct from 1.5", "extract(year from $1)")
	from := g.choose("", "", "", " from generate_series(1, 2) limit $1", ` from flow_logs where region = $1`, ` from flow_logs where "maxAggregationInterval" = $1 limit 1`, ` from (values ($1)) v`, " union all select 1", " order by $1", " where $1 > 0")
	args := []string{}
	for range g.IntN(4) {
		args = append(args, g.choose("1", "'a'", "null", "'2024-02-29'", "2.5", "'{1,2}'", "true", "'[1]'", "1 + 1", "'1'", "array[1]", "'us-east-1'", "date '2024-02-29'", "(select 1)", "now() - now()"))
	}
	call := "execute p"
	if len(args) > 0 {
		call += "(" + strings.Join(args, ", ") + ")"
	}
	return []string{"prepare p" + types + " as select " + e + from, "select parameter_types, result_types from pg_prepared_statements where name = 'p'", call}
}

// errors makes statements with two mistakes, and mistakes where they may not be
// reached.
func (g *valuer) errors() string {
	bad := func() string {
		return g.choose("1/0", "'x'::int", "nope", "nofunc(1)", "1 + 'a'", "(1/0)::text", "sqrt(-1)", "'2024-13-01'::date", "array[1, 'b']", "1 + true", "sum(1)", "row_number() over ()", "(select 1, 2)", "generate_series(1, 2)", "'a'::nosuch", "t.nope", "count(*)", "x.y", "(1).a", "lower(1)", "'{'::jsonb", "99999999999::int", "coalesce(1, 'b')", "$1", "chr(0)", "'1'::int2 + 40000::int2", "(select g from generate_series(1, 2) g)", "1 in ('a')", "grouping(1)", "lag(1) over ()", "max(max(1))", "ntile(0) over ()")
	}
	cond := func() string { return g.choose("true", "false", "1 = 2", "null", "1 = 1", "g > 0", "g < 0", bad()) }
	v := func() string { return g.choose("1", "g", "'a'", "null", bad(), bad()) }
	from := g.choose("", " from generate_series(1, 2) g", " from generate_series(1, 2) g where "+cond(), " from generate_series(1, 0) g", " from nosuch g", " from generate_series(1, 2) g join generate_series(1, 2) h on "+cond(), " from (select "+v()+" as g) s", " from (values (1), ("+v()+")) s(g)")
	if strings.HasPrefix(from, " from (") || from == "" {
		cond = func() string { return g.choose("true", "false", "1 = 2", "null", bad()) }
	}
	list := g.choose(v(), v()+", "+v(), fmt.Sprintf("case when %s then %s else %s end", cond(), v(), v()), fmt.Sprintf("coalesce(%s, %s)", v(), v()), fmt.Sprintf("%s and %s", cond(), cond()), fmt.Sprintf("%s or %s", cond(), cond()), fmt.Sprintf("(select %s where %s)", v(), cond()), fmt.Sprintf("nullif(%s, %s)", v(), v()), fmt.Sprintf("exists (select %s)", v()), fmt.Sprintf("%s in (%s, %s)", v(), v(), v()), fmt.Sprintf("greatest(%s, %s)", v(), v()), fmt.Sprintf("array[%s, %s]", v(), v()), fmt.Sprintf("case %s when %s then %s end", v(), v(), v()), fmt.Sprintf("concat(%s, %s)", v(), v()), fmt.Sprintf("(%s) is null", v()))
	tail := g.choose("", "", "", "", " group by "+v(), " having "+cond(), " order by "+v(), " limit "+v(), " offset "+v(), " union select "+v(), " group by 1 order by "+v(), " order by 1, 3", " limit -1", " for update", " window w as (order by "+v()+")", " fetch first "+g.choose("1", "-1", "(1/0)")+" rows only")
	return "select " + g.choose("", "", "", "distinct ", "distinct on ("+v()+") ") + list + from + tail
}
