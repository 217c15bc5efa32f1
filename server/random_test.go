package server

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRandomWire sends random runs of messages to the real engine and to the
// PostgreSQL 16 at -against, which must answer alike. It runs for
// FLOWGRES_WIRE_SECONDS, from FLOWGRES_WIRE_SEED on; what it finds it makes as
// short as it can, in the form of a transcript.
func TestRandomWire(t *testing.T) {
	randomTalk(t, func(g *talk) []string {
		return append([]string{"connect user=postgres database=aws", "until ReadyForQuery"}, g.script()...)
	})
}

// TestRandomStart does so with what comes before a session.
func TestRandomStart(t *testing.T) {
	randomTalk(t, (*talk).start)
}

func randomTalk(t *testing.T, make func(g *talk) []string) {
	seconds, err := strconv.Atoi(os.Getenv("FLOWGRES_WIRE_SECONDS"))
	if err != nil || *against == "" {
		t.Skip("needs FLOWGRES_WIRE_SECONDS and -against")
	}
	seed, _ := strconv.ParseUint(os.Getenv("FLOWGRES_WIRE_SEED"), 10, 64)
	own := startEngine(t, Config{MaxConnections: 1000}).addr
	found := map[string]bool{}
	n := 0
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); seed++ {
		n++
		g := &talk{rand.New(rand.NewPCG(seed, 1)), t}
		script := make(g)
		if sameAnswers(t, own, *against, script) == "" {
			continue
		}
		if script[0] != "dial" { // what begins a connection goes by turns, and is short
			script = shorten(script, func(s []string) bool { return sameAnswers(t, own, *against, s) != "" })
		}
		diff := sameAnswers(t, own, *against, script)
		kind := strings.Join(script, "\n")
		if diff == "" || found[kind] {
			continue
		}
		found[kind] = true
		t.Errorf("seed %d:\n%s\n%s", seed, kind, diff)
		if len(found) >= 25 {
			break
		}
	}
	t.Logf("%d runs, the last of seed %d", n, seed-1)
}

// sameAnswers gives the difference of what two servers answer to a script, on
// a connection of its own.
func sameAnswers(t *testing.T, own, other string, script []string) string {
	text := strings.Join(append(slices.Clone(script), "Terminate", "eof", "until closed"), "\n")
	want, got := runTranscript(t, other, text), runTranscript(t, own, text)
	return cmp.Diff(want, got)
}

// shorten leaves out of a script what it differs without.
func shorten(script []string, differs func([]string) bool) []string {
	for again := true; again; {
		again = false
		for i := len(script) - 1; i > 0; i-- {
			if less := slices.Delete(slices.Clone(script), i, i+1); differs(less) {
				script, again = less, true
			}
		}
	}
	for i, line := range script { // statements of a Query
		verb, rest, _ := strings.Cut(line, " ")
		text, err := strconv.Unquote(rest)
		if verb != "Query" || err != nil {
			continue
		}
		parts := strings.Split(text, "; ")
		for j := len(parts) - 1; j >= 0 && len(parts) > 1; j-- {
			less := slices.Delete(slices.Clone(parts), j, j+1)
			tried := slices.Clone(script)
			tried[i] = fmt.Sprintf("Query %q", strings.Join(less, "; "))
			if differs(tried) {
				parts, script = less, tried
			}
		}
	}
	return script
}

// talk makes what a client says.
type talk struct {
	*rand.Rand
	t testing.TB
}

func (g *talk) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *talk) chance(percent int) bool { return g.IntN(100) < percent }

func (g *talk) script() (script []string) {
	for range 2 + g.IntN(14) {
		switch {
		case g.chance(35):
			script = append(script, g.group()...)
		case g.chance(20):
			script = append(script, g.typed()...)
		case g.chance(4):
			script = append(script, g.damaged())
		default:
			script = append(script, g.message())
		}
	}
	return append(script, "Sync")
}

// group is a statement by the extended protocol as clients send it.
func (g *talk) group() []string {
	name, portal := g.name(), g.name()
	lines := []string{g.parse(name)}
	if g.chance(40) {
		lines = append(lines, fmt.Sprintf("Describe S %q", name))
	}
	lines = append(lines, g.bind(portal, name))
	if g.chance(40) {
		lines = append(lines, fmt.Sprintf("Describe P %q", portal))
	}
	lines = append(lines, fmt.Sprintf("Execute %q %d", portal, g.limit()))
	if g.chance(20) {
		lines = append(lines, fmt.Sprintf("Execute %q %d", portal, g.limit()))
	}
	switch {
	case g.chance(60):
		lines = append(lines, "Sync")
	case g.chance(30):
		lines = append(lines, "Flush")
	}
	return lines
}

