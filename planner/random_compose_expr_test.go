package planner_test

import (
	"fmt"
	"slices"
)

func (g *composer) exprs(types []string, depth int) []string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = g.expr(t, depth)
	}
	return out
}

// literal makes a value; typed tells that its type must show.
func (g *composer) literal(typ string, typed bool) string {
	if g.chance(12) {
		if typed {
			return "null::" + typ
		}
		return "null"
	}
	v := ""
	switch typ {
	case "int4":
		return g.pick("0", "1", "2", "3", "7", "-1", "60", "600")
	case "int8":
		return g.pick("0", "1", "2", "-5", "5000000000") + "::int8"
	case "numeric":
		return g.pick("0.00", "1.50", "-2.25", "60.00", "3.00")
	case "bool":
		return g.pick("true", "false")
	case "text":
		v = g.pick("''", "'a'", "'us-east-1'", "'prod'", "'ALL'", "'é-b'", "'a%b'", "'12'", "'VPC'", "'eni-001a2b3c'")
	case "date":
		v = g.pick("'2024-02-29'", "'2024-03-01'", "'1999-12-31'")
	case "timestamptz":
		v = g.pick("'2024-03-01 00:00:00+00'", "'2024-02-28 05:15:01.123456+00'", "'infinity'")
	case "jsonb":
		v = g.pick(`'{"a": 1, "b": [1, 2, null]}'`, `'[]'`, `'null'`, `'"x"'`, `'{"env": "prod"}'`, `'7'`)
	case "int4[]":
		v = g.pick("'{1,2,3}'", "'{}'", "'{NULL,5}'", "'{1}'", "'{60,7}'")
	}
	return v + "::" + typ
}

// column chooses a column of the type from this or an outer level.
func (g *composer) column(typ string) string {
	var have []string
	for i, l := range g.levels {
		for _, c := range l.plain {
			if c.typ == typ {
				have = append(have, c.sql)
				if i == len(g.levels)-1 {
					have = append(have, c.sql, c.sql)
				}
			}
		}
	}
	if len(have) == 0 {
		return ""
	}
	return g.pick(have...)
}

