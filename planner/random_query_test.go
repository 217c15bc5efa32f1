package planner_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// from makes a FROM item, adding its columns to the scope.
func (g *generator) from() string {
	g.alias++
	a := "t" + strconv.Itoa(g.alias)
	switch g.IntN(9) {
	case 6:
		g.scope = append(g.scope, scopeColumn{a + ".v", "text"}, scopeColumn{a + ".n", "int8"})
		return fmt.Sprintf("%s with ordinality %s(v, n)", g.pick("unnest(array['a', null, 'prod'])", "string_to_table('x-y-z', '-')", "jsonb_object_keys('{\"a\": 1, \"b\": 2}')", "regexp_split_to_table('ab cd', ' ')"), a)
	case 7:
		g.scope = append(g.scope, scopeColumn{a + ".key", "text"}, scopeColumn{a + ".value", "jsonb"})
		return fmt.Sprintf("jsonb_each(%s) %s(key, value)", g.pick(`'{"a": 1, "env": "prod"}'`, `'{}'`), a)
	case 8:
		g.scope = append(g.scope, scopeColumn{a + ".p", "int4"}, scopeColumn{a + ".q", "text"})
		return fmt.Sprintf("rows from (generate_series(1, 3), unnest(array['a', 'b'])) %s(p, q)", a)
	case 0, 1, 2:
		for _, c := range fixtureColumns {
			g.scope = append(g.scope, scopeColumn{fmt.Sprintf("%s.%q", a, c.name), c.typ})
		}
		return "flow_logs " + a
	case 3:
		g.scope = append(g.scope, scopeColumn{a + ".g", "int4"})
		return fmt.Sprintf("generate_series(%s, %s) %s(g)", g.pick("1", "0", "-2"), g.pick("3", "5", "0"), a)
	case 4:
		t, u := g.typ(), g.typ()
		var rows []string
		for range 1 + g.IntN(4) {
			rows = append(rows, "("+g.literal(t)+", "+g.literal(u)+")")
		}
		g.scope = append(g.scope, scopeColumn{a + ".x", t}, scopeColumn{a + ".y", u})
		return fmt.Sprintf("(values %s) %s(x, y)", strings.Join(rows, ", "), a)
	default:
		outer := g.scope
		g.scope = nil
		q, types := g.selectQuery(1)
		g.scope = outer
		var cols []string
		for i, t := range types {
			cols = append(cols, "c"+strconv.Itoa(i))
			g.scope = append(g.scope, scopeColumn{a + "." + cols[i], t})
		}
		return fmt.Sprintf("(%s) %s(%s)", q, a, strings.Join(cols, ", "))
	}
}

