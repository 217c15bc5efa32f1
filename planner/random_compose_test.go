package planner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// composer makes queries of every clause, nested in one another, whose answers no
// plan can change: no expression fails, and whatever an open order would
// show is ordered by all that it has. So every difference is a mistake.
type composer struct {
	*rand.Rand
	levels []*queryLevel
	with   []withQuery
	alias  int
	tables int // references to flow_logs so far
}

// queryLevel is what a query's expressions may name.
type queryLevel struct {
	plain      []scopeColumn // outside of aggregates
	raw        []scopeColumn // in their arguments
	aggregates bool          // whether the place may hold any
	windows    bool
}

type withQuery struct {
	name  string
	types []string
}

var composedTypes = []string{"int4", "int4", "int4", "text", "text", "text", "bool", "numeric", "date", "timestamptz", "jsonb", "int4[]", "int8"}

func (g *composer) pick(s ...string) string { return s[g.IntN(len(s))] }

func (g *composer) chance(percent int) bool { return g.IntN(100) < percent }

func (g *composer) typ() string { return composedTypes[g.IntN(len(composedTypes))] }

func (g *composer) types(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = g.typ()
	}
	return out
}

func (g *composer) name() string {
	g.alias++
	return "t" + strconv.Itoa(g.alias)
}

func (g *composer) here() *queryLevel { return g.levels[len(g.levels)-1] }

// statement makes a query of its own.
func (g *composer) statement() string {
	g.levels, g.with, g.alias, g.tables = nil, nil, 0, 0
	return g.query(g.types(1+g.IntN(3)), 2+g.IntN(2))
}

// query makes a query with columns of the types.
func (g *composer) query(types []string, depth int) string {
	with := ""
	have := len(g.with)
	if depth > 1 && g.chance(15) {
		var list []string
		recursive := ""
		for range 1 + g.IntN(2) {
			w := withQuery{"w" + g.name(), g.types(1 + g.IntN(2))}
			body := ""
			if g.chance(30) {
				recursive = "recursive "
				w.types = []string{"int4", g.typ()}
				body = g.recursive(w, depth-1)
			} else {
				body = fmt.Sprintf("%s(%s) as %s(%s)", w.name, strings.Join(numbered(len(w.types)), ", "), g.pick("", "", "materialized ", "not materialized "), g.query(w.types, depth-1))
			}
			list = append(list, body)
			g.with = append(g.with, w)
		}
		with = "with " + recursive + strings.Join(list, ", ") + " "
	}
	body := ""
	switch {
	case depth > 0 && g.chance(15):
		body = "(" + g.query(types, depth-1) + ")"
		for range 1 + g.IntN(2) {
			body += " " + g.pick("union", "union all", "intersect", "except", "intersect all", "except all") + " (" + g.query(types, depth-1) + ")"
		}
		g.levels = append(g.levels, &queryLevel{})
		body += g.tail(types)
		g.levels = g.levels[:len(g.levels)-1]
	case g.chance(5):
		var rows []string
		g.levels = append(g.levels, &queryLevel{})
		for range 1 + g.IntN(3) {
			rows = append(rows, "("+strings.Join(g.exprs(types, depth-1), ", ")+")")
		}
		body = "values " + strings.Join(rows, ", ") + g.tail(types)
		g.levels = g.levels[:len(g.levels)-1]
	default:
		body = g.selectQuery(types, depth)
	}
	g.with = g.with[:have]
	return with + body
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "c" + strconv.Itoa(i)
	}
	return out
}

// recursive makes a recursive WITH query that ends.
func (g *composer) recursive(w withQuery, depth int) string {
	first := g.query(w.types, depth-1)
	g.levels = append(g.levels, &queryLevel{plain: []scopeColumn{{"r.c0", "int4"}, {"r.c1", w.types[1]}}})
	next := g.expr(w.types[1], 1)
	where := g.pick("", "", " and "+g.expr("bool", 1))
	g.levels = g.levels[:len(g.levels)-1]
	if w.types[1] == "text" {
		next = "left(" + next + ", 9)"
	}
	if w.types[1] == "jsonb" || w.types[1] == "int4[]" { // which would grow
		next = "r.c1"
	}
	all := g.pick("all ", "")
	tail := ""
	if g.chance(30) {
		tail = g.pick(" search depth first by c0 set o", " search breadth first by c0, c1 set o", " cycle c0 set y using p", " cycle c0, c1 set y to 'Y' default 'N' using p")
	}
	return fmt.Sprintf("%s(c0, c1) as (select * from (%s) f(c0, c1) where c0 > -20 union %sselect (r.c0 + 1)::int4, %s from %s r where r.c0 < %s%s)%s",
		w.name, first, all, next, w.name, g.pick("2", "4", "6"), where, tail)
}