func (g *talk) name() string { return g.pick("", "", "", "a", "b") }

func (g *talk) limit() int { return []int{0, 0, 0, 1, 2, 100, -1}[g.IntN(7)] }

func (g *talk) message() string {
	switch g.IntN(16) {
	case 0, 1, 2, 3:
		n := []int{1, 1, 1, 2, 2, 3, 4}[g.IntN(7)]
		parts := make([]string, n)
		for i := range parts {
			parts[i] = g.statement()
		}
		return fmt.Sprintf("Query %q", strings.Join(parts, "; "))
	case 4, 5:
		return g.parse(g.name())
	case 6, 7:
		return g.bind(g.name(), g.name())
	case 8:
		return fmt.Sprintf("Describe %s %q", g.pick("S", "P"), g.name())
	case 9, 10:
		return fmt.Sprintf("Execute %q %d", g.name(), g.limit())
	case 11:
		return fmt.Sprintf("Close %s %q", g.pick("S", "P"), g.name())
	case 12:
		return "Flush"
	case 13, 14:
		return "Sync"
	}
	return g.oddity()
}

func (g *talk) parse(name string) string {
	types := ""
	if g.chance(20) {
		types = g.pick(" 23", " 25", " 0", " 0 23", " 23 25", " 705", " 999999", " 1700", " 1043", " 2278", " 2249")
	}
	return fmt.Sprintf("Parse %q %q%s", name, g.statement(), types)
}

func (g *talk) bind(portal, name string) string {
	line := fmt.Sprintf("Bind %q %q", portal, name)
	if g.chance(20) {
		line += g.pick(" in=0", " in=1", " in=0,1", " in=1,1", " in=2")
	}
	for range []int{0, 0, 0, 1, 1, 2}[g.IntN(6)] {
		line += g.pick(` "1"`, ` "2"`, ` "x"`, ` NULL`, ` ""`, ` "\x00\x00\x00\x01"`, ` "\x00\x01"`, ` "\xff"`, ` "1\x00"`, ` "2024-01-01"`)
	}
	if g.chance(30) {
		line += g.pick(" out=0", " out=1", " out=1,0", " out=0,1", " out=2", " out=1,1,1", " out=-1")
	}
	return line
}

// oddity is a message that is seldom or never right.
func (g *talk) oddity() string {
	return g.pick(`CopyData "x"`, `CopyDone`, `CopyFail "no"`, `raw 50 00000004`, `raw 42 00000005 00`, `raw 44 00000006 7300`,
		`raw 43 00000005 53`, `raw 45 00000005 00`, `raw 51 00000004`, `raw 53 00000005 00`, `raw 48 00000005 00`, `raw 58 00000005 00`,
		`raw 51 00000007 410041`, `Call 177 in=0 "1" "2" out=0`, `Call 177 in=1 "\x00\x00\x00\x01" "\x00\x00\x00\x02" out=1`,
		`Call 999999`, `Call 177 "1"`, `Call 177 "1" "x"`, `Call 1397 "-3" out=1`, `Call 177 NULL "1"`, `Call 177 in=0,0,0 "1" "2"`, `Call 177 in=7 "1" "2"`)
}

// typed sends a value of a type, in binary form perhaps, right or damaged, and asks for it in some form.
func (g *talk) typed() []string {
	v := wireValues[g.IntN(len(wireValues))]
	value, in := v.text[g.IntN(len(v.text))], 0
	if len(v.binary) > 0 && g.chance(60) {
		value, in = v.binary[g.IntN(len(v.binary))], 1
	}
	if g.chance(30) {
		value = string(g.damage([]byte(value)))
	}
	from := strings.ReplaceAll(g.pick("select $1::T", "select $1::T", "select $1::T, 1", "select array[$1::T]", "select row($1::T)", "select $1::T is null", "select ($1::T)::text",
		"select $1::T where false", "values ($1::T), (null)", "copy (select 1) to stdout"), "T", v.name)
	types := ""
	if g.chance(20) {
		from, types = "select $1", fmt.Sprintf(" %d", v.oid)
	}
	lines := []string{fmt.Sprintf("Parse \"\" %q%s", from, types)}
	if g.chance(30) {
		lines = append(lines, `Describe S ""`)
	}
	lines = append(lines, fmt.Sprintf(`Bind "" "" in=%d %q out=%d`, in, value, g.IntN(2)))
	return append(lines, `Execute "" 0`, "Sync")
}