// selectQuery makes a query without ORDER BY and its column types.
func (g *generator) selectQuery(depth int) (string, []string) {
	outer := len(g.scope)
	var b strings.Builder
	from := g.from()
	if g.chance(40) {
		have := len(g.scope)
		left := g.from()
		var dropped []string
		for _, c := range g.scope[have:] {
			dropped = append(dropped, c.sql)
		}
		kind := g.pick("join", "left join", "right join", "full join", "cross join", ", lateral")
		switch kind {
		case "cross join":
			from += " cross join " + left
		case ", lateral":
			if g.chance(50) {
				g.alias++
				l := "t" + strconv.Itoa(g.alias)
				t := g.typ()
				from += fmt.Sprintf("%s lateral (select %s%s) %s(x)", g.pick(",", " left join"), g.expr(t, 2), g.pick("", " limit 1", " where "+g.expr("bool", 1)), l)
				if strings.Contains(from, " left join lateral (select") {
					from += " on true"
				}
				g.scope = append(g.scope, scopeColumn{l + ".x", t})
				left = ""
			}
			if left == "" {
				g.scope = slices.DeleteFunc(g.scope, func(c scopeColumn) bool { return slices.Contains(dropped, c.sql) })
			} else {
				from += ", " + left
			}
		default:
			mine := g.scope[outer:]
			on := "true"
			if c, d := mine[g.IntN(len(mine))], mine[g.IntN(len(mine))]; c.typ == d.typ && c.typ != "jsonb" {
				on = c.sql + " = " + d.sql
			}
			if kind != "full join" && g.chance(50) {
				on = g.expr("bool", 1)
			}
			from += " " + kind + " " + left + " on " + on
		}
	}
	where := ""
	if g.chance(60) {
		where = " where " + g.condition(2, depth)
	}
	n := 1 + g.IntN(3)
	var list, types []string
	tail := ""
	switch k := g.IntN(10); {
	case k < 3: // grouped
		var keys []string
		for range g.IntN(3) {
			t := g.typ()
			keys = append(keys, g.expr(t, 1))
			types = append(types, t)
		}
		list = slices.Clone(keys)
		var named []string
		for _, key := range keys {
			if column.MatchString(key) {
				named = append(named, key)
			}
		}
		if len(named) < len(keys) { // a constant key is a position or an error
			keys, list, types = nil, nil, nil
		}
		for range n {
			a, t := g.aggregate()
			list, types = append(list, a), append(types, t)
		}
		if len(keys) > 0 {
			group := strings.Join(keys, ", ")
			if g.chance(25) {
				group = g.pick("rollup", "cube") + " (" + group + ")"
			}
			tail = " group by " + group
		}
		if g.chance(30) {
			tail += " having count(*) " + g.pick(">", "<", "=") + " " + g.pick("1", "3", "10")
		}
	default:
		for range n {
			t := g.typ()
			list, types = append(list, g.expr(t, 2)), append(types, t)
		}
		if k == 3 {
			list, types = append(list, g.window()), append(types, "int8")
		}
		if k == 4 && depth > 0 {
			inner, it := g.selectQuery(depth - 1)
			list = append(list, fmt.Sprintf("(select count(*) from (%s) s%d)", inner, g.alias))
			types = append(types, "int8")
			_ = it
		}
	}
	distinct := ""
	if g.chance(10) {
		distinct = "distinct "
	}
	fmt.Fprintf(&b, "select %s%s from %s%s%s", distinct, strings.Join(list, ", "), from, where, tail)
	g.scope = g.scope[:outer]
	return b.String(), types
}

// condition makes a WHERE clause, often such that tables can serve it.
func (g *generator) condition(exprDepth, depth int) string {
	var cols []scopeColumn
	for _, c := range g.scope {
		if strings.Contains(c.sql, `"`) && (c.typ == "text" || c.typ == "jsonb" || c.typ == "int4") {
			cols = append(cols, c)
		}
	}
	var out []string
	for range 1 + g.IntN(2) {
		if len(cols) > 0 && g.chance(60) {
			c := cols[g.IntN(len(cols))]
			switch {
			case c.typ == "jsonb":
				out = append(out, c.sql+g.pick(" ->> 'env' = 'prod'", " ? 'env'", " @> '{\"env\": \"prod\"}'", " is null", " ->> 'env' in ('dev', 'Prod')"))
			case c.typ == "int4":
				out = append(out, c.sql+g.pick(" = 60", " > 60", " in (60, 600)", " = 60.0", " between 1 and 100"))
			case strings.Contains(c.sql, "region"):
				out = append(out, c.sql+g.pick(" = 'us-east-1'", " in ('eu-west-1', 'us-west-2', null)", " like 'us-%'", " <> 'us-east-1'", " = any(array['us-east-1','x'])", " ^@ 'eu'"))
			case strings.Contains(c.sql, "flowLogId"):
				out = append(out, c.sql+g.pick(" = 'fl-00abc025'", " in ('fl-00abc000', 'fl-00abc04a', 'nope')", " like 'fl-00abc1%'", " > 'fl-00abc400'", " = 'FL-00ABC025'"))
			default:
				out = append(out, c.sql+g.pick(" = 'ALL'", " = 's3'", " is null", " is not null", " like '%a%'", " in ('VPC', 'Subnet')", " = 'vpc-001a2b3c'", " = 'active'"))
			}
			continue
		}
		if depth > 0 && g.chance(25) {
			outer := len(g.scope)
			t := g.typ()
			from := g.from()
			inner := g.scope[outer:]
			c := inner[g.IntN(len(inner))]
			where := ""
			if g.chance(60) {
				where = " where " + g.expr("bool", 1)
			}
			g.scope = g.scope[:outer]
			switch g.IntN(3) {
			case 0:
				out = append(out, fmt.Sprintf("%sexists (select 1 from %s%s)", g.pick("", "not "), from, where))
			case 1:
				out = append(out, fmt.Sprintf("%s %sin (select %s from %s%s)", g.expr(c.typ, 0), g.pick("", "not "), c.sql, from, where))
			default:
				out = append(out, fmt.Sprintf("%s = (select max(%s::text) from %s%s)", g.expr("text", 0), c.sql, from, where))
			}
			_ = t
			continue
		}
		out = append(out, g.expr("bool", exprDepth))
	}
	return strings.Join(out, g.pick(" and ", " and ", " or "))
}