// tail makes ORDER BY and LIMIT that leave nothing open.
func (g *composer) tail(types []string, before ...string) string {
	if g.chance(60) {
		return ""
	}
	keys := before
	for i := range types {
		keys = append(keys, strconv.Itoa(i+1)+g.pick("", "", " desc", " nulls first", " desc nulls last"))
	}
	own := keys[len(before):]
	g.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	if g.chance(20) { // peers come all together
		return " order by " + keys[0] + " fetch first " + g.pick("1", "3", "7") + " rows with ties"
	}
	out := " order by " + strings.Join(keys, ", ")
	switch g.IntN(5) {
	case 0:
		out += " limit " + g.pick("0", "1", "3", "10", "null", "all")
	case 1:
		out += " limit " + g.pick("1", "5") + " offset " + g.pick("0", "1", "4")
	case 2:
		out += " offset " + g.pick("0", "2", "100")
	case 3:
		own := g.here() // whose columns LIMIT does not see
		g.levels = g.levels[:len(g.levels)-1]
		out += " limit (select count(*) from (" + g.query([]string{"int4"}, 0) + ") l)"
		g.levels = append(g.levels, own)
	}
	return out
}

// from makes a FROM item and its columns; lateral tells whether it may name those before it.
func (g *composer) from(depth int, lateral bool) (string, []scopeColumn) {
	a := g.name()
	columns := func(types []string) []scopeColumn {
		var out []scopeColumn
		for i, t := range types {
			out = append(out, scopeColumn{fmt.Sprintf("%s.c%d", a, i), t})
		}
		return out
	}
	sub := func(f func() string) string { // without the columns before it
		if lateral {
			return f()
		}
		saved := g.here().plain
		g.here().plain = nil
		defer func() { g.here().plain = saved }()
		return f()
	}
	k := g.IntN(10)
	switch {
	case k < 3 && g.tables < 2:
		g.tables++
		var out []scopeColumn
		for _, c := range fixtureColumns {
			out = append(out, scopeColumn{fmt.Sprintf("%s.%q", a, c.name), c.typ})
		}
		return "flow_logs " + a, out
	case k < 5 && depth > 0:
		types := g.types(1 + g.IntN(3))
		q := sub(func() string { return g.query(types, depth-1) })
		prefix := ""
		if lateral {
			prefix = "lateral "
		}
		return fmt.Sprintf("%s(%s) %s(%s)", prefix, q, a, strings.Join(numbered(len(types)), ", ")), columns(types)
	case k < 6 && len(g.with) > 0:
		w := g.with[g.IntN(len(g.with))]
		return fmt.Sprintf("%s %s", w.name, a), columns(w.types)
	case k < 7:
		var call string
		var types []string
		arg := func(t string) string { return sub(func() string { return g.expr(t, 1) }) }
		switch g.IntN(6) {
		case 0:
			call, types = "generate_series(1, abs("+arg("int4")+") % 5)", []string{"int4"}
		case 1:
			call, types = "unnest("+arg("int4[]")+")", []string{"int4"}
		case 2:
			call, types = "rows from (unnest("+arg("int4[]")+"), string_to_table("+arg("text")+", '-'))", []string{"int4", "text"}
		case 3:
			call, types = "unnest("+arg("int4[]")+", array["+arg("text")+", 'z'])", []string{"int4", "text"}
		case 4:
			call, types = "jsonb_each(case jsonb_typeof("+arg("jsonb")+`) when 'x' then null else '{"a": 1, "b": [2]}'::jsonb end)`, []string{"text", "jsonb"}
		default:
			call, types = "jsonb_to_recordset(jsonb_build_array(jsonb_build_object('c0', "+arg("int4")+", 'c1', "+arg("text")+")))", []string{"int4", "text"}
			return fmt.Sprintf("%s as %s(c0 int4, c1 text)", call, a), columns(types)
		}
		if g.chance(50) {
			call += " with ordinality"
			types = append(types, "int8")
		}
		return fmt.Sprintf("%s %s(%s)", call, a, strings.Join(numbered(len(types)), ", ")), columns(types)
	}
	types := []string{"int4", g.typ(), g.typ()}
	var rows []string
	for range 1 + g.IntN(5) {
		var row []string
		for _, t := range types {
			row = append(row, g.literal(t, len(rows) == 0))
		}
		rows = append(rows, "("+strings.Join(row, ", ")+")")
	}
	return fmt.Sprintf("(values %s) %s(c0, c1, c2)", strings.Join(rows, ", "), a), columns(types)
}