// damage changes a byte or the length.
func (g *talk) damage(b []byte) []byte {
	switch n := g.IntN(4); {
	case len(b) > 0 && n == 0:
		b[g.IntN(len(b))] = byte(g.IntN(256))
	case len(b) > 0 && n == 1:
		b = b[:g.IntN(len(b))]
	case len(b) > 0 && n == 2:
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
	default:
		b = append(b, []byte{0, 1, 'x', 255, '1'}[g.IntN(5)])
	}
	return b
}

// damaged is a message whose body is another than its fields make, of the length that it says.
func (g *talk) damaged() string {
	line := g.pick(g.parse(g.name()), g.bind(g.name(), g.name()), `Describe S "a"`, `Execute "a" 1`, `Close P "b"`, `Query "select 1"`, `Call 177 "1" "2"`, "Sync", "Flush", `CopyData "x"`, `CopyFail "x"`)
	verb, rest, _ := strings.Cut(line, " ")
	b := encode(g.t, verb, rest)
	return "raw " + hex.EncodeToString(message(b[0], g.damage(b[5:])))
}

func (g *talk) statement() string {
	list := sqlPool[g.IntN(len(sqlPool))]
	return list[g.IntN(len(list))]
}

// sqlPool has statements by subject, each subject as likely as the others.
var sqlPool = [][]string{
	{"select 1", "select 2 as two, 'x' as x", "values (1,'a'),(2,'b'),(3,null)", "select", "table pg_am limit 2", "select null", "select 1 where false"},
	{
		"select generate_series(1,5)", "select g, g*2 from generate_series(1,4) g", "select 10/(3-g) from generate_series(1,5) g",
		"select g from generate_series(1,3) g where g > $1", "select amname from pg_am order by 1",
	},
	{
		"select $1::int", "select $1", "select $1::text, $2::int", "select $1 + 1", "select $2", "select $1::int4[]", "select $1::timestamp",
		"select length($1)", "values ($1), (2)", "select $1 = any($2)", "select 1 where $1", "select $1 || $2", "select $1::numeric(5,2)",
	},
	{
		"begin", "begin", "commit", "commit", "rollback", "start transaction read only", "begin isolation level serializable", "end", "abort",
		"commit and chain", "rollback and chain", "begin; commit", "begin read write", "commit and no chain",
	},
	{
		"select pg_backend_pid() > 0, txid_current_if_assigned() is null", "select current_query()", "select 'a' \n 'b'", "select E'\\n', U&'\\0041', B'101', X'1F', $$x$$, $a$y$a$",
		"select pg_typeof($1)", "select $1 is null", "select coalesce($1, 'x')", "select $1 like 'x%'", "select ($1::int[])[1]", "select case when $1 then 1 end", "select $1, $1 + 1", "select $1::date - $2",
		"select * from (values (1,$1),(2,null)) v(a,b)", "select $1 in (1,2)", "select array[$1, 2]", "select row($1, 2)", "select $1::\"char\", $1::name", "select $1::bytea", "select $1::uuid", "select $1::json",
		"select $1::timestamptz", "select $1::interval", "select $1::float8", "select $1::bool", "select $1::oid", "select $1::inet", "select $1::numeric", "select $1::varchar(2)", "select $1::int4range", "select $1::regclass",
		"with recursive r(n) as (select 1 union all select n+1 from r where n < 4) select * from r", "select count(*) from generate_series(1,10) g where g % 2 = 0", "select sum(g), avg(g), max(g) from generate_series(1,5) g",
		"select g, row_number() over () from generate_series(1,3) g", "select 1 union select 2 order by 1", "select distinct g % 2 from generate_series(1,5) g order by 1", "select 1 limit $1", "select generate_series(1,$1)",
		"select 1 as a, 2 as a", "select 1 \"A b\"", "select exists(select 1)", "select interval '1 day' + timestamp '2024-01-01'", "select pg_sleep(0)", "select repeat('x', 20000)", "select '\u00e9\u3042' as \"\u00e9\"",
	},
	{"savepoint s", "savepoint r", "release s", "release r", "rollback to s", "rollback to savepoint r", "release nosuch", "rollback to nosuch"},
	{
		"selec", "select 1/0", "select nosuch", "select * from nosuch", "select 'x'::int", "select $0", "select nosuch()", "select 1 +", "'",
		"select 1 from pg_class, pg_class", "execute nosuch", "select '\xff'", "select e'\\x00'", "fetch nosuch", "select \"\"", "close nosuch", "deallocate nosuch",
	},
	{
		"set work_mem = '2MB'", "show work_mem", "reset work_mem", "set local work_mem = '3MB'", "set application_name = 'me'", "reset application_name",
		"set local application_name = 'we'", "set DateStyle = 'German'", "reset datestyle", "set timezone = 'Europe/Paris'", "set local timezone to 'UTC'", "show timezone",
		"set intervalstyle = iso_8601", "show nosuch", "set nosuch = 1", "set my.own = 'x'", "show my.own", "set standard_conforming_strings = off",
		"reset standard_conforming_strings", "reset all", "set session characteristics as transaction read only", "set default_transaction_read_only = off",
		"set transaction isolation level repeatable read", "show transaction_isolation", "set transaction read only", "show transaction_read_only",
		"select set_config('work_mem', '7MB', true)", "select set_config('application_name', 'fn', false)", "select current_setting('work_mem')",
		"set client_encoding = 'utf8'", "show client_encoding", "set work_mem = 'x'", "set search_path = a, b",
		"set client_min_messages = error", "set client_min_messages = notice", "set bytea_output = escape", "set extra_float_digits = 0", "set default_transaction_isolation = 'serializable'",
		"set role app", "reset role", "set session authorization bob", "reset session authorization", "select current_user, session_user", "set role nosuch", "set role none",
	},
	{
		"declare c cursor for select generate_series(1,5)", "declare c scroll cursor for values (1),(2),(3)", "declare d cursor with hold for select generate_series(1,3)",
		"declare c no scroll cursor for select generate_series(1,5)", "declare c binary cursor for select 7", "declare c cursor for select 10/(3-g) from generate_series(1,5) g",
		"fetch c", "fetch 2 from c", "fetch all in c", "fetch backward 1 from c", "fetch d", "fetch all d", "move c", "move 2 in d", "move all in c", "close c", "close d", "close all",
		"fetch absolute 2 from c", "fetch first from c", "fetch last from d", "fetch 0 from c", "fetch relative -1 from c", "fetch a", "fetch 1 from b", "close a",
		"select name, is_holdable, is_binary, is_scrollable from pg_cursors order by 1",
	},
	{
		"prepare p as select 1", "prepare p(int) as select $1", "prepare p as select $1::text, 2", "execute p", "execute p(1)", "execute p('x')", "deallocate p", "deallocate all", "deallocate a",
		"execute a", "execute a(1)", "execute b", "prepare a as select 'sql'", "prepare q as values (1),(2)", "execute q",
		"select name, statement, parameter_types, result_types, from_sql from pg_prepared_statements order by name", "discard all", "discard plans", "discard temp", "discard sequences",
	},
	{
		"copy (select 1, 'x') to stdout", "copy (values (1,null)) to stdout csv header", "copy (select 10/(3-g) from generate_series(1,5) g) to stdout",
		"copy (select 1) to stdout (format binary)", "copy (select amname from pg_am order by 1) to stdout", "copy (select $1::int) to stdout", "copy nosuch to stdout",
	},
	{
		"explain (costs off) select 1", "explain (costs off) values (1),(2)", "listen ch", "unlisten *", "notify ch", "notify ch, 'pay'", "unlisten ch", "select pg_notify('ch','fn')", "listen other",
		"vacuum", "lock table pg_class in access share mode", "checkpoint", "prepare transaction 'x'", "commit prepared 'x'", "analyze pg_am", "set constraints all deferred",
		"explain (costs off) execute p",
	},
	{
		"", ";", "-- c", "/* c */", "select 1;", "; select 2", "select 'a\\'", "select 0.5::numeric(3,7)", "select '2024-01-01'::timestamp(9)", "select cast('x' as varchar(3))", "select now() = now()",
		"select '12:00:01'::time(8)", "select pg_advisory_lock(1), pg_advisory_unlock(2)", "select \"toolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolong\"",
		"select 1 as \"toolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolongtoolong\"",
	},
	{
		"select oid, relname, relkind from pg_class where relname = 'pg_am'", "select * from pg_am where amname = 'btree'", "select 1::int2, 2::int8, 3::float4, 4.5::numeric, true, 'a'::\"char\", 'n'::name",
		"select '{1,2}'::int[], row(1,'x'), '[1,2)'::int4range, '1 day'::interval, 'a=>b'::text", "select 'x'::varchar(5), 'y'::char(3), 1.5::numeric(5,2), '1'::bit(3), '12:00'::time(2)",
		"select oid as o, amname || '' as n, amname from pg_am order by 1 limit 1", "select (select oid from pg_am limit 0)", "select a.amname from (select * from pg_am) a limit 1",
		"select amname from pg_am union select 'x' order by 1 limit 1", "select count(*) from pg_am", "select ctid is null, tableoid from pg_am limit 1", "with w as (select amname from pg_am) select * from w limit 1",
		"select '2024-01-02 03:04:05+00'::timestamptz, '2024-01-02'::date", "select 'abc'::bytea, 1.5::float8, '{\"a\":1}'::jsonb, '1.2.3.4'::inet",
	},
}