// statement makes a statement; filtered tells that the plan decides which rows
// its expressions see.
func (g *generator) statement() (sql string, filtered bool) {
	g.scope, g.alias = nil, 0
	switch g.IntN(12) {
	case 8, 9:
		return g.special(), true
	case 0, 1, 2: // expressions alone
		var list []string
		for range 1 + g.IntN(3) {
			list = append(list, g.expr(g.typ(), 3))
		}
		return "select " + strings.Join(list, ", "), false
	case 3: // expressions over rows
		from := g.from()
		var list []string
		for range 1 + g.IntN(3) {
			list = append(list, g.expr(g.typ(), 3))
		}
		return "select " + strings.Join(list, ", ") + " from " + from, strings.Contains(from, "(select")
	case 4: // set operations
		a, types := g.selectQuery(1)
		var list []string
		for _, t := range types {
			list = append(list, g.literal(t))
		}
		for range g.IntN(2) {
			a = fmt.Sprintf("(%s) %s (select %s)", a, g.pick("union", "union all", "except", "intersect"), strings.Join(list, ", "))
		}
		return a, true
	case 5: // LIMIT over a total order
		q, types := g.selectQuery(1)
		var order, cols []string
		for i := range types { // the text tells 3 from 3.0, and -0 from 0
			c := "c" + strconv.Itoa(i)
			cols = append(cols, c)
			order = append(order, c+g.pick("", " desc", " nulls first", " desc nulls last"), c+"::text")
		}
		return "select * from (" + q + ") z(" + strings.Join(cols, ", ") + ") order by " + strings.Join(order, ", ") + " limit " + g.pick("1", "5", "20") + g.pick("", " offset 2"), true
	case 6: // WITH
		q, types := g.selectQuery(1)
		var cols []string
		for i, t := range types {
			cols = append(cols, "c"+strconv.Itoa(i))
			g.scope = append(g.scope, scopeColumn{"w." + cols[i], t})
		}
		list := g.expr(g.typ(), 2)
		if g.chance(50) {
			list += ", w.*"
		}
		return fmt.Sprintf("with w(%s) as %s(%s) select %s from w where %s", strings.Join(cols, ", "), g.pick("", "materialized "), q, list, g.condition(1, 0)), true
	}
	q, _ := g.selectQuery(2)
	return q, true
}

