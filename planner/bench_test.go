package planner_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
)

// benchRows is the size of the benchmarks' table, benchMemory the work_mem of
// both engines.
const (
	benchRows   = 1_000_000
	benchMemory = "64MB"
)

// benchQueries are what BenchmarkPostgres measures. Those of many rows skip all
// but the last, so that sending rows is no part of the figures.
var benchQueries = []struct{ name, sql string }{
	{"filter and group", `select traffictype, count(*), sum(bytes), max(creationtime) from flows where bytes > 1000000 and region <> 'eu-west-1' group by traffictype`},
	{"group by two", `select region, accountid, count(*), avg(bytes), min(resourceid) from flows group by region, accountid`},
	{"group by many", `select resourceid, count(*), sum(packets) from flows group by resourceid offset 19990`},
	{"count", `select count(*) from flows where maxaggregationinterval = 60 and creationtime >= '2024-03-01' and creationtime < '2024-05-01'`},
	{"like", `select count(*) from flows where resourceid like 'eni-00%' or loggroup like '%flow_7%'`},
	{"arithmetic", `select sum(bytes / (packets + 1)), avg(bytes * 1.5) from flows`},
	{"join", `select count(*), sum(f.bytes) from flows f join enis e on e.resourceid = f.resourceid where e.owner <> 'team-3'`},
	{"join large", `select count(*) from flows a join flows b on a.flowlogid = b.flowlogid where b.packets > 50`},
	{"left join", `select e.owner, count(*) from flows f left join enis e on e.resourceid = f.resourceid and e.owner > 'team-5' group by 1`},
	{"semi-join", `select count(*) from flows where resourceid in (select resourceid from enis where owner = 'team-7')`},
	{"sort by number", `select flowlogid, bytes from flows order by bytes offset 999990`},
	{"sort by text", `select resourceid, bytes from flows order by resourceid, bytes desc offset 999990`},
	{"sort by time", `select * from flows order by creationtime desc, flowlogid offset 999990`},
	{"top", `select flowlogid, bytes from flows order by bytes desc, flowlogid limit 10`},
	{"window", `select * from (select resourceid, row_number() over (partition by resourceid order by creationtime) n, sum(bytes) over (partition by resourceid order by creationtime) s from flows) w offset 999990`},
	{"window lag", `select max(gap) from (select creationtime - lag(creationtime) over (order by creationtime) gap from flows) w`},
	{"distinct", `select distinct region, accountid, traffictype from flows`},
	{"distinct many", `select distinct flowlogid from flows offset 999990`},
	{"count distinct", `select traffictype, count(distinct resourceid) from flows group by traffictype`},
	{"jsonb field", `select tags->>'env', count(*) from flows group by 1`},
	{"jsonb filter", `select count(*) from flows where tags @> '{"env": "prod"}' and tags->>'team' is not null`},
	{"date_trunc", `select date_trunc('day', creationtime), count(*) from flows group by 1 order by 1`},
	{"case", `select sum(case when bytes > 1000000 then 1 else 0 end), count(*) filter (where coalesce(loggroup, '') = '') from flows`},
	{"percentile", `select traffictype, percentile_cont(0.5) within group (order by bytes), percentile_disc(array[0.9, 0.99]) within group (order by packets) from flows group by 1`},
	{"string_agg", `select resourceid, string_agg(region, ',' order by creationtime) from flows group by 1 offset 19990`},
	{"rollup", `select region, accountid, traffictype, grouping(region, accountid), count(*), sum(bytes) from flows group by rollup (region, accountid, traffictype)`},
	{"window frame", `select max(s), max(m) from (select sum(bytes) over w s, avg(packets) over w m from flows window w as (partition by accountid order by creationtime rows between 9 preceding and current row)) w`},
	{"rank in groups", `select * from (select resourceid, bytes, rank() over (partition by resourceid order by bytes desc) r from flows) w where r <= 3 offset 59990`},
	{"distinct on", `select distinct on (resourceid) resourceid, creationtime, bytes from flows order by resourceid, creationtime desc offset 19990`},
	{"jsonb_each", `select key, count(*), max(value) from flows, jsonb_each_text(tags) group by key`},
	{"jsonb array", `select t->>'key', count(*) from flows, jsonb_array_elements(jsonb_build_array(jsonb_build_object('key', region), jsonb_build_object('key', traffictype))) t group by 1`},
	{"anti-join", `select count(*), min(flowlogid) from flows f where not exists (select from enis e where e.resourceid = f.resourceid)`},
	{"text functions", `select lower(split_part(loggroup, '/', 4)), regexp_replace(region, '-[a-z]+-', '-'), count(*), sum(length(resourceid)) from flows group by 1, 2`},
	{"to_char", `select to_char(creationtime, 'YYYY-MM-DD'), extract(hour from creationtime), count(*) from flows group by 1, 2`},
	{"union all", `select k, count(*), sum(n) from (select region k, bytes n from flows union all select accountid, packets from flows) u group by k`},
	{"lateral top", `select e.resourceid, t.bytes from (select * from enis order by resourceid limit 20) e, lateral (select bytes from flows f where f.resourceid = e.resourceid order by bytes desc limit 3) t`},
	{"correlated subquery", `select e.owner, (select count(*) from flows f where f.resourceid = e.resourceid and f.bytes > 1000000) from (select * from enis order by resourceid limit 20) e`},
	{"count over", `select count(*) over (), sum(bytes) over (), flowlogid from flows where packets < 50 order by creationtime limit 50`},
}

