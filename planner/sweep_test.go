package planner_test

import (
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSweep calls every function, operator, cast and aggregate that PostgreSQL 16
// (FLOWGRES_PG_DSN) has and that does not read the server's own state, each with
// FLOWGRES_SWEEP (10) choices of arguments from sweepValues, and compares the answers.
// FLOWGRES_SWEEP_ONLY is a regular expression that the statement's name must match.
func TestSweep(t *testing.T) {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	if dsn == "" {
		t.Skip("FLOWGRES_PG_DSN is not set")
	}
	times, seed := 10, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("FLOWGRES_SWEEP")); err == nil {
		times = n
	}
	if n, err := strconv.ParseUint(os.Getenv("FLOWGRES_RANDOM_SEED"), 10, 64); err == nil {
		seed = n
	}
	only := regexp.MustCompile(os.Getenv("FLOWGRES_SWEEP_ONLY"))
	names := newTypeNames(t)
	pg := newPGClient(t, names, dsn, "postgres")
	var panics []string
	ours := newEngineClient(t, names, newEngine(t, &panics, newFixture(t)), &panics)
	ctx := context.Background()
	for _, c := range []interface {
		run(context.Context, string, []*string) []answer
	}{pg, ours} {
		c.run(ctx, "set search_path to pg_catalog", nil)
		c.run(ctx, "set default_text_search_config to 'pg_catalog.english'", nil)
	}
	s := &sweep{Rand: rand.New(rand.NewPCG(seed, 2))}
	run, missing := 0, map[string]bool{}
	kinds := map[string]int{}
	for _, row := range pg.run(ctx, sweepList, nil)[0].rows {
		c := sweepCall{kind: *row[0], name: *row[1], form: *row[2], types: strings.Split(*row[3], ",")}
		if *row[3] == "" {
			c.types = nil
		}
		if !only.MatchString(c.name) {
			continue
		}
		failed := 0
		for range times {
			sql := s.statement(c)
			want := pg.run(ctx, sql, nil)
			if want[len(want)-1].err != nil && want[len(want)-1].err.code == "-----" {
				t.Fatalf("%s: PostgreSQL has gone: %s", sql, want[len(want)-1].err.message)
			}
			got := ours.run(ctx, sql, nil)
			run++
			kind := difference(sql, got, want)
			if g := got[len(got)-1].err; g != nil && g.code == "0A000" && kind != "" {
				missing[c.name] = true
				break
			}
			if kind == "" && len(panics) == 0 || kind == "order" {
				continue
			}
			kinds[strings.SplitN(kind, ":", 2)[0]]++
			if failed++; failed <= 2 {
				t.Errorf("%s\n%s\ngot:\n  %s\nwant:\n  %s\n%s", kind, sql,
					strings.Join(clip(lines(sql, got)), "\n  "), strings.Join(clip(lines(sql, want)), "\n  "), strings.Join(panics, "\n"))
			}
			panics = nil
			if len(c.types) == 0 {
				break
			}
		}
	}
	t.Logf("%d statements, differences %v, %d without a body", run, kinds, len(missing))
}

// sweepList gives what there is to call: its kind, its name, the call with % for
// each argument, and the arguments' types.
const sweepList = `
select * from (
	select case prokind when 'a' then 'aggregate' else 'function' end kind, p.oid::regprocedure::text as name,
		case when prokind = 'a' and aggkind <> 'n' then ''
		else quote_ident(proname) || '(' || array_to_string(array(select case when provariadic <> 0 and provariadic <> '"any"'::regtype and n = pronargs then 'variadic %' else '%' end from generate_series(1, pronargs) n), ', ') || ')' end as form,
		array_to_string(array(select format_type(a, null) from unnest(proargtypes) with ordinality u(a, n) order by n), ',') as types
	from pg_proc p left join pg_aggregate on aggfnoid = p.oid
	where pronamespace = 'pg_catalog'::regnamespace and prokind in ('f', 'a') and (provolatile = 'i' or prokind = 'a' or provolatile = 's' and not (
			proname ~ '^(pg_(stat|wal|last|ls|read|backend|current|cursor|prepared|get_(wal|shmem|backend|replication|multi|loaded)|hba|ident|file|config|show|timezone|mcv|lock|control|logical|export|is_|my|conf|post|trigger|relation|table|total|indexes|database_s|tablespace|tab)|txid|xid|current|session|inet_|now|age|query_to|cursor_to|table_to|schema_to|database_to|statement_|transaction|version|lo_|obj_|shobj|col_|user|row_security|has_|getdatabase|json_populate_recordset|loread|timeofday)'))
		and not exists (select from unnest(proargtypes) a where a::regtype::text in ('internal', 'trigger', 'event_trigger', 'cstring', 'record', 'pg_ddl_command', 'anyrange', 'anyenum', 'table_am_handler'))
		and prorettype::regtype::text not in ('trigger', 'event_trigger', 'internal', 'cstring')
		and proname !~ '^(binary_upgrade|pg_replication|gist|spg|brin|gin|pg_control|pg_sleep|currtid|hashtextextended_|RI_|pg_extension|pg_event|repeat|generate_series|lpad|rpad|bt.*sortsupport)'
	union all
	select 'operator', oid::regoperator::text, case when oprleft = 0 then oprname || ' %' else '% ' || oprname || ' %' end,
		concat_ws(',', case when oprleft <> 0 then format_type(oprleft, null) end, format_type(oprright, null))
	from pg_operator where oprcode <> 0 and oprleft::regtype::text <> 'record' and oprright::regtype::text not in ('record', 'anyrange')
	union all
	select 'cast', format_type(castsource, null) || ' as ' || format_type(casttarget, null), 'cast(% as ' || format_type(casttarget, null) || ')', format_type(castsource, null)
	from pg_cast
) _ where form <> '' order by kind, name, form, types`

