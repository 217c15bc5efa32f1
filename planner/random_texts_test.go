package planner_test

import (
	"fmt"
	"strconv"
	"strings"
)

var datePatterns = []string{"YYYY", "YYY", "YY", "Y", "Y,YYY", "IYYY", "IYY", "IY", "I", "MM", "MON", "Mon", "mon", "MONTH", "Month", "month", "RM", "rm", "DD", "D", "ID", "DDD", "IDDD", "DAY", "Day", "day", "DY", "Dy", "dy", "W", "WW", "IW", "CC", "J", "Q", "BC", "bc", "B.C.", "AD", "a.d.", "HH", "HH12", "HH24", "MI", "SS", "SSSS", "SSSSS", "MS", "US", "FF1", "FF3", "FF6", "AM", "PM", "a.m.", "TZ", "tz", "OF", "TZH", "TZM", "FM", "TH", "th", "TM", "FX", "SP", "-", "/", " ", ":", ".", ",", "\"x\"", "\\\"", "é", "T", "FMMonth", "DDth", "YYYYth", "Z"}

// toChar formats dates, intervals and numbers by random patterns.
func (g *valuer) toChar() string {
	if g.chance(50) {
		v := g.choose(quote(g.stamp())+"::timestamp", quote(g.stamp())+"::timestamptz", quote(g.span())+"::interval")
		return fmt.Sprintf("select to_char(%s, %s)", v, quote(g.some(5, datePatterns...)))
	}
	v := g.choose(g.value("numeric"), g.value("integer"), g.value("bigint"), g.value("double precision"), g.value("real"), "0.5", "-0.05", "1234567.891", "999.995", "-1", "485", "4000")
	return fmt.Sprintf("select to_char(%s, %s)", v, quote(g.some(7, numberPatterns...)))
}

var numberPatterns = []string{"9", "99", "0", "00", ".", "D", ",", "G", "S", "MI", "PL", "SG", "PR", "L", "FM", "EEEE", "RN", "rn", "TH", "th", "V", "B", "9", "9", "0", " ", "\"a\"", "x", "999", "FM9", "-", "+"}

// fromChar reads texts by random patterns.
func (g *valuer) fromChar() string {
	if g.chance(35) {
		return fmt.Sprintf("select to_number(%s, %s)", quote(g.some(6, "1", "23", "456", ".", ",", "-", "+", " ", "<", ">", "$", "e", "th", "IV", "0")), quote(g.some(6, numberPatterns...)))
	}
	var pattern, text strings.Builder
	for range 1 + g.IntN(5) {
		p := g.choose(datePatterns...)
		pattern.WriteString(p)
		text.WriteString(g.choose("2024", "12", "2", "31", "Feb", "february", "FEB", "Thu", "Thursday", "pm", "AM", "BC", "+05", "-0330", "EST", "123456", "60", "II", "xii", "24", "99", "0", "4", " ", "-"))
		if g.chance(60) {
			sep := g.choose("-", " ", "/", ":", "")
			pattern.WriteString(sep)
			text.WriteString(g.choose(sep, sep, " ", ".", ""))
		}
	}
	return fmt.Sprintf("select %s(%s, %s)", g.choose("to_timestamp", "to_date"), quote(text.String()), quote(pattern.String()))
}

func (g *valuer) text() string {
	return g.some(4, "a", "b", "ab", "A", "é", "ß", " ", "-", "1", "23", "_", "%", "\\", ".", "\n", "foo", "x", "(", "日", "'", "\"", "ǅ", "")
}