// benchColumns declares the benchmarks' tables.
var benchTables = []*benchTable{
	{name: "flows", columns: "flowlogid text, resourceid text, traffictype text, region text, accountid text, loggroup text, maxaggregationinterval int4, packets int4, bytes int8, creationtime timestamptz, tags jsonb"},
	{name: "enis", columns: "resourceid text, owner text"},
}

// benchTable is a table in memory that serves no quals.
type benchTable struct {
	name, columns string
	cols          []fdw.Column
	rows          []adt.Row
}

func (t *benchTable) Columns() []fdw.Column { return t.cols }

func (t *benchTable) Plan(req fdw.Request) (fdw.Scan, error) {
	return fdw.Scan{
		Served: make([]fdw.Served, len(req.Quals)), Rows: float64(len(t.rows)), Calls: 1,
		Open: func(ctx context.Context, _ [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
			return func(yield func([]adt.Row, error) bool) {
				const page = 1000
				for rows := t.rows; len(rows) > 0; {
					n := min(page, len(rows))
					if !yield(rows[:n], nil) {
						return
					}
					rows = rows[n:]
				}
			}
		},
	}, nil
}

// fill makes the rows: the same values each time, in no order.
func (t *benchTable) fill(b testing.TB, cat *catalog.Catalog, n int) {
	env := &adt.Env{Context: context.Background(), Types: cat, TimeZone: time.UTC}
	t.cols = nil
	for _, c := range strings.Split(t.columns, ", ") {
		name, typ, _ := strings.Cut(c, " ")
		t.cols = append(t.cols, fdw.Column{Name: name, Type: cat.TypeByName("pg_catalog", typ, nil).OID, Typmod: -1})
	}
	pool := func(n int, f func(i int) string) []adt.Datum {
		out := make([]adt.Datum, n)
		for i := range out {
			out[i] = f(i)
		}
		return out
	}
	enis := pool(20_000, func(i int) string { return fmt.Sprintf("eni-%08x%08x", uint32(i)*2654435761, i) })
	t.rows = t.rows[:0]
	if t.name == "enis" {
		for i, e := range enis[:15_000] {
			t.rows = append(t.rows, adt.Row{e, fmt.Sprintf("team-%d", i%10)})
		}
		return
	}
	traffic := pool(3, func(i int) string { return []string{"ACCEPT", "REJECT", "ALL"}[i] })
	regions := pool(4, func(i int) string { return []string{"us-east-1", "us-west-2", "eu-west-1", "ap-south-1"}[i] })
	accounts := pool(12, func(i int) string { return fmt.Sprintf("%012d", 111122223333+i*7919) })
	groups := pool(50, func(i int) string { return fmt.Sprintf("/aws/vpc/flow_%d", i) })
	groups[0] = nil
	tags := make([]adt.Datum, 1000)
	for i := range tags {
		text := fmt.Sprintf(`{"env": "%s", "team": "t%d", "cost": %d, "Name": "flow log number %d"}`, []string{"prod", "dev", "test"}[i%3], i%17, i, i)
		if i%5 == 0 {
			text = fmt.Sprintf(`{"Name": "flow log number %d", "owner": "o%d"}`, i, i%7)
		}
		d, err := cat.TypeByOID(3802).InputText(env, text, -1)
		if err != nil {
			b.Fatal(err)
		}
		tags[i] = d
	}
	seed := uint64(1)
	next := func(n int) int {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed>>33) % n
	}
	const start = 757382400000000 // 2024-01-01, in microseconds since 2000
	for i := range n {
		t.rows = append(t.rows, adt.Row{
			fmt.Sprintf("fl-%016x", uint64(i)*11400714819323198485), enis[next(len(enis))], traffic[next(3)], regions[next(4)],
			accounts[next(12)], groups[next(50)], int32(60 + 540*next(2)), int32(next(100)), int64(next(5_000_000)),
			adt.TimestampTZ(start + int64(next(15_000_000))*1_000_000 + int64(next(1_000_000))), tags[next(1000)],
		})
	}
}

