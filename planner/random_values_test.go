package planner_test

import (
	"fmt"
	"strconv"
	"strings"
)

// valuer makes expressions over values, of the parts of the language that have
// a language of their own in their arguments.
type valuer struct {
	sweep
	functions []sweepCall // PostgreSQL's own, with their arguments' types
}

func (g *valuer) chance(percent int) bool { return g.IntN(100) < percent }

// some joins up to most parts.
func (g *valuer) some(most int, from ...string) string {
	var b strings.Builder
	for range 1 + g.IntN(most) {
		b.WriteString(g.choose(from...))
	}
	return b.String()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (g *valuer) generators() map[string]func() []string {
	list := func(f func() string) func() []string { return func() []string { return []string{f()} } }
	return map[string]func() []string{
		"operators": list(g.operator), "functions": list(g.function), "unify": list(g.unify), "casts": list(g.cast),
		"datetimes": g.datetime, "settings": g.settings, "to_char": list(g.toChar), "from_char": list(g.fromChar),
		"regexp": list(g.regexp), "like": list(g.like), "format": list(g.format), "strings": list(g.strings), "jsonpath": list(g.jsonpath),
		"textsearch": list(g.textsearch), "numerics": list(g.numeric), "ranges": list(g.ranges), "inputs": list(g.input), "arrays": list(g.array),
		"prepare": g.prepare, "errors": list(g.errors), "sqljson": list(g.sqljson), "intervals": list(g.interval),
	}
}

var valueTypes = []string{
	"smallint", "integer", "integer", "bigint", "numeric", "numeric", "real", "double precision", "text", "text", "character varying", "character", `"char"`, "name", "boolean", "bytea", "bit", "bit varying",
	"date", "time without time zone", "time with time zone", "timestamp without time zone", "timestamp with time zone", "interval", "json", "jsonb", "uuid", "inet", "cidr", "macaddr", "oid", "int4range", "numrange", "daterange",
	"int4multirange", "money", "tsvector", "tsquery", "point", "box", "regclass", "xid", "pg_lsn",
}

func (g *valuer) typ() string {
	t := g.choose(valueTypes...)
	if g.chance(8) {
		return t + "[]"
	}
	return t
}

// loose makes a value whose type may be unknown.
func (g *valuer) loose(typ string) string {
	switch g.IntN(12) {
	case 0:
		return "null"
	case 1, 2:
		v := g.value(typ)
		if i := strings.LastIndex(v, "::"); strings.HasPrefix(v, "'") && i > 0 {
			return v[:i]
		}
		return v
	case 3:
		return g.choose("1", "0", "2.5", "'1'", "'a'", "5000000000", "1e3", "-1", "true")
	}
	return g.value(typ)
}

// operator applies an operator to what it may not fit.
func (g *valuer) operator() string {
	op := g.choose("=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||", "~", "~*", "!~", "~~", "&", "|", "#", "<<", ">>", "&&", "@>", "<@", "->", "->>", "#>", "#>>", "?", "?|", "?&", "@?", "@@", "^", "^@", "-|-", "&<", "&>", "#-", "<->", "<<=", ">>=", "@", "!!", "|/", "||/", "~", "*=", "=>", "==")
	a, b := g.typ(), g.typ()
	if g.chance(40) {
		b = a
	}
	if g.chance(8) {
		return fmt.Sprintf("select pg_typeof(%[1]s (%[2]s)), %[1]s (%[2]s)", g.choose("-", "+", "~", "@", "!!", "|/", "||/", "@@", "#", "!", "@-@"), g.loose(a))
	}
	x, y := g.loose(a), g.loose(b)
	return fmt.Sprintf("select pg_typeof((%[1]s) %[2]s (%[3]s)), (%[1]s) %[2]s (%[3]s)", x, op, y)
}

// function calls a function with other arguments than it has.
func (g *valuer) function() string {
	c := g.functions[g.IntN(len(g.functions))]
	elem := g.choose("integer", "text", "numeric", "date")
	var args []string
	for _, t := range c.types {
		t = g.concrete(t, elem)
		if g.chance(25) {
			t = g.typ()
		}
		args = append(args, g.loose(t))
	}
	if g.chance(6) && len(args) > 0 {
		args = args[:len(args)-1]
	}
	if g.chance(6) {
		args = append(args, g.loose(g.typ()))
	}
	if g.chance(3) && len(args) > 0 {
		args[len(args)-1] = "variadic " + args[len(args)-1]
	}
	name, _, _ := strings.Cut(c.form, "(")
	call := name + "(" + strings.Join(args, ", ") + ")"
	return fmt.Sprintf("select pg_typeof(%[1]s), %[1]s", call)
}

// unify puts values of several types where one is needed.
func (g *valuer) unify() string {
	t := g.typ()
	var v []string
	for range 2 + g.IntN(3) {
		u := t
		if g.chance(40) {
			u = g.typ()
		}
		v = append(v, g.loose(u))
	}
	all := strings.Join(v, ", ")
	switch g.IntN(14) {
	case 0:
		return fmt.Sprintf("select pg_typeof(coalesce(%[1]s)), coalesce(%[1]s)", all)
	case 1:
		return fmt.Sprintf("select %s(%s)", g.choose("greatest", "least"), all)
	case 2:
		return fmt.Sprintf("select array[%s]", all)
	case 3:
		return fmt.Sprintf("select case when false then %s else %s end", v[0], v[1])
	case 4:
		return fmt.Sprintf("select case %s when %s then 1 else 2 end", v[0], v[1])
	case 5:
		return fmt.Sprintf("select nullif(%s, %s)", v[0], v[1])
	case 6:
		return fmt.Sprintf("select %s %sin (%s)", g.loose(t), g.choose("", "not "), all)
	case 7:
		return fmt.Sprintf("values (%s)", strings.Join(v, "), ("))
	case 8:
		ops := []string{" union all ", " union ", " intersect ", " except "}
		out := "select " + v[0]
		for _, x := range v[1:] {
			out = "(" + out + ")" + g.choose(ops...) + "select " + x
		}
		return out
	case 9:
		return fmt.Sprintf("select %s between %s and %s", v[0], v[1], g.loose(t))
	case 10:
		return fmt.Sprintf("select row(%s, 1) %s row(%s, 2)", v[0], g.choose("=", "<", "<>", ">=", "is distinct from"), v[1])
	case 11:
		return fmt.Sprintf("select %s %s %s(array[%s])", v[0], g.choose("=", "<", "<>"), g.choose("any", "all"), strings.Join(v[1:], ", "))
	case 12:
		return fmt.Sprintf("select %s %s any (select %s)", v[0], g.choose("=", "<"), v[1])
	}
	return fmt.Sprintf("select x from (values (%s)) v(x) union all select %s order by 1", v[0], v[1])
}

// cast casts between any two types, with lengths and precisions.
func (g *valuer) cast() string {
	to := func() string {
		if g.chance(50) {
			return g.choose("varchar(3)", "char(4)", "char", "numeric(6,2)", "numeric(3,-2)", "numeric(2,5)", "numeric(4)", "timestamp(0)", "timestamptz(3)", "time(2)", "timetz(0)", "interval day to second(1)", "interval year", "interval hour to minute",
				"interval(3)", "bit(3)", "varbit(5)", "float(10)", "varchar(2)[]", "numeric(5,1)[]", "name", "information_schema.cardinal_number", "information_schema.yes_or_no", "information_schema.time_stamp", "information_schema.character_data")
		}
		return g.typ()
	}
	a, b := g.typ(), to()
	out := fmt.Sprintf("(%s)::%s", g.value(a), b)
	if g.chance(40) {
		out = fmt.Sprintf("cast(%s as %s)", out, to())
	}
	return "select " + out
}

var zones = []string{"UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "EST5EDT", "+03", "-03:30", "Europe/Dublin", "Africa/Casablanca", "<+05>-5", "PST8PDT,M3.2.0,M11.1.0"}

// stamp makes a time stamp near where zones change their offset, or far from everything.
func (g *valuer) stamp() string {
	switch g.IntN(8) {
	case 0:
		return g.choose("infinity", "-infinity", "epoch", "4713-01-01 BC", "0001-12-31 23:59:59 BC", "294276-12-31 23:59:59.999999", "2000-02-30", "1883-11-18 12:03:57", "1900-02-29")
	case 1:
		return fmt.Sprintf("2024-03-%02d %02d:%02d:00", g.choose2(10, 31), g.IntN(4), g.IntN(60))
	case 2:
		return fmt.Sprintf("2023-%s %02d:30:00", g.choose("11-05", "10-29", "03-12", "03-26", "04-02", "10-01"), g.IntN(4))
	}
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%d", 1890+g.IntN(160), 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1000000))
}

func (g *valuer) choose2(a, b int) int { return []int{a, b}[g.IntN(2)] }

func (g *valuer) span() string {
	return g.some(3, g.choose("1 day ", "-1 mon ", "1 year 2 mons ", "25:00 ", "-00:00:01.5 ", "3 weeks ", "100 days ", "0.5 day ", "1.3 months ", "2 hours ago ", "1 decade "), strconv.Itoa(g.IntN(40)-20)+g.choose(" hours ", " days ", " months ", " minutes ", " s ", " us ", " years ", " msec "))
}

// settings makes date and time arithmetic under random settings.
func (g *valuer) settings() []string {
	set := []string{
		"set timezone to " + quote(g.choose(zones...)), "set datestyle to '" + g.choose("ISO", "SQL", "German", "Postgres") + ", " + g.choose("MDY", "DMY", "YMD") + "'", "set intervalstyle to " + g.choose("postgres", "postgres_verbose", "sql_standard", "iso_8601"),
		"set extra_float_digits to " + g.choose("-15", "-3", "0", "1", "3"), "set bytea_output to " + g.choose("hex", "escape"),
	}
	t := g.choose("timestamptz", "timestamptz", "timestamp")
	v := quote(g.stamp()) + "::" + t
	i := quote(g.span()) + "::interval"
	e := g.choose(
		v+" + "+i, v+" - "+i, v, v+"::date", i, fmt.Sprintf("date_trunc(%s, %s)", quote(g.choose("day", "hour", "week", "month", "quarter", "year", "decade", "century", "millennium", "minute", "milliseconds")), v),
		fmt.Sprintf("date_trunc('day', %s, %s)", v, quote(g.choose(zones...))), fmt.Sprintf("%s at time zone %s", v, quote(g.choose(zones...))), fmt.Sprintf("extract(%s from %s)", g.choose("epoch", "timezone", "timezone_hour", "dow", "doy", "week", "isoyear", "julian", "century", "second"), v),
		fmt.Sprintf("age(%s, %s)", v, quote(g.stamp())+"::"+t), v+" - "+quote(g.stamp())+"::"+t, v+"::time", v+"::timetz", "("+v+")::text::"+t, fmt.Sprintf("generate_series(%s, %s + '3 days', '1 day')", v, v), "to_json("+v+")", "justify_interval("+i+")", i+" * "+g.choose("1.5", "-2", "0.1"), i+" / 3",
		"row("+v+", "+i+")", "array["+v+"]", fmt.Sprintf("tstzrange(%s::timestamptz, null)", quote(g.stamp())), "make_timestamptz("+fmt.Sprint(1970+g.IntN(80))+", 3, 10, 2, 30, 0, "+quote(g.choose(zones...))+")", fmt.Sprintf("date_bin('%s', %s, '2000-01-01')", g.choose("15 min", "1 day", "7 hours"), v), quote(g.stamp())+"::date + "+i, "("+v+")::date - date '2000-01-01'",
		g.value("double precision"), g.value("real"), g.value("bytea"), g.value("real")+"::float8", "array["+g.value("double precision")+"]", "to_jsonb("+g.value("double precision")+")", g.value("real")+"::text", g.value("double precision")+"::text", g.value("point"), "format('%s', "+g.value("real")+")", fmt.Sprintf("to_char(%s, 'YYYY-MM-DD HH24:MI:SS TZ OF')", v), "overlaps("+v+", "+i+", "+v+", "+i+")")
	return append(set, "select "+e)
}

// datetime makes texts of dates and times as inputs may have them.
func (g *valuer) datetime() []string {
	date := g.choose("2024-02-29", "2/29/2024", "29.02.2024", "Feb 29 2024", "29-Feb-2024", "Thursday, February 29, 2024", "20240229", "240229", "2024.060", "J2460370", "2024-13-01", "99-12-31", "1-2-3", "Jan 1, 44 BC", "0044-03-15 BC", "now", "today", "tomorrow", "yesterday", "epoch", "infinity", "+infinity", "-inf", "2024-1-1", "December 5", "5 December", "2024", "02-2024", "2024-W05", "12/31", "00-01-01", "10000-01-01", "2024-02-30", "31/12/1999")
	clock := g.choose("", " 12:34:56", " 12:34", "T12:34:56Z", " 123456", " 12:34:56.789123456", " 12:34 PM", " 0:30 AM", " 13:00 PM", " 24:00", " 24:00:01", " 23:59:60", " allballs", " 12:34:56,5", " t1234", " 1:2:3", " 12 am", " 12:34:56.1e1")
	zone := g.choose("", "", " UTC", "+05:30", "-08", " EST", " America/New_York", "Z", " EDT", "+0530", " +5", " -12:34:56", "+24", " BST", " PST8PDT", " Mars/Here", " zulu", " BC", " AD")
	if g.chance(15) {
		date, clock = strings.TrimSpace(clock), ""
	}
	if g.chance(10) {
		zone, clock = clock, zone
	}
	typ := g.choose("date", "timestamp", "timestamptz", "time", "timetz", "timestamp(0)", "time(1)")
	if strings.Contains(date, "now") || strings.Contains(date, "today") || strings.Contains(date, "day") || strings.Contains(date, "tomorrow") {
		date = "epoch"
	}
	if typ == "timetz" || typ == "timestamptz" {
		return []string{"set timezone to " + quote(g.choose("UTC", "America/New_York", "Asia/Kolkata")), "set datestyle to " + quote("ISO, "+g.choose("MDY", "DMY", "YMD")), fmt.Sprintf("select %s::%s", quote(date+clock+zone), typ)}
	}
	return []string{"set datestyle to " + quote("ISO, "+g.choose("MDY", "DMY", "YMD")), fmt.Sprintf("select %s::%s", quote(date+clock+zone), typ)}
}

// interval makes texts of intervals.
func (g *valuer) interval() string {
	n := g.choose("1", "-2", "+3", "1.5", "-0.25", "100000000000", "2147483647", ".5", "1e3", "0", "1.", "9223372036854")
	v := g.some(4, g.span(), n+" "+g.choose("day", "days", "d", "h", "hr", "hrs", "m", "mon", "mons", "y", "yr", "dec", "c", "cent", "mil", "ms", "us", "usec", "sec", "s", "week", "w", "timezone", "qtr", "foo", "")+" ", n+" ", "1-2 ", "-1-2 ", "3 4:05:06 ", "@ ", "ago ", "04:05 ", "P1Y2M3DT4H5M6S ", "P0001-02-03T04:05:06 ", "PT1.5H ", "P-1W ", "infinity ", "1:2:3:4 ")
	field := g.choose("", "", "", " year", " month", " day", " hour", " minute", " second", " year to month", " day to hour", " day to minute", " day to second", " hour to minute", " hour to second", " minute to second", " second(2)", " day to second(0)")
	if g.chance(50) {
		return fmt.Sprintf("select interval %s%s", quote(strings.TrimSpace(v)), field)
	}
	return fmt.Sprintf("select (%s::interval%s)", quote(strings.TrimSpace(v)), field)
}
