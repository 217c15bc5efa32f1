package planner_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
)

var column = regexp.MustCompile(`\bt\d+\.`)

// generator makes statements.
type generator struct {
	*rand.Rand
	scope []scopeColumn
	alias int
}

type scopeColumn struct{ sql, typ string }

func (g *generator) pick(s ...string) string { return s[g.IntN(len(s))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

var randomTypes = []string{"int4", "int8", "numeric", "float8", "text", "bool", "timestamptz", "date", "interval", "jsonb", "int4[]", "text[]", "timestamp", "time", "int4range", "bytea", "uuid", "inet", "varchar(5)", "numeric(10,2)", "int2", "float4"}

func (g *generator) typ() string { return randomTypes[g.IntN(len(randomTypes))] }

func (g *generator) literal(typ string) string {
	if g.chance(8) {
		return "null::" + typ
	}
	switch typ {
	case "int4":
		return g.pick("0", "1", "2", "-1", "7", "60", "600", "2147483647", "100", "(-2147483648)", "3")
	case "int8":
		return g.pick("0::int8", "1::int8", "9223372036854775807", "5000000000", "-3::int8", "42::int8")
	case "numeric":
		return g.pick("0.0", "1.5", "-2.25", "100.00", "0.001", "12345678901234567890.5", "'NaN'::numeric", "3::numeric", "1e5::numeric")
	case "float8":
		return g.pick("0::float8", "1.5::float8", "-2.5::float8", "1e100::float8", "'NaN'::float8", "'Infinity'::float8", "0.1::float8")
	case "text":
		return g.pick("''", "'a'", "'us-east-1'", "'prod'", "'ALL'", "'é'", "'a%b'", "'12'", "'fl-00abc025'", "'VPC'", "' x '") + "::text"
	case "bool":
		return g.pick("true", "false")
	case "timestamptz":
		return g.pick("'2024-03-01 00:00:00+00'", "'2024-02-29 12:34:56.789+05:30'", "'infinity'", "'1999-12-31 23:59:59.999999Z'") + "::timestamptz"
	case "timestamp":
		return g.pick("'2024-03-01 00:00:00'", "'2024-02-29 12:34:56.789'", "'-infinity'", "'2020-01-31 10:00'") + "::timestamp"
	case "date":
		return g.pick("'2024-02-29'", "'2024-03-31'", "'1900-01-01'", "'2024-12-31'") + "::date"
	case "interval":
		return g.pick("'1 day'", "'1 month -3 days 04:05:06'", "'-25 hours'", "'0'", "'1 year 2 mons'", "'00:00:00.000001'") + "::interval"
	case "jsonb":
		return g.pick(`'{"a": 1, "b": [1, 2, null]}'`, `'[]'`, `'null'`, `'"x"'`, `'[1, "a", {"k": true}]'`, `'12.50'`) + "::jsonb"
	case "time":
		return g.pick("'00:00'", "'12:34:56.789'", "'23:59:59.999999'") + "::time"
	case "int4range":
		return g.pick("'empty'", "'[1,5)'", "'(,)'", "'[3,)'", "'(,7]'", "'[60,600]'") + "::int4range"
	case "bytea":
		return g.pick(`'\\x'`, `'\\x00ff'`, `'abc'`, `'\\xdeadbeef'`) + "::bytea"
	case "uuid":
		return g.pick("'00000000-0000-0000-0000-000000000000'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'") + "::uuid"
	case "inet":
		return g.pick("'10.0.0.1'", "'192.168.1.5/24'", "'::1'", "'10.0.0.0/8'") + "::inet"
	case "varchar(5)":
		return g.pick("''", "'abc'", "'hello world'", "'é'") + "::varchar(5)"
	case "numeric(10,2)":
		return g.pick("0", "1.005", "-2.5", "99999999.99") + "::numeric(10,2)"
	case "int2":
		return g.pick("0", "1", "32767", "-7", "60") + "::int2"
	case "float4":
		return g.pick("0", "1.5", "-0.1", "3e38", "'NaN'") + "::float4"
	case "int4[]":
		return g.pick("array[1, 2, 3]", "'{}'::int4[]", "array[null, 5]", "array[1]", "'[2:3]={7,8}'::int4[]")
	case "text[]":
		return g.pick("array['a', 'b']", "'{}'::text[]", "array[null, 'x y', '']")
	}
	return "null::" + typ
}

// expr makes an expression of a type.
func (g *generator) expr(typ string, depth int) string {
	if depth <= 0 || g.chance(12) {
		var have []string
		for _, c := range g.scope {
			if c.typ == typ {
				have = append(have, c.sql)
			}
		}
		if len(have) > 0 && g.chance(75) {
			return g.pick(have...)
		}
		return g.literal(typ)
	}
	d := depth - 1
	e := func(t string) string { return g.expr(t, d) }
	switch g.IntN(14) {
	case 0:
		return fmt.Sprintf("case when %s then %s else %s end", e("bool"), e(typ), e(typ))
	case 1:
		return fmt.Sprintf("coalesce(%s, %s)", e(typ), e(typ))
	case 2:
		if typ != "jsonb" || true {
			return fmt.Sprintf("nullif(%s, %s)", e(typ), e(typ))
		}
	case 3:
		return fmt.Sprintf("%s(%s, %s)", g.pick("greatest", "least"), e(typ), e(typ))
	}
	f := fmt.Sprintf
	switch typ {
	case "int4":
		switch g.IntN(20) {
		case 12:
			return f("array_position(%s, %s)", e("int4[]"), e("int4"))
		case 13:
			return f("%s(%s)", g.pick("lower", "upper"), e("int4range"))
		case 14:
			return f("(%s %s %s)", e("int2"), g.pick("+", "*", "-"), e("int4"))
		case 15:
			return f("strpos(%s, %s)", e("text"), e("text"))
		case 16:
			return f("%s(%s)", g.pick("octet_length", "bit_length", "ascii", "char_length"), e("text"))
		case 17:
			return f("(%s ->> %s)::int4", g.pick(`'{"a": 1, "b": "2"}'::jsonb`, `'[3, 4]'::jsonb`), g.pick("'a'", "'b'", "0", "1"))
		case 18:
			return f("(select %s)", e("int4"))
		case 19:
			return f("masklen(%s)", e("inet"))
		case 0, 1, 2:
			return f("(%s %s %s)", e("int4"), g.pick("+", "-", "*", "/", "%", "&", "|", "#"), e("int4"))
		case 3:
			return f("length(%s)", e("text"))
		case 4:
			return f("position(%s in %s)", e("text"), e("text"))
		case 5:
			return f("(%s)::int4", e(g.pick("bool", "numeric", "float8", "int8")))
		case 6:
			return f("extract(%s from %s)::int4", g.pick("year", "month", "day", "hour", "dow", "doy", "week", "isodow", "minute", "second"), e(g.pick("timestamptz", "timestamp")))
		case 7:
			return f("abs(%s)", e("int4"))
		case 8:
			return f("(%s)[%s]", e("int4[]"), e("int4"))
		case 9:
			return f("%s(%s)", g.pick("cardinality", "array_ndims"), e("int4[]"))
		case 10:
			return f("(%s - %s)", e("date"), e("date"))
		default:
			return f("jsonb_array_length(case jsonb_typeof(%[1]s) when 'array' then %[1]s end)", e("jsonb"))
		}
	case "int8":
		switch g.IntN(4) {
		case 0, 1:
			return f("(%s %s %s)", e("int8"), g.pick("+", "-", "*", "/", "%"), e(g.pick("int8", "int4")))
		case 2:
			return f("(%s)::int8", e(g.pick("int4", "numeric")))
		default:
			return f("sign(%s)::int8", e("numeric"))
		}
	case "numeric":
		switch g.IntN(10) {
		case 6:
			return f("extract(%s from %s)", g.pick("epoch", "second", "milliseconds", "microseconds", "quarter", "century"), e(g.pick("timestamptz", "timestamp", "interval", "time")))
		case 7:
			return f("(%s)::numeric", e(g.pick("numeric(10,2)", "float4", "float8", "int2")))
		case 8:
			return f("(%s %s %s)", e("numeric(10,2)"), g.pick("+", "*", "/"), e("numeric"))
		case 9:
			return f("(jsonb_path_query_first(%s, %s))::numeric", e("jsonb"), g.pick("'$.a'", "'$[0] ? (@.type() == \"number\")'", "'$.b[*] ? (@ > 1)'"))
		case 0, 1, 2:
			return f("(%s %s %s)", e("numeric"), g.pick("+", "-", "*", "/", "%"), e(g.pick("numeric", "int4", "int8")))
		case 3:
			return f("round(%s, %s)", e("numeric"), g.pick("0", "1", "2", "-1"))
		case 4:
			return f("%s(%s)", g.pick("abs", "ceil", "floor", "trunc"), e("numeric"))
		default:
			return f("(%s)::numeric", e(g.pick("int4", "int8")))
		}
	case "float8":
		switch g.IntN(7) {
		case 4:
			return f("%s(%s)", g.pick("sin", "cos", "atan", "tanh", "cbrt", "radians"), e("float8"))
		case 5:
			return f("(%s %s %s)", e("float4"), g.pick("+", "-", "*"), e(g.pick("float4", "float8"))) + "::float8"
		case 6:
			return f("ln(abs(%s) + 1)", e("float8"))
		case 0, 1:
			return f("(%s %s %s)", e("float8"), g.pick("+", "-", "*", "/"), e(g.pick("float8", "int4")))
		case 2:
			return f("(%s)::float8", e(g.pick("int4", "int8")))
		default:
			return f("%s(%s)", g.pick("abs", "ceil", "floor", "trunc", "round", "sign"), e("float8"))
		}
	case "text":
		switch g.IntN(32) {
		case 19:
			return f("(%s)::text", e(g.pick("time", "int4range", "bytea", "uuid", "inet", "varchar(5)", "numeric(10,2)", "int2", "float4")))
		case 20:
			return f("(regexp_match(%s, %s))[1]", e("text"), g.pick("'([a-z]+)'", "'(\\d)'", "'^(.*)-'"))
		case 21:
			return f("overlay(%s placing %s from %s)", e("text"), e("text"), g.pick("1", "2", "5"))
		case 22:
			return f("encode(%s, %s)", e("bytea"), g.pick("'hex'", "'base64'", "'escape'"))
		case 23:
			return f("(row(%s, %s))::text", e(g.typ()), e(g.typ()))
		case 24:
			return f("%s(%s)", g.pick("host", "family", "abbrev", "text"), e("inet")) + "::text"
		case 25:
			return f("rpad(%s, 4, '.')", e("text"))
		case 26:
			return f("to_hex(%s)", e("int4"))
		case 27:
			return f("(%s)::varchar(5)", e("text")) + "::text"
		case 28:
			return f("array_to_string(regexp_split_to_array(%s, %s), '|')", e("text"), g.pick("'-'", "''", "'[aeiou]'"))
		case 29:
			return f("jsonb_pretty(%s)", e("jsonb"))
		case 30:
			return f("to_char(%s, %s)", e("interval"), g.pick("'HH24:MI:SS'", "'DD \"d\" HH12 MS'", "'YYYY MM'"))
		case 31:
			return f("quote_nullable(%s)", e(g.typ()))
		case 0, 1:
			return f("(%s || %s)", e("text"), e(g.pick("text", "int4", "numeric", "bool")))
		case 2:
			return f("%s(%s)", g.pick("upper", "lower", "initcap", "reverse", "btrim", "md5", "quote_literal", "quote_ident"), e("text"))
		case 3:
			return f("substr(%s, %s, %s)", e("text"), g.pick("1", "2", "-1", "0", "5"), g.pick("0", "1", "3", "100"))
		case 4:
			return f("replace(%s, %s, %s)", e("text"), e("text"), e("text"))
		case 5:
			return f("split_part(%s, %s, %s)", e("text"), g.pick("'-'", "':'", "''", "'/'"), g.pick("1", "2", "-1"))
		case 6:
			return f("(%s)::text", e(g.typ()))
		case 7:
			return f("(%s ->> %s)", e("jsonb"), g.pick("'env'", "'a'", "0", "-1", "'team'"))
		case 8:
			return f("lpad(%s, %s, %s)", e("text"), g.pick("0", "3", "12"), g.pick("'xy'", "''", "'é'"))
		case 9:
			return f("regexp_replace(%s, %s, %s)", e("text"), g.pick("'[a-c]+'", `'(\w)(\d)'`, "'^.'", "'-'"), g.pick("'X'", `'\1'`, `'<\&>'`))
		case 10:
			return f("concat_ws(%s, %s, %s)", g.pick("','", "''"), e(g.typ()), e(g.typ()))
		case 11:
			return f("left(%s, %s)", e("text"), e("int4")+" % 10")
		case 12:
			return f("translate(%s, 'abc-', 'xy')", e("text"))
		case 13:
			return f("to_char(%s, %s)", e(g.pick("timestamptz", "timestamp")), g.pick("'YYYY-MM-DD HH24:MI:SS.US'", "'Day, DD Mon YYYY'", "'IYYY-IW-ID Q J'", "'FMHH12:MI am'"))
		case 14:
			return f("to_char(%s, %s)", e(g.pick("numeric", "int4")), g.pick("'999,999.99'", "'FM0000'", "'S9.9EEEE'", "'RN'"))
		case 15:
			return f("array_to_string(%s, ',', %s)", e(g.pick("int4[]", "text[]")), g.pick("'*'", "null"))
		case 16:
			return f("format(%s, %s, %s)", g.pick("'%s-%s'", "'%L %I'", "'%2$s %1$10s|'"), e("text"), g.pick("'a b'", "'x'"))
		case 17:
			return f("jsonb_typeof(%s)", e("jsonb"))
		default:
			return f("substring(%s from %s)", e("text"), g.pick("'[0-9]+'", "'(.)b'", "'x*'"))
		}
	case "bool":
		switch g.IntN(22) {
		case 13:
			return f("((%s, %s) %s (%s, %s))", e("int4"), e("text"), g.pick("=", "<", ">=", "<>"), e("int4"), e("text"))
		case 14:
			return f("(%s %s %s)", e("int4range"), g.pick("&&", "@>", "<@", "<<", "-|-", "&<"), e("int4range"))
		case 15:
			return f("(%s %s %s)", e("int4[]"), g.pick("&&", "@>", "<@"), e("int4[]"))
		case 16:
			return f("(%s %sbetween %s%s and %s)", e("int4"), g.pick("", "not "), g.pick("", "symmetric "), e("int4"), e("int4"))
		case 17:
			return f("(%s %ssimilar to %s)", e("text"), g.pick("", "not "), g.pick("'%a%'", "'[a-f]+'", "'(a|b)_'"))
		case 18:
			return f("jsonb_path_exists(%s, %s)", e("jsonb"), g.pick("'$.a'", "'$.b[*] ? (@ == 2)'", "'$[*] ? (@.k == true)'"))
		case 19:
			return f("((%s, %s) overlaps (%s, %s))", e("date"), e("date"), e("date"), e("date"))
		case 20:
			return f("(%s %s %s)", e("inet"), g.pick("<<", ">>=", "&&", "<<="), e("inet"))
		case 21:
			return f("(%s is %sjson%s)", e("text"), g.pick("", "not "), g.pick("", " object", " array", " scalar", " value with unique keys"))
		case 0, 1, 2, 3:
			t := g.typ()
			return f("(%s %s %s)", e(t), g.pick("=", "<>", "<", "<=", ">", ">="), e(t))
		case 4:
			return f("(%s %s %s)", e("bool"), g.pick("and", "or"), e("bool"))
		case 5:
			return f("(not %s)", e("bool"))
		case 6:
			return f("(%s is %s)", e(g.typ()), g.pick("null", "not null"))
		case 7:
			t := g.typ()
			return f("(%s is %sdistinct from %s)", e(t), g.pick("", "not "), e(t))
		case 8:
			t := g.typ()
			return f("(%s %sin (%s, %s))", e(t), g.pick("", "not "), e(t), e(t))
		case 9:
			return f("(%s %s %s)", e("text"), g.pick("like", "not like", "ilike", "~", "~*", "^@"), g.pick("'%a%'", "'us%'", "'_'", "'fl-00abc1%'", "'.'"))
		case 10:
			return f("(%s %s %s)", e("jsonb"), g.pick("@>", "<@"), e("jsonb"))
		case 11:
			return f("(%s %s %s(%s))", e("int4"), g.pick("=", ">", "<>"), g.pick("any", "all"), e("int4[]"))
		default:
			return f("(%s is %s%s)", e("bool"), g.pick("", "not "), g.pick("true", "false", "unknown"))
		}
	case "timestamptz", "timestamp":
		switch g.IntN(6) {
		case 4:
			return f("date_bin('15 minutes', %s, '2001-01-01')", e(typ))
		case 5:
			return f("(%s at time zone %s)", e(map[string]string{"timestamptz": "timestamp", "timestamp": "timestamptz"}[typ]), g.pick("'UTC'", "'America/New_York'", "'+02'", "'Asia/Kolkata'"))
		case 0, 1:
			return f("(%s %s %s)", e(typ), g.pick("+", "-"), e("interval"))
		case 2:
			return f("date_trunc('%s', %s)", g.pick("day", "hour", "month", "week", "quarter", "year"), e(typ))
		default:
			return f("(%s)::%s", e(map[string]string{"timestamptz": "timestamp", "timestamp": g.pick("timestamptz", "date")}[typ]), typ)
		}
	case "date":
		switch g.IntN(3) {
		case 0:
			return f("(%s %s %s %% 1000)", e("date"), g.pick("+", "-"), e("int4"))
		default:
			return f("(%s)::date", e(g.pick("timestamptz", "timestamp")))
		}
	case "time":
		switch g.IntN(2) {
		case 0:
			return f("(%s + %s)", e("time"), e("interval"))
		default:
			return f("(%s)::time", e(g.pick("timestamp", "timestamptz", "interval")))
		}
	case "int4range":
		switch g.IntN(3) {
		case 0:
			return f("(%s * %s)", e("int4range"), e("int4range"))
		case 1:
			return f("int4range(least(%[1]s, %[2]s), greatest(%[1]s, %[2]s), %[3]s)", e("int4"), e("int4"), g.pick("'[]'", "'()'", "'[)'"))
		default:
			return f("range_merge(%s, %s)", e("int4range"), e("int4range"))
		}
	case "bytea":
		switch g.IntN(3) {
		case 0:
			return f("(%s || %s)", e("bytea"), e("bytea"))
		case 1:
			return f("convert_to(%s, 'UTF8')", e("text"))
		default:
			return f("%s(%s)", g.pick("sha256", "sha224"), e("bytea"))
		}
	case "inet":
		switch g.IntN(3) {
		case 0:
			return f("(%s + %s %% 100)", e("inet"), e("int4"))
		case 1:
			return f("%s(%s)::inet", g.pick("network", "broadcast", "netmask", "hostmask"), e("inet"))
		default:
			return f("(%s & %s)", g.literal("inet"), g.literal("inet"))
		}
	case "varchar(5)", "numeric(10,2)":
		return f("(%s)::%s", e(map[string]string{"varchar(5)": "text", "numeric(10,2)": "numeric"}[typ]), typ)
	case "int2":
		return f("(%s)::int2", e(g.pick("int4", "numeric")))
	case "float4":
		return f("(%s)::float4", e(g.pick("float8", "int4", "numeric")))
	case "interval":
		switch g.IntN(5) {
		case 0:
			return f("(%s %s %s)", e("interval"), g.pick("+", "-"), e("interval"))
		case 1:
			return f("(%s * %s)", e("interval"), g.pick("2", "0.5", "-1", "1.1"))
		case 2:
			return f("%s(%s)", g.pick("justify_hours", "justify_days", "justify_interval", "-"), e("interval"))
		case 3:
			return f("(%s - %s)", e("timestamp"), e("timestamp"))
		default:
			return f("age(%s, %s)", e("timestamp"), e("timestamp"))
		}
	case "jsonb":
		switch g.IntN(12) {
		case 6:
			return f("jsonb_set(%s, %s, %s)", g.literal("jsonb"), g.pick("'{a}'", "'{b,0}'", "'{2,k}'"), e("jsonb"))
		case 7:
			return f("(%s || %s)", e("jsonb"), e("jsonb"))
		case 8:
			return f("jsonb_strip_nulls(%s)", e("jsonb"))
		case 9:
			return f("to_jsonb(row(%s, %s))", e(g.typ()), e(g.typ()))
		case 10:
			return f("(%s)[%s]", e("jsonb"), g.pick("'a'", "0", "'b'"))
		case 11:
			return f("jsonb_path_query_array(%s, %s)", e("jsonb"), g.pick("'$.*'", "'$.b[*]'", "'$.** ? (@.type() == \"string\")'", "'$[*].size()'"))
		case 0:
			return f("(%s -> %s)", e("jsonb"), g.pick("'a'", "0", "'env'", "-1"))
		case 1:
			return f("to_jsonb(%s)", e(g.typ()))
		case 2:
			return f("jsonb_build_object('k', %s, 'l', %s)", e(g.typ()), e(g.typ()))
		case 3:
			return f("jsonb_build_array(%s, %s)", e(g.typ()), e(g.typ()))
		case 4:
			return f("(case when jsonb_typeof(%[1]s) in ('object', 'array') then %[1]s - 'a' end)", e("jsonb"))
		default:
			return f("(%s #> '{b,1}')", e("jsonb"))
		}
	case "int4[]":
		switch g.IntN(5) {
		case 0:
			return f("(%s || %s)", e("int4[]"), e(g.pick("int4", "int4[]")))
		case 1:
			return f("array[%s, %s]", e("int4"), e("int4"))
		case 2:
			return f("array_remove(%s, %s)", e("int4[]"), e("int4"))
		case 3:
			return f("(%s)[%s:%s]", e("int4[]"), g.pick("1", "2", "0", ""), g.pick("2", "1", ""))
		default:
			return f("array_append(%s, %s)", e("int4[]"), e("int4"))
		}
	case "text[]":
		switch g.IntN(3) {
		case 0:
			return f("string_to_array(%s, %s)", e("text"), g.pick("'-'", "''", "null", "':'"))
		case 1:
			return f("array[%s, %s]", e("text"), e("text"))
		default:
			return f("(%s || %s)", e("text[]"), e("text"))
		}
	}
	return g.literal(typ)
}