// load copies the table to PostgreSQL.
func (t *benchTable) load(b testing.TB, cat *catalog.Catalog, c *pgClient) {
	env := &adt.Env{Context: context.Background(), Types: cat, TimeZone: time.UTC}
	for _, a := range c.run(context.Background(), "create table "+t.name+" ("+t.columns+")", nil) {
		if a.err != nil {
			b.Fatal(a.err.message)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		defer w.Close()
		encoders := make([]func([]byte, adt.Datum) ([]byte, error), len(t.cols))
		for i, col := range t.cols {
			encoders[i] = cat.TypeByOID(col.Type).TextEncoder(env)
		}
		var buf []byte
		for _, row := range t.rows {
			for i, d := range row {
				if d == nil {
					buf = append(buf, `\N`...)
				} else {
					buf, _ = encoders[i](buf, d)
				}
				buf = append(buf, '\t')
			}
			buf[len(buf)-1] = '\n'
			if len(buf) > 1<<16 {
				w.Write(buf)
				buf = buf[:0]
			}
		}
		w.Write(buf)
	}()
	if _, err := c.conn.CopyFrom(context.Background(), r, "copy "+t.name+" from stdin"); err != nil {
		b.Fatal(err)
	}
	c.run(context.Background(), "vacuum analyze "+t.name, nil)
}

// discard is an Output that counts rows.
type discard struct{ rows int }

func (d *discard) RowDescription([]planner.Column) error { return nil }
func (d *discard) Row([]planner.Column, adt.Row) error   { d.rows++; return nil }
func (d *discard) CopyOut(bool, int) error               { return nil }
func (d *discard) CopyData([]byte) error                 { return nil }
func (d *discard) CopyDone() error                       { return nil }
func (d *discard) CommandComplete(string) error          { return nil }
func (d *discard) EmptyQuery() error                     { return nil }

// cpuTime is the processor time that a process has used, from Linux's /proc; 0
// where that cannot be read.
func cpuTime(pid string) time.Duration {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	const user, system, tick = 11, 12, 10 * time.Millisecond
	n, _ := strconv.Atoi(f[user])
	m, _ := strconv.Atoi(f[system])
	return time.Duration(n+m) * tick
}

// BenchmarkPostgres runs queries over a million rows in PostgreSQL, which
// FLOWGRES_PG_DSN names, and here, turn by turn, and reports the better time of
// each and their ratio: below 1 this engine is faster; and, when PostgreSQL runs
// on this machine, the same of processor time, garbage collection included, which other
// work on the machine does not change so much. Run it with -benchtime 3x.
// Without a DSN, but with FLOWGRES_BENCH, it measures this engine alone.
func BenchmarkPostgres(b *testing.B) {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	if dsn == "" && os.Getenv("FLOWGRES_BENCH") == "" {
		b.Skip("FLOWGRES_PG_DSN is not set")
	}
	// The tables' eleven million values are the benchmark's own; collections that
	// go through them, which no table read from AWS asks for, should be rare.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	names, ctx := newTypeNames(b), context.Background()
	var pg *pgClient
	pgPID := ""
	if dsn != "" {
		admin := newPGClient(b, names, dsn, "postgres")
		found := admin.run(ctx, "select from pg_database where datname = 'flowgres_bench'", nil)
		fresh := len(found[0].rows) == 0
		if fresh {
			admin.run(ctx, "create database flowgres_bench template template0 lc_collate 'C' lc_ctype 'C.UTF-8'", nil)
		}
		pg = newPGClient(b, names, dsn, "flowgres_bench")
		pgPID = strconv.Itoa(int(pg.conn.PID()))
		pg.run(ctx, "set jit = off; set statement_timeout = 0; set work_mem = '"+benchMemory+"'", nil)
		if os.Getenv("FLOWGRES_BENCH_KEEP") == "" {
			defer admin.run(ctx, "drop database flowgres_bench (force)", nil)
		}
		defer pg.conn.Close(ctx)
		for _, t := range benchTables {
			t.fill(b, names.cat, benchRows)
			if fresh {
				t.load(b, names.cat, pg)
			}
		}
	}
	var relations []fdw.Relation
	for _, t := range benchTables {
		if t.rows == nil {
			t.fill(b, names.cat, benchRows)
		}
		relations = append(relations, fdw.Relation{Schema: "ec2", Name: t.name, Table: t})
	}
	var panics []string
	ours := newEngineClient(b, names, newEngine(b, &panics, relations...), &panics, planner.Setting{Name: "work_mem", Value: benchMemory})
	for _, q := range benchQueries {
		b.Run(strings.ReplaceAll(q.name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			const long = time.Duration(1 << 62)
			best, theirs, cpu, pgCPU := long, long, long, long
			for range b.N {
				b.StopTimer()
				rows := 0
				if pg != nil {
					used, at := cpuTime(pgPID), time.Now()
					a := pg.run(ctx, q.sql, nil)
					theirs, pgCPU = min(theirs, time.Since(at)), min(pgCPU, cpuTime(pgPID)-used)
					if a[0].err != nil {
						b.Fatal(a[0].err.message)
					}
					rows = len(a[0].rows)
				}
				b.StartTimer()
				var d discard
				used, at := cpuTime("self"), time.Now()
				if err := ours.s.Simple(ctx, q.sql, &d); err != nil {
					b.Fatal(err)
				}
				best, cpu = min(best, time.Since(at)), min(cpu, cpuTime("self")-used)
				if err := ours.s.Sync(ctx); err != nil {
					b.Fatal(err)
				}
				if pg != nil && d.rows != rows {
					b.Errorf("%d rows, PostgreSQL gives %d", d.rows, rows)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(best.Seconds()*1e3, "ms")
			b.ReportMetric(cpu.Seconds()*1e3, "cpu-ms")
			if pg != nil {
				b.ReportMetric(theirs.Seconds()*1e3, "pg-ms")
				b.ReportMetric(best.Seconds()/theirs.Seconds(), "ratio")
				if pgCPU > 0 && cpu > 0 {
					b.ReportMetric(pgCPU.Seconds()*1e3, "pg-cpu-ms")
					b.ReportMetric(cpu.Seconds()/pgCPU.Seconds(), "cpu-ratio")
				}
			}
		})
	}
	for _, p := range panics {
		b.Error(p)
	}
}