// regexp makes regular expressions of every construct.
func (g *valuer) regexp() string {
	var re func(d int) string
	re = func(d int) string {
		atom := g.choose("a", "b", "1", ".", "[ab]", "[^a]", "[[:alpha:]]", "[[:digit:]-]", `\d`, `\w`, `\s`, `\D`, `\W`, "[a-c1-3]", `\.`, "é", "x", "^", "$", `\m`, `\M`, `\y`, `\Y`, `\A`, `\Z`, "[[:<:]]", `[\d_]`, `\x41`, `\u00e9`, "(?:a)", "()", "[]a]", "[[.-.]]", "[[=a=]]", "foo", "[[:upper:]]", `[\w]`)
		if d > 0 && g.chance(50) {
			atom = g.choose("(", "(?:", "(", "(?=", "(?!", "(?<=", "(?<!") + re(d-1) + g.choose("", "", "|"+re(d-1)) + ")"
		}
		if g.chance(40) {
			atom += g.choose("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}?", "{2,}", "{0}", "{,2}")
		}
		if g.chance(50) {
			atom += re(max(0, d-1))
		}
		if g.chance(8) {
			atom += `\1`
		}
		return atom
	}
	pattern := g.choose("", "", "", "", "(?i)", "(?x)", "(?n)", "***=", "***:", "(?b)", "(?q)", "(?e)", "(?w)", "(?s)") + re(2)
	flags := g.choose("", "g", "i", "gi", "n", "x", "s", "p", "w", "q", "b", "e", "c", "m", "gn", "z", "ix")
	s, p, f := quote(g.text()+g.text()), quote(pattern), quote(flags)
	return "select " + g.choose(s+" ~ "+p, s+" ~* "+p, "regexp_match("+s+", "+p+", "+quote(strings.ReplaceAll(flags, "g", ""))+")", "regexp_matches("+s+", "+p+", "+f+")", fmt.Sprintf("regexp_replace(%s, %s, %s, %s)", s, p, quote(g.some(3, "X", `\1`, `\&`, `\\`, `\2`, "é", `\`)), f),
		fmt.Sprintf("regexp_split_to_array(%s, %s, %s)", s, p, quote(strings.ReplaceAll(flags, "g", ""))), fmt.Sprintf("regexp_count(%s, %s, %d, %s)", s, p, 1+g.IntN(3), quote(strings.ReplaceAll(flags, "g", ""))), fmt.Sprintf("regexp_instr(%s, %s, 1, %d, %d, %s, %d)", s, p, 1+g.IntN(2), g.IntN(2), quote(strings.ReplaceAll(flags, "g", "")), g.IntN(3)),
		fmt.Sprintf("regexp_substr(%s, %s, %d, %d)", s, p, 1+g.IntN(2), 1+g.IntN(2)), fmt.Sprintf("regexp_like(%s, %s)", s, p), fmt.Sprintf("substring(%s from %s)", s, p), fmt.Sprintf("regexp_replace(%s, %s, 'Y', %d, %d)", s, p, 1+g.IntN(3), g.IntN(3)), fmt.Sprintf("regexp_split_to_table(%s, %s)", s, p))
}

// like makes LIKE and SIMILAR TO with random escapes.
func (g *valuer) like() string {
	p := g.some(5, "%", "_", "a", "b", `\`, "é", "!", "A", "1", "-", "%%", "foo")
	escape := g.choose("", "", "", " escape '!'", " escape ''", ` escape '\'`, " escape 'a'", " escape 'é'", " escape '!!'", " escape null")
	if g.chance(50) {
		return fmt.Sprintf("select %s %s%s %s%s", quote(g.text()+g.text()), g.choose("", "not "), g.choose("like", "ilike"), quote(p), escape)
	}
	p = g.some(6, "%", "_", "a", "b", "(", ")", "|", "*", "+", "?", "{2}", "[ab]", "[^a]", `\`, ".", "^", "$", "!", "é", "(a|b)", `\"`, "[[:alpha:]]")
	if g.chance(30) {
		return fmt.Sprintf("select substring(%s similar %s escape %s)", quote(g.text()), quote(g.some(2, "a", "%", "_")+`#"`+g.some(2, "a", "%", "_", "b")+`#"`+g.some(2, "%", "_")), g.choose("'#'", "'#'", "'!'", "''"))
	}
	return fmt.Sprintf("select %s %ssimilar to %s%s", quote(g.text()), g.choose("", "not "), quote(p), escape)
}

// format calls format().
func (g *valuer) format() string {
	f := g.some(5, "%s", "%I", "%L", "%%", "%1$s", "%2$L", "%-10s", "%10s", "%*s", "%-*s", "%1$*2$s", "%0$s", "%x", "%", "a", "%3$I", "%*1$L", "% s", "%5I", "%-5L|", "%1s", "%99999999999s")
	var args []string
	for range g.IntN(4) {
		args = append(args, g.choose(g.loose(g.choose("text", "integer", "boolean", "date", "numeric", "jsonb", "text[]")), "'a b'", "null", "'Sel''ect'", "5", "-7", "'select'", `'a\b'`))
	}
	if g.chance(10) {
		return fmt.Sprintf("select format(%s, variadic array[%s]::text[])", quote(f), strings.Join(args, ", "))
	}
	return fmt.Sprintf("select format(%s)", strings.Join(append([]string{quote(f)}, args...), ", "))
}

// strings calls string functions with odd arguments.
func (g *valuer) strings() string {
	s := func() string {
		if g.chance(5) {
			return "null"
		}
		return quote(g.text() + g.text())
	}
	n := func() string {
		return g.choose("0", "1", "2", "-1", "-2", "3", "5", "10", "2147483647", "-2147483648", "null", "100")
	}
	b := func() string {
		return quote(g.some(4, `\\x`, "a", `\\000`, `\\377`, `\\`, "00", "ff", "é")) + "::bytea"
	}
	return "select " + g.choose(
		fmt.Sprintf("substring(%s from %s for %s)", s(), n(), n()), fmt.Sprintf("substr(%s, %s)", s(), n()), fmt.Sprintf("overlay(%s placing %s from %s for %s)", s(), s(), n(), n()), fmt.Sprintf("overlay(%s placing %s from %s)", s(), s(), n()),
		fmt.Sprintf("lpad(%s, %s %% 30, %s)", s(), n(), s()), fmt.Sprintf("rpad(%s, %s %% 30, %s)", s(), n(), s()), fmt.Sprintf("split_part(%s, %s, %s)", s(), s(), n()), fmt.Sprintf("left(%s, %s)", s(), n()), fmt.Sprintf("right(%s, %s)", s(), n()),
		fmt.Sprintf("repeat(%s, %s %% 5)", s(), n()), fmt.Sprintf("translate(%s, %s, %s)", s(), s(), s()), fmt.Sprintf("replace(%s, %s, %s)", s(), s(), s()), fmt.Sprintf("position(%s in %s)", s(), s()), fmt.Sprintf("%s(%s, %s)", g.choose("btrim", "ltrim", "rtrim"), s(), s()),
		fmt.Sprintf("trim(%s %s from %s)", g.choose("both", "leading", "trailing"), s(), s()), fmt.Sprintf("string_to_array(%s, %s, %s)", s(), s(), s()), fmt.Sprintf("initcap(%s)", s()), fmt.Sprintf("upper(%s)", s()), fmt.Sprintf("lower(%s)", s()), fmt.Sprintf("ascii(%s)", s()), fmt.Sprintf("chr(%s)", n()), fmt.Sprintf("quote_ident(%s)", s()), fmt.Sprintf("quote_literal(%s)", s()),
		fmt.Sprintf("parse_ident(%s, %s)", quote(g.some(4, "a", "B", ".", `"x y"`, " ", "1", "é", `"`, "_")), g.choose("true", "false")), fmt.Sprintf("encode(%s, %s)", b(), g.choose("'hex'", "'base64'", "'escape'", "'HEX'", "'foo'")), fmt.Sprintf("decode(%s, %s)", quote(g.some(5, "ab", "0", "=", "YQ", "==", " ", "z", `\\001`, `\\`, "ff", "\n")), g.choose("'hex'", "'base64'", "'escape'")),
		fmt.Sprintf("substring(%s from %s for %s)", b(), n(), n()), fmt.Sprintf("get_byte(%s, %s)", b(), n()), fmt.Sprintf("set_byte(%s, %s, %s)", b(), n(), n()), fmt.Sprintf("get_bit(%s, %s)", b(), n()), fmt.Sprintf("set_bit(%s, %s, 1)", b(), n()), fmt.Sprintf("overlay(%s placing %s from %s)", b(), b(), n()), fmt.Sprintf("position(%s in %s)", b(), b()), fmt.Sprintf("btrim(%s, %s)", b(), b()),
		fmt.Sprintf("convert_from(%s, %s)", b(), g.choose("'UTF8'", "'LATIN1'", "'WIN1252'", "'SQL_ASCII'", "'x'")), fmt.Sprintf("convert_to(%s, %s)", s(), g.choose("'UTF8'", "'LATIN1'", "'EUC_JP'", "'WIN1251'")), fmt.Sprintf("normalize(%s, %s)", s(), g.choose("NFC", "NFD", "NFKC", "NFKD")), fmt.Sprintf("%s is %snormalized", s(), g.choose("", "NFD ", "not ")), fmt.Sprintf("unistr(%s)", quote(g.some(4, `\0041`, `\+01F600`, `\u00e9`, `\U0001F600`, `\\`, "a", `\d83d`, `\x`))), fmt.Sprintf("starts_with(%s, %s)", s(), s()),
		fmt.Sprintf("string_to_table(%s, %s)", s(), s()), fmt.Sprintf("to_hex(%s)", n()), fmt.Sprintf("bit_count(%s)", b()), fmt.Sprintf("%s collate %s", s(), g.choose(`"C"`, `"POSIX"`, `"ucs_basic"`, `"nope"`)), fmt.Sprintf("concat_ws(%s, %s, %s, null, %s)", s(), s(), n(), s()), fmt.Sprintf("%s::\"char\"", s()), fmt.Sprintf("%s::char(3) || %s", s(), s()), fmt.Sprintf("%s::name", s()), fmt.Sprintf("%s < %s", s(), s()), fmt.Sprintf("%s::char(4) = %s::char(5)", s(), s()), fmt.Sprintf("length(%s::char(4))", s()), fmt.Sprintf("E%s", s()), fmt.Sprintf("U&%s", quote(g.some(3, `\0041`, `a`, `\+01F600`, `\\`, `\00`))), fmt.Sprintf("B'%s' %s B'%s'", g.some(4, "0", "1"), g.choose("&", "|", "#", "||", "=", "<"), g.some(4, "0", "1")), fmt.Sprintf("X'%s' %s %s", g.some(3, "a", "1F", "0"), g.choose("<<", ">>"), n()))
}

// jsonpath makes paths.
func (g *valuer) jsonpath() string {
	var path func(d int) string
	value := func() string {
		return g.choose("1", "2.5", `"a"`, "true", "null", "$", "@", "$x", "-1", `"2024-02-29"`, "@.a", "@.b[0]", "$.a")
	}
	var predicate func(d int) string
	predicate = func(d int) string {
		p := g.choose(value()+" "+g.choose("==", "!=", "<", ">", "<=", ">=", "<>")+" "+value(), "exists("+path(0)+")", `@ like_regex "`+g.choose("a", "^.", "[", "A")+`"`+g.choose("", ` flag "i"`, ` flag "q"`, ` flag "x"`, ` flag "z"`), "@ starts with "+g.choose(`"a"`, "$x", "1"), "("+value()+" > 1) is unknown")
		if d > 0 && g.chance(40) {
			p = g.choose("("+p+") && ("+predicate(d-1)+")", "!("+p+")", "("+p+") || ("+predicate(d-1)+")")
		}
		return p
	}
	path = func(d int) string {
		out := g.choose("$", "$", "$", "@", "$x")
		if d == 2 {
			out = "$"
		}
		for range g.IntN(4) {
			out += g.choose(".a", ".b", ".*", "[*]", "[0]", "[last]", "[1 to 2]", "[0, last]", ".**", ".**{1}", ".**{0 to 1}", ".**{last}", `."a b"`, ".size()", ".type()", ".double()", ".ceiling()", ".floor()", ".abs()", ".keyvalue()", ".datetime()", `.datetime("YYYY-MM-DD")`, "[-1]", "[$x]", "[last - 1]", ".keyvalue().key", "[1.7]", `["a"]`)
			if d > 0 && g.chance(35) {
				out += " ? (" + predicate(1) + ")"
			}
		}
		if d > 0 && g.chance(15) {
			out = g.choose("-", "+", "") + "(" + out + ") " + g.choose("+", "-", "*", "/", "%") + " " + g.choose("1", "2.5", "0", "$.a", "$x")
		}
		return out
	}
	p := g.choose("", "", "lax ", "strict ") + path(2)
	if g.chance(10) {
		p += " " + g.choose("== 1", "> 0", "&& true", "+ 1", "starts with \"a\"", "? (@ > 1)")
	}
	doc := quote(g.json(3)) + "::jsonb"
	vars := g.choose("", "", `, '{"x": 1}'`, `, '{"x": "a"}'`, `, '{"x": [1,2]}', true`, `, '{}', true`, `, '{}', false`, ", '[]'")
	if g.chance(10) {
		return fmt.Sprintf("select %s::jsonpath", quote(p))
	}
	return "select " + g.choose("jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_path_exists", "jsonb_path_match", "jsonb_path_query_tz", "jsonb_path_exists_tz") + fmt.Sprintf("(%s, %s%s)", doc, quote(p), vars)
}

func (g *valuer) json(d int) string {
	if d == 0 || g.chance(25) {
		return g.choose("1", "0", "-2.5", "true", "false", "null", `"a"`, `"abc"`, `"2024-02-29"`, `"12:34"`, "1e2", `""`, "100.00", `"\u00e9\n"`)
	}
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, g.json(d-1))
	}
	if g.chance(50) {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for i := range parts {
		parts[i] = g.choose(`"a"`, `"b"`, `"c"`, `"a b"`, `""`) + ": " + parts[i]
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// sqljson makes SQL/JSON constructors and json functions over random documents.
func (g *valuer) sqljson() string {
	doc := func() string { return quote(g.json(3)) }
	v := func() string {
		return g.loose(g.choose("integer", "text", "boolean", "numeric", "jsonb", "json", "date", "text[]"))
	}
	t := g.choose("json", "jsonb")
	return "select " + g.choose(
		fmt.Sprintf("json_object(%s: %s, 'k' value %s%s%s)", g.choose("'a'", "'k'", "1", "null"), v(), v(), g.choose("", " null on null", " absent on null"), g.choose("", " with unique keys", " without unique keys")),
		fmt.Sprintf("json_array(%s, %s%s%s)", v(), v(), g.choose("", " null on null", " absent on null"), g.choose("", " returning jsonb", " returning text", " returning varchar(5)", " returning bytea")),
		fmt.Sprintf("%s is %sjson%s%s", doc(), g.choose("", "not "), g.choose("", " value", " array", " object", " scalar"), g.choose("", " with unique keys", " without unique keys")),
		fmt.Sprintf("json_arrayagg(x%s%s) from (values (%s), (%s)) v(x)", g.choose("", " order by x"), g.choose("", " absent on null", " null on null"), quote("b"), g.choose("'a'", "null")), fmt.Sprintf("json_objectagg(k: v%s%s) from (values ('a', 1), (%s, null)) v(k, v)", g.choose("", " absent on null"), g.choose("", " with unique keys"), g.choose("'a'", "'b'", "null")),
		fmt.Sprintf("jsonb_set(%s, %s, %s, %s)", doc(), quote(g.arrayPath()), doc(), g.choose("true", "false")), fmt.Sprintf("jsonb_insert(%s, %s, %s, %s)", doc(), quote(g.arrayPath()), doc(), g.choose("true", "false")), fmt.Sprintf("jsonb_set_lax(%s, %s, %s, true, %s)", doc(), quote(g.arrayPath()), g.choose("null", doc()), g.choose("'delete_key'", "'return_target'", "'raise_exception'", "'use_json_null'", "'x'")),
		fmt.Sprintf("%s::%s #> %s", doc(), t, quote(g.arrayPath())), fmt.Sprintf("%s::%s #>> %s", doc(), t, quote(g.arrayPath())), fmt.Sprintf("%s::jsonb #- %s", doc(), quote(g.arrayPath())), fmt.Sprintf("%s::jsonb - %s", doc(), g.choose("'a'", "0", "-1", "array['a', 'b']", "'a'::text")), fmt.Sprintf("%s::jsonb || %s::jsonb", doc(), doc()),
		fmt.Sprintf("%s::jsonb %s %s::jsonb", doc(), g.choose("@>", "<@", "=", "<", ">", "<>"), doc()), fmt.Sprintf("%s_strip_nulls(%s)", t, doc()), fmt.Sprintf("jsonb_pretty(%s)", doc()), fmt.Sprintf("%s_typeof(%s)", t, doc()), fmt.Sprintf("%s_array_length(%s)", t, doc()), fmt.Sprintf("%s_array_elements%s(%s)", t, g.choose("", "_text"), doc()), fmt.Sprintf("* from %s_each%s(%s)", t, g.choose("", "_text"), doc()), fmt.Sprintf("%s_object_keys(%s)", t, doc()), fmt.Sprintf("%s_extract_path%s(%s, 'a', '0')", t, g.choose("", "_text"), doc()),
		fmt.Sprintf("* from %s_to_record(%s) as x(a int, b text, c jsonb)", t, doc()), fmt.Sprintf("* from %s_to_recordset(%s) as x(a text, b int[])", t, doc()), fmt.Sprintf("(%s::jsonb)[%s]", doc(), g.choose("'a'", "0", "-1", "'b'", "null", "1.5", "'0'")), fmt.Sprintf("(%s::jsonb)['a'][%s]", doc(), g.choose("'a'", "0", "1")), fmt.Sprintf("(%s::jsonb)::%s", doc(), g.choose("int", "numeric", "bool", "float8", "text", "int8", "int2")), fmt.Sprintf("%s::jsonb ? 'a'", doc()), fmt.Sprintf("%s::%s", quote(g.json(2)+g.choose("", " ", ",", "}", "]", "x", ":")), t), fmt.Sprintf("to_%s(%s)", t, v()), fmt.Sprintf("%s_build_object(%s, %s)", t, v(), v()), fmt.Sprintf("json_object(%s)", quote("{"+g.some(4, "a,", "b,", "c", "\"x y\",", "null,")+"}")), fmt.Sprintf("row_to_json(row(%s, %s), %s)", v(), v(), g.choose("true", "false")), fmt.Sprintf("array_to_json(array[%s, %s])", doc(), doc()), fmt.Sprintf("* from jsonb_populate_record(null::information_schema.sql_features, %s)", quote(`{"feature_id": `+g.json(1)+`, "is_supported": `+g.choose(`"YES"`, `"MAYBE"`, "null", "1")+"}")))
}

func (g *valuer) arrayPath() string {
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, g.choose("a", "b", "0", "1", "-1", "c", "a b", "\"\"", "null", "99"))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// textsearch makes queries and vectors.
func (g *valuer) textsearch() string {
	q := quote(g.some(6, "fat", "cat", " & ", " | ", "!", " <-> ", " <2> ", "(", ")", ":*", ":A", " ", "rat", "the", "'a b'", "<0>", "running", "é"))
	v := quote(g.some(5, "a ", "b:1 ", "c:2A,3B ", "'x y':4 ", "fat:9 ", "cat:1,5 ", "\\\\ ", "é:1 ", "d:99999 ", "e:0 "))
	t := quote(g.some(6, "The fat cat ", "sat on a mat. ", "foo@example.com ", "http://x.org/a?b=1 ", "running runs ", "-12.5e3 ", "it's ", "naïve ", "/usr/bin ", "well-known ", "\"quoted phrase\" ", "or ", "-rat ", "<b>tag</b> "))
	c := g.choose("'english', ", "'simple', ", "'german', ")
	return "select " + g.choose(q+"::tsquery", v+"::tsvector", fmt.Sprintf("to_tsquery(%s%s)", c, q), fmt.Sprintf("plainto_tsquery(%s%s)", c, t), fmt.Sprintf("phraseto_tsquery(%s%s)", c, t), fmt.Sprintf("websearch_to_tsquery(%s%s)", c, t), fmt.Sprintf("to_tsvector(%s%s)", c, t), fmt.Sprintf("to_tsvector(%s%s) @@ to_tsquery(%s%s)", c, t, c, q), fmt.Sprintf("ts_headline(%s%s, to_tsquery(%s%s))", c, t, c, q), fmt.Sprintf("ts_rank(%s::tsvector, %s::tsquery)", v, q), fmt.Sprintf("ts_rank_cd(%s::tsvector, %s::tsquery, %d)", v, q, g.IntN(33)), fmt.Sprintf("ts_parse('default', %s)", t), fmt.Sprintf("* from ts_debug('english', %s)", t), fmt.Sprintf("setweight(%s::tsvector, 'B')", v), fmt.Sprintf("ts_filter(%s, '{a,b}')", v), fmt.Sprintf("strip(%s::tsvector) || %s::tsvector", v, v), fmt.Sprintf("%s::tsvector @@ %s::tsquery", v, q), fmt.Sprintf("querytree(%s)", q), fmt.Sprintf("numnode(%s)", q), fmt.Sprintf("ts_rewrite(%s, 'fat', 'cat|rat')", q), fmt.Sprintf("tsquery_phrase(%s, 'cat', %d)", q, g.IntN(5)), fmt.Sprintf("unnest(%s::tsvector)", v), fmt.Sprintf("to_tsvector('english', %s::jsonb)", quote(g.json(2))), fmt.Sprintf("ts_delete(%s, 'a')", v), fmt.Sprintf("%s::tsquery && 'x' || !!'y'::tsquery", q))
}

// number makes a decimal number.
func (g *valuer) number() string {
	out := g.choose("", "", "-") + g.choose("0", "1", strconv.Itoa(g.IntN(1000)), "99999999999999999999", "12345678901234567890123456789", "1e"+strconv.Itoa(g.IntN(60)-30), "0.000"+strconv.Itoa(g.IntN(100000)), strconv.Itoa(g.IntN(100000))+"."+strconv.Itoa(g.IntN(100000000)), "1.5", "2", "0.5", "3.00", "NaN", "Infinity", "1e100", "1e-100", "7.000000000000000000001", "10")
	if strings.HasSuffix(out, "NaN") {
		out = "NaN"
	}
	return quote(out) + "::numeric"
}

// numeric makes arithmetic with extremes.
func (g *valuer) numeric() string {
	n, m := g.number(), g.number()
	f := func() string {
		return g.choose(g.value("double precision"), g.value("real"), quote(strconv.FormatFloat(g.NormFloat64()*1e3, 'g', -1, 64))+"::float8", quote(strconv.FormatFloat(g.ExpFloat64(), 'g', 7, 64))+"::float4", "'1e308'::float8", "'5e-324'::float8", "'1.17549e-38'::float4")
	}
	i := func() string { return g.value(g.choose("smallint", "integer", "bigint")) }
	return "select " + g.choose(
		n+" "+g.choose("+", "-", "*", "/", "%", "=", "<")+" "+m, n+" / "+m, fmt.Sprintf("power(%s, %s)", g.number(), g.choose("2", "0.5", "-1", "10", "3.7", "0", m)), fmt.Sprintf("%s ^ %s", f(), g.choose("2", "0.5", "-1", f())), fmt.Sprintf("%s(%s)", g.choose("sqrt", "ln", "exp", "log", "log10", "ceil", "floor", "sign", "abs", "trunc", "round", "scale", "min_scale", "trim_scale", "factorial"), g.choose(n, "2.5", "100", "0.0001", "1000.5")), fmt.Sprintf("log(%s, %s)", n, m), fmt.Sprintf("%s(%s, %d)", g.choose("round", "trunc"), n, g.IntN(12)-5), fmt.Sprintf("div(%s, %s)", n, m), fmt.Sprintf("mod(%s, %s)", n, m), fmt.Sprintf("gcd(%s, %s)", n, m), fmt.Sprintf("lcm(%s, %s)", n, m), fmt.Sprintf("width_bucket(%s, %s, %s, %d)", n, m, g.number(), g.IntN(6)),
		fmt.Sprintf("%s(%s)", g.choose("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cot", "sind", "cosd", "tand", "asind", "acosd", "atand", "degrees", "radians", "cbrt", "exp", "ln", "log", "sqrt", "round", "ceil", "sign", "erf", "erfc"), f()), fmt.Sprintf("%s %s %s", f(), g.choose("+", "-", "*", "/", "<", "="), f()), fmt.Sprintf("(%s)::%s", f(), g.choose("int2", "int4", "int8", "numeric", "real", "text", "numeric(10,3)")), fmt.Sprintf("(%s)::%s", n, g.choose("int2", "int4", "int8", "real", "float8", "numeric(10,3)", "numeric(5,-2)", "money", "text")), fmt.Sprintf("%s %s %s", i(), g.choose("+", "-", "*", "/", "%", "&", "|", "#", "<<", ">>"), i()), fmt.Sprintf("atan2(%s, %s)", f(), f()), fmt.Sprintf("width_bucket(%s, %s, %s, %d)", f(), f(), f(), g.IntN(6)), fmt.Sprintf("(%s)::text::numeric::float8", f()), fmt.Sprintf("avg(x), sum(x), stddev(x), var_pop(x) from (values (%s), (%s), (%s)) v(x)", n, m, g.number()), fmt.Sprintf("avg(x), sum(x), stddev(x), variance(x) from (values (%s), (%s), (%s)) v(x)", f(), f(), f()), fmt.Sprintf("%s(x, y) from (values (%s, %s), (%s, %s), (1.5, 2.5)) v(x, y)", g.choose("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_sxy"), f(), f(), f(), f()), fmt.Sprintf("generate_series(%s, %s, %s)", g.choose("1.5", "0", "-2"), g.choose("3", "5.5", "-4"), g.choose("0.5", "1", "-1.5", "0", n)), "random() < 2 and setseed("+f()+") is null")
}

// ranges makes operations of ranges and multiranges.
func (g *valuer) ranges() string {
	t := g.choose("int4range", "numrange", "daterange", "int8range", "tsrange")
	bound := func() string {
		switch t {
		case "daterange":
			return g.choose("2024-01-01", "2024-01-05", "2024-02-01", "infinity", "-infinity", "", "2023-12-31")
		case "tsrange":
			return g.choose("2024-01-01 12:00", "2024-01-05", "infinity", "", "2023-12-31")
		}
		return g.choose("1", "5", "3", "7", "", "0", "-2", "9", "10")
	}
	lit := func() string {
		return g.choose("empty", g.choose("[", "(")+bound()+","+bound()+g.choose("]", ")"), g.choose("[", "(")+bound()+","+bound()+g.choose("]", ")"))
	}
	r := func() string { return quote(lit()) + "::" + t }
	mt := strings.Replace(t, "range", "multirange", 1)
	m := func() string {
		var parts []string
		for range g.IntN(4) {
			parts = append(parts, strings.Replace(lit(), "empty", "[1,1)", 1))
		}
		s := "{" + strings.Join(parts, ",") + "}"
		if t == "daterange" || t == "tsrange" {
			s = strings.ReplaceAll(s, "[1,1)", "")
		}
		return quote(s) + "::" + mt
	}
	x := func() string { return g.choose(r(), m()) }
	return "select " + g.choose(fmt.Sprintf("%s %s %s", x(), g.choose("&&", "@>", "<@", "<<", ">>", "&<", "&>", "-|-", "=", "<", "+", "*", "-", "<>", ">="), x()), r(), m(), fmt.Sprintf("%s %s %s::%s", x(), g.choose("@>", "<@"), quote(bound()), g.choose("int", "numeric", "date")), fmt.Sprintf("%s(%s)", g.choose("lower", "upper", "isempty", "lower_inc", "upper_inc", "lower_inf", "upper_inf"), x()), fmt.Sprintf("range_merge(%s, %s)", r(), r()), fmt.Sprintf("range_merge(%s)", m()), fmt.Sprintf("unnest(%s)", m()), fmt.Sprintf("multirange(%s)", r()), fmt.Sprintf("%s(%s, %s)", mt, r(), r()), fmt.Sprintf("%s('%s', '%s', %s)", t, bound(), bound(), g.choose("'[]'", "'()'", "'[)'", "'x'", "null")), fmt.Sprintf("%s(null, '%s')", t, bound()), fmt.Sprintf("range_agg(x), range_intersect_agg(x) from (values (%s), (%s), (%s)) v(x)", r(), r(), r()), fmt.Sprintf("range_agg(x), range_intersect_agg(x), max(x), min(x) from (values (%s), (%s)) v(x)", m(), m()), fmt.Sprintf("(%s)::%s", r(), mt), fmt.Sprintf("to_jsonb(%s)", x()), fmt.Sprintf("array[%s, %s]", r(), r()))
}

// input reads texts of arrays, rows and other types that hold values.
func (g *valuer) input() string {
	arr := g.some(7, "{", "}", ",", "1", "a", "\"x y\"", "null", " ", `\`, "\"", "[1:2]=", "{1,2}", "{{1},{2}}", "{", "}", "NULL", "[0:0]=")
	if g.chance(50) {
		arr = g.choose("", "[2:3]=", "[0:1][1:1]=", " ", "[1:2]={") + "{" + arr + "}"
	}
	row := "(" + g.some(5, ",", "1", "a", "\"x\"\"y\"", "", " ", `\,`, "(", ")") + ")" + g.choose("", " ", "x")
	switch g.IntN(7) {
	case 0, 1:
		return fmt.Sprintf("select %s::%s", quote(arr), g.choose("int[]", "text[]", "numeric[]", "jsonb[]"))
	case 2:
		return fmt.Sprintf("select %s::%s", quote(row), g.choose("information_schema.sql_features", "information_schema.sql_parts", "pg_catalog.pg_attrdef"))
	case 3:
		n := g.some(4, "1", "0", "_", "x", "b", "o", "F", "-", ".", "e", " ", "5", "+", "7")
		return fmt.Sprintf("select %s::%s", quote(n), g.choose("int", "bigint", "smallint", "numeric", "float8", "real", "oid", "money", "xid", "bool", "uuid"))
	case 4:
		n := g.some(3, "0x1F", "0b10", "0o7", "1_000", "1e5", "1.5", ".5", "5.", "1_", "0x", "12345678901", "9223372036854775808", "1e", "1e400", "0xFFFFFFFFF", "1__0")
		return "select " + n
	case 5:
		n := g.some(5, "10", ".", "0", "/", "8", "::", "ff", ":", "192.168", "1", "255", "%", "fe80")
		return fmt.Sprintf("select %s::%s", quote(n), g.choose("inet", "cidr", "macaddr", "macaddr8"))
	}
	return fmt.Sprintf("select %s::%s", quote(g.some(5, "(", ")", ",", "1", "2.5", "[", "]", "<", ">", " ", "-", "{", "}", "t", "f", "yes", "on", "of")), g.choose("point", "box", "path", "polygon", "circle", "lseg", "line", "bool", "bit(3)", "varbit", "pg_lsn", "tid", "int4range", "int2vector"))
}

// array makes array functions over arrays of several dimensions.
func (g *valuer) array() string {
	a := func() string {
		return g.choose("'{1,2,3}'::int[]", "'{{1,2},{3,4}}'::int[]", "'[2:3]={7,8}'::int[]", "'{}'::int[]", "'{NULL,5,NULL}'::int[]", "'[0:1][5:6]={{1,2},{3,4}}'::int[]", "array[[1],[2]]", "null::int[]", "'{{{1}}}'::int[]", "array[3,1,2,1]")
	}
	n := func() string { return g.choose("1", "2", "0", "-1", "3", "null", "5", "6") }
	slice := func() string { return g.choose(n()+":"+n(), ":"+n(), n()+":", ":", n()) }
	return "select " + g.choose(
		fmt.Sprintf("(%s)[%s]", a(), slice()), fmt.Sprintf("(%s)[%s][%s]", a(), slice(), slice()), fmt.Sprintf("%s || %s", a(), g.choose(a(), n(), "array["+n()+"]", "'{9}'")), fmt.Sprintf("%s || %s", n(), a()), fmt.Sprintf("array_cat(%s, %s)", a(), a()), fmt.Sprintf("array_append(%s, %s)", a(), n()), fmt.Sprintf("array_prepend(%s, %s)", n(), a()), fmt.Sprintf("array_remove(%s, %s)", a(), n()), fmt.Sprintf("array_replace(%s, %s, %s)", a(), n(), n()), fmt.Sprintf("array_position(%s, %s, %s)", a(), n(), n()), fmt.Sprintf("array_positions(%s, %s)", a(), n()), fmt.Sprintf("%s(%s, %s)", g.choose("array_length", "array_lower", "array_upper"), a(), n()), fmt.Sprintf("%s(%s)", g.choose("array_dims", "array_ndims", "cardinality", "unnest", "array_to_json"), a()), fmt.Sprintf("%s %s %s", a(), g.choose("=", "<", "<>", "&&", "@>", "<@", ">"), a()), fmt.Sprintf("%s = %s(%s)", n(), g.choose("any", "all"), a()), fmt.Sprintf("trim_array(%s, %s)", a(), n()), fmt.Sprintf("array_fill(%s, array[%s, %s], array[%s, %s])", n(), n(), n(), n(), n()), fmt.Sprintf("array_fill(%s, array[%s])", n(), n()), fmt.Sprintf("array[%s, %s]", a(), a()), fmt.Sprintf("array_to_string(%s, ',', '*')", a()), fmt.Sprintf("generate_subscripts(%s, %s)", a(), n()), fmt.Sprintf("array_agg(x) from (values (%s), (%s)) v(x)", a(), a()), fmt.Sprintf("array(select %s)", a()), fmt.Sprintf("array_sample(%s, 0)", a()), fmt.Sprintf("* from unnest(%s, %s) u(a, b)", a(), a()), fmt.Sprintf("to_jsonb(%s)", a()), fmt.Sprintf("(%s)::text[]", a()), fmt.Sprintf("width_bucket(%s, %s)", n(), a()))
}