// expr makes an expression that does not fail.
func (g *composer) expr(typ string, depth int) string {
	if len(g.levels) > 0 && depth > 0 {
		if l := g.levels[g.IntN(len(g.levels))]; l.aggregates && g.chance(40) {
			return g.aggregate(l, typ)
		}
		if g.here().windows && g.chance(15) {
			return g.window(typ)
		}
	}
	if depth <= 0 || g.chance(25) {
		if c := g.column(typ); c != "" && g.chance(80) {
			return c
		}
		return g.literal(typ, true)
	}
	d := depth - 1
	e := func(t string) string { return g.expr(t, d) }
	f := fmt.Sprintf
	switch g.IntN(12) {
	case 0:
		return f("case when %s then %s else %s end", e("bool"), e(typ), e(typ))
	case 1:
		return f("coalesce(%s, %s)", e(typ), e(typ))
	case 2:
		return f("nullif(%s, %s)", e(typ), e(typ))
	case 3:
		return f("%s(%s, %s)", g.pick("greatest", "least"), e(typ), e(typ))
	case 4:
		t := g.typ()
		return f("case %s when %s then %s when %s then %s end", e(t), e(t), e(typ), e(t), e(typ))
	case 5, 6:
		return "(" + g.scalar(typ, d) + ")"
	}
	switch typ {
	case "int4":
		return g.pick(f("(%s + %s)", e("int4"), e("int4")), f("(%s - %s)", e("int4"), e("int4")), f("(%s %% 7)", e("int4")), f("abs(%s)", e("int4")), f("length(%s)", e("text")),
			f("cardinality(%s)", e("int4[]")), f("(%s)[%s]", e("int4[]"), g.pick("1", "2", "cardinality("+e("int4[]")+")")), f("(%s)::int4", e("bool")), f("strpos(%s, %s)", e("text"), e("text")), f("round(%s)::int4", e("numeric")), f("array_position(%s, %s)", e("int4[]"), e("int4")))
	case "int8":
		return g.pick(f("(%s)::int8", e("int4")), f("(%s + %s)", e("int8"), e("int4")), f("(%s * 2)", e("int8")))
	case "numeric":
		return g.pick(f("round((%s)::numeric / 3, 2)", e("int4")), f("round(%s + %s, 2)", e("numeric"), e("numeric")), f("round(-(%s), 2)", e("numeric")))
	case "text":
		return g.pick(f("left(%s || %s, 12)", e("text"), e(g.pick("text", "int4", "bool", "date"))), f("%s(%s)", g.pick("upper", "lower", "reverse", "btrim"), e("text")), f("(%s)::text", e(g.typ())), f("(%s ->> %s)", e("jsonb"), g.pick("'env'", "'a'")),
			f("concat(%s, '/', %s)", e(g.typ()), e("text")), f("split_part(%s, '-', 2)", e("text")), f("(row(%s, %s))::text", e(g.typ()), e(g.typ())), f("array_to_string(%s, '+', '?')", e("int4[]")), f("substr(%s, 2, 3)", e("text")), f("replace(%s, 'a', 'b')", e("text")))
	case "date":
		return g.pick(f("(%s + %s %% 31)", "'2024-01-31'::date", e("int4")), "'2024-03-01'::date", "date '1999-12-31'")
	case "timestamptz":
		return g.pick(f("date_trunc(%s, %s)", g.pick("'day'", "'hour'", "'month'"), e("timestamptz")), f("(%s + %s * interval '1 hour')", e("timestamptz"), e("int4")), f("(%s)::timestamptz", e("date")))
	case "jsonb":
		return g.pick(f("(%s -> %s)", e("jsonb"), g.pick("'a'", "0", "'b'", "'env'")), f("to_jsonb(%s)", e(g.pick("int4", "text", "bool", "int4[]"))), f("jsonb_build_object('k', %s, 'l', %s)", e("int4"), e("text")), f("(%s || %s)", e("jsonb"), e("jsonb")), f("(%s)['b'][1]", e("jsonb")), f("(%s #> '{b,0}')", e("jsonb")))
	case "int4[]":
		return g.pick(f("array[%s, %s]", e("int4"), e("int4")), f("(%s || %s)", e("int4[]"), e("int4")), f("(%s)[%s:%s]", e("int4[]"), g.pick("1", "2", ""), g.pick("2", "1", "")), f("array(%s)", g.ordered("int4", d)), f("array_remove(%s, %s)", e("int4[]"), e("int4")))
	}
	return g.condition(depth)
}

// condition makes a boolean expression.
func (g *composer) condition(depth int) string {
	d := depth - 1
	e := func(t string) string { return g.expr(t, d) }
	f := fmt.Sprintf
	t, u := g.typ(), g.typ()
	compare := g.pick("=", "=", "<>", "<", "<=", ">", ">=")
	not := g.pick("", "not ")
	switch g.IntN(21) {
	case 0, 1, 2:
		return f("(%s %s %s)", e(t), compare, e(t))
	case 3, 4:
		return f("(%s %s %s)", e("bool"), g.pick("and", "or"), e("bool"))
	case 5:
		return f("(not %s)", e("bool"))
	case 6:
		return f("(%s is %snull)", e(t), not)
	case 7:
		return f("(%s is %sdistinct from %s)", e(t), not, e(t))
	case 8:
		return f("(%s %sbetween %s%s and %s)", e(t), not, g.pick("", "", "symmetric "), e(t), e(t))
	case 9:
		return f("(%s %sin (%s, %s, %s))", e(t), not, e(t), e(t), g.literal(t, false))
	case 10:
		return f("(%s %s%s %s)", e("text"), not, g.pick("like", "ilike"), g.pick("'%a%'", "'us%'", "'_'", "'%-%'", "'prod'"))
	case 11:
		return f("(%s is %s%s)", e("bool"), not, g.pick("true", "false", "unknown"))
	case 12:
		return f("(%sexists (%s))", not, g.query([]string{t}, d))
	case 13, 14:
		return f("(%s %sin (%s))", e(t), not, g.query([]string{t}, d))
	case 15:
		return f("(%s %s %s (%s))", e(t), compare, g.pick("any", "all", "some"), g.query([]string{t}, d))
	case 16:
		return f("((%s, %s) %sin (%s))", e(t), e(u), not, g.query([]string{t, u}, d))
	case 17:
		return f("((%s, %s) %s (%s, %s))", e(t), e(u), compare, e(t), e(u))
	case 18:
		return f("(%s %s %s (%s))", e("int4"), compare, g.pick("any", "all"), e("int4[]"))
	case 19:
		return f("((%s, %s) %s (%s))", e(t), e("int4"), compare, "select "+g.expr(t, 0)+", "+g.expr("int4", 0))
	}
	return f("(%s %s %s)", e("jsonb"), g.pick("@>", "<@"), e("jsonb"))
}