// special makes one of the statements that the grammar above does not reach.
func (g *generator) special() string {
	f := fmt.Sprintf
	flow := func(name string) { // flow_logs under a name
		for _, c := range fixtureColumns {
			g.scope = append(g.scope, scopeColumn{f("%s.%q", name, c.name), c.typ})
		}
	}
	switch g.IntN(11) {
	case 0:
		flow("a")
		return f("select distinct on (%s) a.\"flowLogId\", %s from flow_logs a where %s order by 1",
			"a.\"flowLogId\"", g.expr(g.typ(), 2), g.condition(1, 1))
	case 1:
		flow("a")
		k1, k2 := f("a.%q", g.pick("region", "trafficType", "accountId")), f("a.%q", g.pick("logDestinationType", "resourceType", "flowLogStatus"))
		agg, _ := g.aggregate()
		return f("select %s, %s, grouping(%s, %s), %s from flow_logs a group by %s", k1, k2, k1, k2, agg,
			g.pick(f("grouping sets ((%s), (%s), ())", k1, k2), f("rollup (%s, %s)", k1, k2), f("cube (%s, %s)", k1, k2), f("%s, grouping sets (%s, ())", k1, k2), f("distinct rollup (%s), rollup (%s, %s)", k1, k1, k2)))
	case 2:
		return f("with recursive r(n, s) as (select 1, %s union %sselect n + 1, left(s || n, 20) from r where n < %s) %s select n, s from r",
			g.literal("text"), g.pick("", "all "), g.pick("3", "7"), g.pick("", "", "search depth first by n set o", "cycle n set c using p"))
	case 3:
		flow("a")
		return f("select a.region, %s from flow_logs a where %s order by a.region fetch first 3 rows with ties", "a.\"accountId\"", g.condition(1, 0))
	case 4:
		return f("select %s, %s", g.pick("generate_series(1, 3)", "unnest(array[1, null, 7])", "jsonb_array_elements('[1, {\"a\": 2}]')", "regexp_matches('ab1cd2', '([a-z])(\\d)', 'g')"),
			g.pick("generate_series(1, 2)", "unnest(array['x', 'y'])", g.expr(g.typ(), 2)))
	case 5:
		g.scope = nil
		flow("a")
		agg, _ := g.aggregate()
		return f("select region, %s from flow_logs a join flow_logs b using (region, %s) group by region", agg, g.pick("\"accountId\"", "\"trafficType\", \"flowLogId\""))
	case 6:
		flow("a")
		t := g.pick("int4", "text", "date", "numeric")
		x := g.expr(t, 1)
		g.scope = nil
		flow("b")
		y := g.expr(t, 1)
		return f("select a.\"flowLogId\" from flow_logs a where %s %s %s (select %s from flow_logs b where %s)", x, g.pick("=", "<", ">=", "<>"), g.pick("any", "all"), y, g.condition(1, 0))
	case 7:
		flow("a")
		return f("select count(*), count(a), count(distinct a.region), %s from flow_logs a where (a.region, a.\"accountId\") %sin (select b.region, b.\"accountId\" from flow_logs b where b.\"trafficType\" = %s)",
			g.pick("max(a.region)", "min(a.\"creationTime\")"), g.pick("", "not "), g.pick("'ALL'", "'REJECT'", "'nope'"))
	case 8:
		a, types := g.selectQuery(0)
		var lits, names []string
		for i, t := range types {
			lits = append(lits, g.literal(t))
			names = append(names, f("c%d", i))
		}
		op := func() string {
			return g.pick("union", "union all", "intersect", "except", "except all", "intersect all")
		}
		return f("select %s from ((%s) %s (%s) %s values (%s)) z(%s)", strings.Join(names, ", "), a, op(), a, op(), strings.Join(lits, ", "), strings.Join(names, ", "))
	case 9:
		flow("a")
		return f("select a.\"flowLogId\", (select %s from flow_logs b where b.\"resourceId\" = a.\"resourceId\" and b.\"flowLogId\" <= a.\"flowLogId\"), array(select c.region from flow_logs c where c.\"flowLogId\" = a.\"flowLogId\" and %s) from flow_logs a where %s",
			g.pick("count(*)", "max(b.region)", "string_agg(b.\"flowLogId\", ',' order by b.\"flowLogId\")"), g.expr("bool", 1), g.condition(1, 0))
	default:
		flow("a")
		w := g.window()
		return f("select * from (select a.\"flowLogId\", %s as w from flow_logs a) z where %s", w, g.pick("w > 1", "w is not null", "w between 2 and 5"))
	}
}