// sweepCall is one thing to call.
type sweepCall struct {
	kind, name, form string
	types            []string
}

type sweep struct{ *rand.Rand }

// statement makes a call with chosen arguments.
func (s *sweep) statement(c sweepCall) string {
	elem := s.choose("integer", "text", "numeric", "timestamp with time zone", "boolean", "jsonb", "double precision", "interval")
	types := make([]string, len(c.types))
	for i, t := range c.types {
		types[i] = s.concrete(t, elem)
	}
	if c.kind == "aggregate" {
		return s.aggregate(c, types)
	}
	var b strings.Builder
	rest := c.form
	for _, t := range types {
		before, after, _ := strings.Cut(rest, "%")
		if c.kind == "operator" && !strings.HasPrefix(after, " ") && after != "" { // the operator itself holds %
			if i := strings.LastIndex(rest, " %"); i >= 0 && before == "" {
				after = rest[1:]
			}
		}
		b.WriteString(before + s.value(t))
		rest = after
		if c.kind == "operator" && strings.Count(rest, "%") > 1 { // "% %% %" and "% % %"
			i := strings.LastIndex(rest, "%")
			b.WriteString(rest[:i])
			rest = rest[i:]
		}
	}
	return "select " + b.String() + rest
}

// aggregate makes an aggregate call over a few rows.
func (s *sweep) aggregate(c sweepCall, types []string) string {
	columns := make([]string, len(types))
	args := make([]string, len(types))
	for i := range types {
		columns[i] = "c" + strconv.Itoa(i)
		args[i] = columns[i]
	}
	rows := make([]string, 1+s.IntN(5))
	for r := range rows {
		values := make([]string, len(types))
		for i, t := range types {
			values[i] = s.value(t)
		}
		rows[r] = "(" + strings.Join(append(values, "1"), ", ") + ")"
	}
	name, _, _ := strings.Cut(c.form, "(")
	call := name + "(" + strings.Join(args, ", ") + ")"
	if len(args) == 0 {
		call = name + "(*)"
	}
	return "select " + call + " from (values " + strings.Join(rows, ", ") + ") v(" + strings.Join(append(columns, "n"), ", ") + ")"
}

func (s *sweep) choose(from ...string) string { return from[s.IntN(len(from))] }

// concrete replaces a polymorphic type.
func (s *sweep) concrete(typ, elem string) string {
	switch typ {
	case "anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray":
		return elem
	case "anyarray", "anycompatiblearray":
		return elem + "[]"
	case `"any"`:
		return s.choose("integer", "text", "numeric", "date", "boolean", "jsonb")
	case "anymultirange", "anycompatiblemultirange":
		return "int4multirange"
	case "anycompatiblerange":
		return "int4range"
	}
	return typ
}

// value chooses a value of a type.
func (s *sweep) value(typ string) string {
	if s.IntN(12) == 0 {
		return "null::" + typ
	}
	if element, ok := strings.CutSuffix(typ, "[]"); ok {
		list := make([]string, s.IntN(4))
		for i := range list {
			list[i] = s.value(element)
		}
		return "array[" + strings.Join(list, ", ") + "]::" + typ
	}
	values := sweepValues[typ]
	if values == "" {
		return "null::" + typ
	}
	return "'" + s.choose(strings.Split(values, "|")...) + "'::" + typ
}