// scalar makes a subquery of at most one row.
func (g *composer) scalar(typ string, depth int) string {
	if g.chance(50) {
		return g.ordered(typ, depth) + " limit 1" + g.pick("", " offset 1")
	}
	l := &queryLevel{}
	g.levels = append(g.levels, l)
	defer func() { g.levels = g.levels[:len(g.levels)-1] }()
	from, cols := g.joined(1+g.IntN(2), min(depth, 1))
	l.plain = cols
	where := g.pick("", " where "+g.expr("bool", max(1, depth)))
	l.raw, l.plain, l.aggregates = cols, nil, true
	return "select " + g.aggregate(l, typ) + " from " + from + where
}

// ordered makes an ordered subquery of one column.
func (g *composer) ordered(typ string, depth int) string {
	l := &queryLevel{}
	g.levels = append(g.levels, l)
	defer func() { g.levels = g.levels[:len(g.levels)-1] }()
	from, cols := g.joined(1+g.IntN(2), min(depth, 1))
	l.plain = cols
	where := g.pick("", " where "+g.expr("bool", max(1, depth)))
	return "select " + g.expr(typ, min(1, depth)) + " from " + from + where + " order by 1" + g.pick("", " desc", " nulls first")
}

// aggregate makes an aggregate of a level that gives the type.
func (g *composer) aggregate(l *queryLevel, typ string) string {
	type state struct {
		plain               []scopeColumn
		aggregates, windows bool
	}
	var saved []state
	for _, k := range g.levels { // no aggregate in an aggregate
		saved = append(saved, state{k.plain, k.aggregates, k.windows})
		k.aggregates, k.windows = false, false
	}
	at := slices.Index(g.levels, l)
	inner := slices.Clone(g.levels[at+1:])
	g.levels = g.levels[:at+1]
	l.plain = l.raw
	defer func() {
		g.levels = append(g.levels, inner...)
		for i, k := range g.levels {
			k.plain, k.aggregates, k.windows = saved[i].plain, saved[i].aggregates, saved[i].windows
		}
	}()
	f := fmt.Sprintf
	arg := func(t string) string { // which names a column of the level
		var have []string
		for _, c := range l.raw {
			if c.typ == t {
				have = append(have, c.sql)
			}
		}
		if len(have) > 0 && g.chance(60) {
			return g.pick(have...)
		}
		return f("case when %s is null then %s else %s end", l.raw[g.IntN(len(l.raw))].sql, g.expr(t, 1), g.expr(t, 1))
	}
	filter := ""
	if g.chance(20) {
		filter = f(" filter (where %s)", g.expr("bool", 1))
	}
	distinct := g.pick("", "", "distinct ")
	switch typ {
	case "int4":
		x := arg("int4")
		return g.pick("count("+distinct+arg(g.typ())+")"+filter+"::int4", "sum("+distinct+x+")"+filter+"::int4", "max("+x+")"+filter, "min("+x+")"+filter,
			f("percentile_disc(%s) within group (order by %s)", g.pick("0.5", "0", "1"), x)+filter, f("mode() within group (order by %s)", x)+filter)
	case "int8":
		x := arg("int4")
		if at == len(g.levels)-1 && len(inner) == 0 && g.chance(30) {
			return "count(*)" + filter
		}
		return g.pick("count("+distinct+x+")"+filter, "sum("+x+")"+filter, f("%s(3) within group (order by %s)", g.pick("rank", "dense_rank"), x)+filter)
	case "numeric":
		return g.pick("round(avg("+arg("int4")+")"+filter+", 2)", "round(sum("+distinct+arg("numeric")+")"+filter+", 2)", "min("+arg("numeric")+")"+filter, "round(stddev_samp("+arg("int4")+")"+filter+", 2)")
	case "text":
		x := arg("text")
		return g.pick("left(string_agg("+distinct+x+", ',' order by "+x+")"+filter+", 30)", "max("+x+")"+filter, "min("+x+")"+filter)
	case "bool":
		return g.pick("bool_and", "bool_or", "every") + "(" + arg("bool") + ")" + filter
	case "date", "timestamptz":
		return g.pick("min", "max") + "(" + arg(typ) + ")" + filter
	case "jsonb":
		x := arg(g.pick("int4", "text", "bool"))
		return "jsonb_agg(" + distinct + x + " order by " + x + g.pick("", " desc") + ")" + filter
	}
	x := arg("int4")
	return "array_agg(" + distinct + x + " order by " + x + g.pick("", " desc", " nulls first") + ")" + filter
}