// joined makes a tree of joins.
func (g *composer) joined(items, depth int) (string, []scopeColumn) {
	if items == 1 {
		return g.from(depth, false)
	}
	n := 1 + g.IntN(items-1)
	left, lc := g.joined(n, depth)
	kind := g.pick("join", "join", "left join", "left join", "right join", "full join", "cross join")
	var right string
	var rc []scopeColumn
	if items-n == 1 && (kind == "join" || kind == "left join" || kind == "cross join") && g.chance(30) {
		saved := g.here().plain
		g.here().plain = slices.Concat(saved, lc)
		right, rc = g.from(depth, true)
		g.here().plain = saved
	} else {
		right, rc = g.joined(items-n, depth)
	}
	if items-n > 1 {
		right = "(" + right + ")"
	}
	all := slices.Concat(lc, rc)
	if kind == "cross join" {
		return left + " cross join " + right, all
	}
	var equal []string
	for range 20 {
		l, r := lc[g.IntN(len(lc))], rc[g.IntN(len(rc))]
		if l.typ == r.typ && len(equal) < 2 {
			equal = append(equal, l.sql+" = "+r.sql)
		}
	}
	on := "true"
	if len(equal) > 0 {
		on = strings.Join(equal[:1+g.IntN(len(equal))], " and ")
	}
	if (kind != "full join" || len(equal) > 0) && g.chance(50) {
		saved := g.here().plain
		g.here().plain = all
		c := g.expr("bool", depth)
		g.here().plain = saved
		if kind == "full join" || len(equal) > 0 && g.chance(60) {
			on += " and " + c
		} else {
			on = c
		}
	}
	return fmt.Sprintf("%s %s %s on %s", left, kind, right, on), all
}

// selectQuery makes one SELECT.
func (g *composer) selectQuery(types []string, depth int) string {
	l := &queryLevel{}
	g.levels = append(g.levels, l)
	defer func() { g.levels = g.levels[:len(g.levels)-1] }()
	items := 1
	if g.chance(40) && depth > 0 {
		items += 1 + g.IntN(2)
	}
	if depth > 1 && g.chance(20) {
		items += 2
	}
	from, cols := g.joined(items, min(depth, 1))
	l.plain = cols
	where := ""
	if g.chance(60) {
		where = " where " + g.expr("bool", depth)
	}
	if g.chance(30) {
		return g.grouped(types, depth, from, where, cols)
	}
	l.windows = true
	list := g.exprs(types, depth)
	l.windows = false
	distinct, tail := "", ""
	switch {
	case g.chance(10):
		distinct, tail = "distinct ", g.tail(types)
	case g.chance(10) && !strings.Contains(strings.Join(list, ""), " over "):
		key := g.expr(g.typ(), 1)
		if strings.Contains("0123456789-'(", key[:1]) || strings.HasPrefix(key, "null") {
			key = cols[g.IntN(len(cols))].sql
		}
		distinct = "distinct on (" + key + ") "
		order := []string{key + g.pick("", " desc", " nulls first")}
		for _, c := range cols {
			order = append(order, c.sql)
		}
		tail = " order by " + strings.Join(order, ", ")
	case g.chance(30):
		tail = g.tail(types, "1 = 0 or "+g.expr("bool", depth)+g.pick("", " desc"))
	default:
		tail = g.tail(types)
	}
	return "select " + distinct + strings.Join(list, ", ") + " from " + from + where + tail
}

// grouped makes the rest of a SELECT with GROUP BY.
func (g *composer) grouped(types []string, depth int, from, where string, cols []scopeColumn) string {
	l := g.here()
	l.raw, l.plain, l.aggregates = cols, nil, true
	group := ""
	var keys []string
	for range g.IntN(4) {
		c := cols[g.IntN(len(cols))]
		if !slices.Contains(keys, c.sql) {
			keys = append(keys, c.sql)
			l.plain = append(l.plain, c)
		}
	}
	sets := ""
	if len(keys) > 0 {
		all := strings.Join(keys, ", ")
		one := keys[g.IntN(len(keys))]
		switch g.IntN(8) {
		case 0:
			sets = "rollup (" + all + ")"
		case 1:
			sets = "cube (" + all + ")"
		case 2:
			sets = "grouping sets ((" + all + "), (" + one + "), ())"
		case 3:
			sets = g.pick("", "distinct ") + one + ", grouping sets (rollup (" + all + "), (" + one + "))"
		default:
			sets = all
			if strings.Contains(all, `"flowLogId"`) && g.chance(60) { // on which its other columns depend
				for _, c := range cols {
					if a, _, _ := strings.Cut(c.sql, "."); strings.Contains(all, a+`."flowLogId"`) && !slices.Contains(l.plain, c) {
						l.plain = append(l.plain, c)
					}
				}
			}
		}
		group = " group by " + sets
	}
	l.windows = true
	list := g.exprs(types, depth)
	l.windows = false
	if len(keys) > 0 && g.chance(20) && types[0] == "int4" {
		list[0] = "grouping(" + strings.Join(keys, ", ") + ")"
	}
	if len(keys) == 0 && !g.chance(50) {
		group = " group by ()"
	}
	having := ""
	if group != "" && g.chance(40) || len(keys) == 0 && group == "" {
		having = " having " + g.expr("bool", depth)
		if group == "" {
			having = " having count(*) >= 0 and " + g.expr("bool", depth)
		}
	}
	return "select " + strings.Join(list, ", ") + " from " + from + where + group + having + g.tail(types)
}