// sweepValues are texts of values by type, separated by bars.
var sweepValues = map[string]string{
	"smallint":                    `0|1|-1|2|7|100|32767|-32768|10`,
	"integer":                     `0|1|-1|2|3|5|12|100|2147483647|-2147483648|2024|16`,
	"bigint":                      `0|1|-1|2|9|1000|9223372036854775807|-9223372036854775808|4294967296`,
	"numeric":                     `0|1|-1|0.5|-2.5|1.5|2.00|NaN|Infinity|-Infinity|12345678901234567890.123456789|1e-20|1e30|3.14159|100|0.1|1234.5678`,
	"real":                        `0|1|-1|0.5|-0|1.5|NaN|Infinity|-Infinity|3.4e38|1e-38|0.1|123456.7`,
	"double precision":            `0|1|-1|0.5|-0|2.5|1.5|NaN|Infinity|-Infinity|1e308|1e-307|0.1|3.141592653589793|100|-0.3`,
	"money":                       `0|1.00|-2.50|92233720368547758.07|123.45`,
	"text":                        `|a|abc|ABC|hello world|é|12|-3.5|  x  |a,b,c|%d %s|2024-02-29|{"a": [1, 2]}|[1]|true|fl-0123|a_b%c|AbÇ|\x41|UTC|day|month|YYYY-MM-DD|base64|md5|g|i`,
	"character varying":           `|a|abc|Hello|é x|12`,
	"character":                   `|a|b |Hello|12`,
	`"char"`:                      `|a|z|\377|1`,
	"name":                        `|a|pg_class|Abc|UTF8|LATIN1`,
	"boolean":                     `t|f`,
	"bytea":                       `|\x|\x00|\xdeadbeef|abc|\xff00ff|\x31323334353637383930`,
	"bit":                         `0|1`,
	"bit varying":                 `|0|1|10101|11111111000000001|000`,
	"date":                        `2024-02-29|1999-12-31|infinity|-infinity|0044-03-15 BC|5874897-12-31|2000-01-01|1970-01-01|2024-12-30`,
	"time without time zone":      `00:00:00|12:34:56.789|24:00:00|23:59:59.999999|06:30`,
	"time with time zone":         `00:00:00+00|12:34:56.789-05|24:00:00+13|06:30:00.5+05:30`,
	"timestamp without time zone": `2024-02-29 12:34:56.789012|1999-12-31 23:59:59.999999|infinity|-infinity|4713-01-01 00:00:00 BC|2000-01-01|1969-07-20 20:17:40|294276-12-31 23:59:59`,
	"timestamp with time zone":    `2024-02-29 12:34:56.789012+02|1999-12-31 23:59:59.999999-08|infinity|-infinity|2000-01-01 00:00+00|1969-07-20 20:17:40Z|0001-06-01 BC`,
	"interval":                    `0|1 day|1 mon -2 days 03:04:05.678901|-1 year|25:00:00|1000000 hours|2 years 5 mons|-00:00:00.5|10 days 12:00`,
	"json":                        `{}|[]|null|1|"a"|{"a": {"b": [1, null, "x"]}, "c": true}|[1, 2.50, {"k": "v"}]|{"a": 1, "a": 2}| [ 1 ,2 ] `,
	"jsonb":                       `{}|[]|null|1|"a"|{"a": {"b": [1, null, "x"]}, "c": true}|[1, 2.50, {"k": "v"}]|{"a": 1, "b": 2}|[3, 1, 2]|true|"12"`,
	"jsonpath":                    `$|$.a|$.a.b[*]|strict $.x|$[0]|lax $.a.b[last]|$.** ? (@ == 1)|$.a.b[*] ? (@ > 0)|$.c|$[*].type()|$.keyvalue()|$.double()|$.size()`,
	"uuid":                        `00000000-0000-0000-0000-000000000000|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|ffffffff-ffff-ffff-ffff-ffffffffffff`,
	"inet":                        `0.0.0.0|127.0.0.1|192.168.1.5/24|10.0.0.0/8|::1|2001:db8::1/64|255.255.255.255|::ffff:1.2.3.4`,
	"cidr":                        `0.0.0.0/0|10.0.0.0/8|192.168.1.0/24|::/0|2001:db8::/32|127.0.0.1/32`,
	"macaddr":                     `00:00:00:00:00:00|08:00:2b:01:02:03|ff:ff:ff:ff:ff:ff`,
	"macaddr8":                    `00:00:00:00:00:00:00:00|08:00:2b:01:02:03:04:05|08:00:2b:ff:fe:01:02:03`,
	"oid":                         `0|1|23|25|1259|2200|4294967295|16384`,
	"xid":                         `0|1|3|100|4294967295`,
	"xid8":                        `0|3|100|18446744073709551615`,
	"cid":                         `0|1|7`,
	"tid":                         `(0,1)|(4294967295,65535)|(1,2)`,
	"pg_lsn":                      `0/0|16/B374D848|FFFFFFFF/FFFFFFFF|0/1`,
	"pg_snapshot":                 `10:20:10,14,15|1:1:|3:7:4`,
	"txid_snapshot":               `10:20:10,14,15|1:1:|3:7:4`,
	"oidvector":                   `|1 2 3|23 25`,
	"int2vector":                  `|1 2 3|-1 0`,
	"regtype":                     `integer|text|0|jsonb[]`,
	"regclass":                    `pg_class|0|pg_type`,
	"regproc":                     `now|0|version`,
	"regprocedure":                `lower(text)|0`,
	"regoper":                     `0`,
	"regoperator":                 `+(integer,integer)|0`,
	"regnamespace":                `pg_catalog|0`,
	"regrole":                     `0`,
	"regcollation":                `"C"|0`,
	"regconfig":                   `english|simple`,
	"regdictionary":               `english_stem|simple`,
	"int4range":                   `empty|[1,5)|(,)|[3,)|(,7]|[5,9)|[1,2)`,
	"int8range":                   `empty|[1,5)|(,)|[3,)|(,7]|[5,9)`,
	"numrange":                    `empty|[1,5)|(,)|[1.5,2.5]|(,7]|(5,9)`,
	"daterange":                   `empty|[2024-01-01,2024-02-01)|(,)|[2024-01-15,)|(,infinity]`,
	"tsrange":                     `empty|[2024-01-01,2024-02-01)|(,)|(2024-01-15,)`,
	"tstzrange":                   `empty|[2024-01-01,2024-02-01)|(,)|(2024-01-15,)`,
	"int4multirange":              `{}|{[1,3),[5,9)}|{(,)}|{[3,)}|{(,2),[7,)}`,
	"int8multirange":              `{}|{[1,3),[5,9)}|{(,)}|{[3,)}`,
	"nummultirange":               `{}|{[1,3),[5,9)}|{(,)}|{[1.5,2.5]}`,
	"datemultirange":              `{}|{[2024-01-01,2024-02-01)}|{(,)}`,
	"tsmultirange":                `{}|{[2024-01-01,2024-02-01)}|{(,)}`,
	"tstzmultirange":              `{}|{[2024-01-01,2024-02-01)}|{(,)}`,
	"tsvector":                    `|a:1 b:2,3A|foo:1B bar:2 baz|fat:2 cat:3 rat:5C`,
	"tsquery":                     `|a|a & b|!foo|fat <-> cat|a:* \| b|(fat & rat) & !cat`,
	"point":                       `(0,0)|(1,2)|(-3.5,4)|(Infinity,0)|(NaN,1)|(1e300,-1e300)|(5.1,34.5)`,
	"lseg":                        `[(0,0),(1,1)]|[(1,2),(1,2)]|[(-1,4),(3,4)]|[(2,0),(2,9)]|[(0,1),(1,0)]`,
	"box":                         `(1,1),(0,0)|(2,3),(2,3)|(5,9),(-1,-2)|(0.5,0.5),(0.25,0.25)`,
	"path":                        `((0,0),(1,1),(2,0))|[(0,0),(3,4)]|((1,2))|[(1,2),(3,4),(5,6),(1,0)]`,
	"polygon":                     `((0,0),(1,1),(2,0))|((0,0),(0,4),(4,4),(4,0))|((1,2))|((1,1),(1,2),(2,2))`,
	"line":                        `{1,-1,0}|{0,1,-4}|{1,0,2}|{-0.5,3,2}`,
	"circle":                      `<(0,0),1>|<(1,2),0>|<(-3,4),5.5>|<(0.5,0.5),0.1>`,
	"unknown":                     `a|1`,
	"refcursor":                   `a|c1`,
	"aclitem":                     `=r/postgres|postgres=arwdDxt/postgres`,
}