// window makes a window function call whose frame leaves no order open.
func (g *composer) window(typ string) string {
	l := g.here()
	l.windows = false
	defer func() { l.windows = true }()
	key := g.pick("int4", "int4", "numeric", "text", "date", "timestamptz", "int8")
	order := " order by " + g.expr(key, 1) + g.pick("", " desc", " nulls first", " desc nulls last")
	keys := 1
	total := false
	if g.chance(50) && !l.aggregates {
		for _, c := range l.plain {
			order += ", " + c.sql
		}
		total, keys = true, keys+len(l.plain)
	}
	frame := ""
	if g.chance(60) {
		mode := g.pick("groups", "range")
		if total {
			mode = g.pick("groups", "range", "rows")
		}
		distance := g.pick("0", "1", "2", "5")
		if mode == "range" && (keys > 1 || key == "text") {
			distance = ""
		}
		switch {
		case mode == "range" && key == "date":
			distance = g.pick("interval '1 day'", "interval '1 month'")
		case mode == "range" && key == "timestamptz":
			distance = g.pick("interval '7 hours'", "interval '1 mon'")
		case mode == "range" && key == "numeric":
			distance = g.pick("0.5", "2", "0")
		}
		if mode == "range" && keys > 1 {
			distance = ""
		}
		starts, ends := []string{"unbounded preceding", "current row"}, []string{"current row", "unbounded following"}
		if distance != "" {
			starts = append(starts, distance+" preceding")
			ends = append(ends, distance+" following")
		}
		start, end := g.pick(starts...), g.pick(ends...)
		if distance != "" && g.chance(20) {
			if g.chance(50) {
				start, end = distance+" preceding", distance+" preceding"
			} else {
				start, end = distance+" following", g.pick(distance+" following", "unbounded following")
			}
		}
		frame = " " + mode + " between " + start + " and " + end + g.pick("", "", " exclude current row", " exclude group", " exclude ties", " exclude no others")
	}
	filter := ""
	if g.chance(20) {
		filter = " filter (where " + g.expr("bool", 1) + ")"
	}
	over := " over ("
	if g.chance(50) {
		over += "partition by " + g.expr(g.typ(), 1)
	}
	bare := over + order + ")"
	over += order + frame + ")"
	x := func(t string) string { return g.expr(t, 1) }
	switch typ {
	case "int4":
		return g.pick("sum("+x("int4")+")"+filter+over+"::int4", "max("+x("int4")+")"+filter+over, "count(*)"+filter+over+"::int4", "rank()"+bare+"::int4")
	case "int8":
		if total {
			return g.pick("row_number()"+bare, "count("+x(g.typ())+")"+filter+over, "dense_rank()"+bare, "ntile(3)"+bare+"::int8")
		}
		return g.pick("rank()"+bare, "count("+x(g.typ())+")"+filter+over, "dense_rank()"+bare)
	case "numeric":
		return g.pick("round(avg("+x("int4")+")"+filter+over+", 2)", "round(sum("+x("numeric")+")"+filter+over+", 2)", "round((cume_dist()"+bare+")::numeric, 2)", "round((percent_rank()"+bare+")::numeric, 2)")
	case "bool":
		return g.pick("bool_and", "bool_or") + "(" + x("bool") + ")" + filter + over
	case "text", "date", "timestamptz":
		if total && g.chance(60) {
			return g.pick(g.pick("first_value", "last_value")+"("+x(typ)+")"+over, "nth_value("+x(typ)+", 2)"+over, g.pick("lag", "lead")+"("+x(typ)+")"+bare, "lag("+x(typ)+", 2, "+x(typ)+")"+bare)
		}
		return g.pick("min", "max") + "(" + x(typ) + ")" + filter + over
	}
	if total {
		return g.pick("first_value", "last_value") + "(" + x(typ) + ")" + over
	}
	return x(typ)
}
