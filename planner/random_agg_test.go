package planner_test

import "strings"

func (g *generator) aggregate() (sql, typ string) {
	filter := ""
	if g.chance(20) {
		filter = " filter (where " + g.expr("bool", 1) + ")"
	}
	switch g.IntN(18) {
	case 9:
		return g.pick("stddev", "variance", "var_pop", "stddev_pop") + "(" + g.expr("int4", 1) + ")" + filter, "numeric"
	case 10:
		return "percentile_disc(" + g.pick("0.5", "0", "1", "0.25") + ") within group (order by " + g.expr("int4", 1) + ")" + filter, "int4"
	case 11:
		return "percentile_cont(0.5) within group (order by " + g.expr("interval", 0) + ")" + filter, "interval"
	case 12:
		x := g.expr("text", 1)
		return "jsonb_object_agg(coalesce(" + x + ", 'k'), 1 order by " + x + ")" + filter, "jsonb"
	case 13:
		x := g.expr(g.pick("text", "int4", "date", "bool"), 1)
		return "jsonb_agg(" + x + " order by " + x + ")" + filter, "jsonb"
	case 14:
		return g.pick("bit_and", "bit_or", "bit_xor") + "(" + g.expr("int4", 1) + ")" + filter, "int4"
	case 15:
		return "sum(" + g.expr("interval", 0) + ")" + filter, "interval"
	case 16:
		return "mode() within group (order by " + g.expr("bool", 1) + ")" + filter, "bool"
	case 17:
		return "rank(" + g.literal("int4") + ") within group (order by " + g.expr("int4", 1) + ")" + filter, "int8"
	case 0:
		return "count(*)" + filter, "int8"
	case 1:
		return "count(" + g.pick("", "distinct ") + g.expr(g.typ(), 1) + ")" + filter, "int8"
	case 2:
		return "sum(" + g.expr("int4", 1) + ")" + filter, "int8"
	case 3:
		return "avg(" + g.expr("int4", 1) + ")" + filter, "numeric"
	case 4:
		t := g.pick("int4", "text", "numeric", "date", "timestamptz", "interval")
		return g.pick("min", "max") + "(" + g.expr(t, 1) + ")" + filter, t
	case 5:
		x := g.expr("text", 1)
		return "string_agg(" + x + ", ',' order by " + x + ")" + filter, "text"
	case 6:
		return g.pick("bool_and", "bool_or") + "(" + g.expr("bool", 1) + ")" + filter, "bool"
	case 7:
		x := g.expr("int4", 1)
		return "array_agg(" + x + " order by " + x + g.pick("", " desc", " nulls first") + ")" + filter, "int4[]"
	default:
		return "sum(" + g.expr("numeric", 1) + ")" + filter, "numeric"
	}
}

func (g *generator) window() string {
	key := g.expr(g.pick("int4", "text", "date"), 0)
	order := "order by " + key
	for _, c := range g.scope { // a total order, so that the rows' order does not matter
		order += ", " + c.sql
	}
	part := ""
	if g.chance(50) {
		part = "partition by " + g.expr(g.pick("text", "bool", "int4"), 0) + " "
	}
	fn := g.pick("row_number()", "rank()", "dense_rank()", "count(*)", "ntile(3)", "sum("+g.expr("int4", 0)+")", "lag("+g.expr("int4", 0)+")", "sum("+g.expr("int4", 0)+")",
		"(percent_rank()", "(cume_dist()", "first_value("+g.expr("int4", 0)+")", "nth_value("+g.expr("int4", 0)+", 2)", "lead("+g.expr("int4", 0)+", 2, 7)", "max("+g.expr("int4", 0)+")")
	if strings.HasPrefix(fn, "max") { // over one number, so that a frame can be a range of it
		order = "order by " + g.pick("1.5 * ", "") + g.expr("int4", 0) + "::numeric" + g.pick("", " desc") + g.pick(" range between 1 preceding and 1 following", " range between current row and unbounded following", " groups 1 preceding exclude ties")
	}
	if strings.HasPrefix(fn, "count") || strings.HasPrefix(fn, "sum") || strings.HasPrefix(fn, "first") || strings.HasPrefix(fn, "nth") {
		order += g.pick("", " rows between 1 preceding and 2 following", " groups between 1 preceding and current row", " rows unbounded preceding exclude current row")
	}
	end := ")"
	if strings.HasPrefix(fn, "(") {
		end = ") * 1000)::int8"
	}
	return fn + " over (" + part + order + end
}
