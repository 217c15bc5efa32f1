package exec

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/plan"
)

// spills names each operator that holds rows, with a query whose rows do not fit
// into 64 kB, and how many times 64 kB all its operators together may hold.
var spills = []struct {
	name, sql string
	times     int64
}{
	{"sort", `select g, 'row ' || g from generate_series(1, 6000) g order by g % 10, g desc`, 2},
	{"sort without abbreviated keys", `select g, 'row ' || g from generate_series(1, 6000) g order by g % 10::numeric, g desc`, 2},
	{"sort of many runs", `select g, repeat('x', 200) from generate_series(1, 20000) g order by g % 1000, g`, 2},
	{"sort of rare types", `select i from (select g, '10.0.0.0'::inet + g i, int4range(g, g + 9) r, point(g, 1) p, (g % 50)::bit(9) b, '08:00:2b:01:02:03'::macaddr m, to_tsvector('simple', g::text) v from generate_series(1, 3000) g) s order by i desc, r, b, m, v, p[0]`, 2},
	{"top rows", `select g, repeat('x', 300) from generate_series(1, 6000) g order by g % 10, g limit 2000`, 2},
	{"limit with ties", `select g % 100 from generate_series(1, 6000) g order by 1 fetch first 50 rows with ties`, 2},
	{"hash join", `select a, b from generate_series(1, 9000) a join generate_series(5000, 12000) b on a = b`, 3},
	{"hash left join", `select a, b from generate_series(1, 9000) a left join generate_series(5000, 12000) b on a = b and a % 3 = 0`, 3},
	{"hash full join", `select a, b from (select nullif(g, 7) a from generate_series(1, 9000) g) a full join (select nullif(g, 6000) b from generate_series(5000, 12000) g) b on a = b`, 3},
	{"hash right join", `select a, b from generate_series(1, 3000) a right join generate_series(2000, 9000) b on a = b`, 3},
	{"hash semi-join", `select a from generate_series(1, 9000) a where a in (select b from generate_series(1, 18000, 2) b)`, 3},
	{"hash anti-join", `select a from generate_series(1, 9000) a where not exists (select from generate_series(1, 18000, 2) b where a = b)`, 3},
	{"join of one key", `select count(*), sum(a), sum(b), max(length(x) + length(y)) from (select g % 2 k, g a, repeat('x', 200) x from generate_series(1, 700) g offset 0) a join (select g % 2 k, g b, repeat('y', 200) y from generate_series(1, 700) g offset 0) b using (k)`, 4},
	{"left join of one key", `select a, count(b), sum(b) from (select g % 2 k, g a from generate_series(1, 20) g) a left join (select 1 k, g b from generate_series(1, 6000) g) b on a.k = b.k and b <> 17 group by a`, 4},
	{"full join of one key", `select count(*), count(a), count(b), sum(b) from (select g % 2 k, g a from generate_series(1, 20) g) a full join (select 1 k, g b from generate_series(1, 6000) g) b on a.k = b.k and b % 5 = a % 5 and b % 3 = 0`, 3},
	{"full join of NULLs", `select count(*), count(a), sum(b) from (select nullif(g, g) k, g a from generate_series(1, 6000) g) a full join (select nullif(g % 3, g % 2) k, g b from generate_series(1, 6000) g) b on a.k = b.k and a < b - 5000`, 4},
	{"semi-join of one key", `select g from generate_series(1, 20) g where exists (select from (select 1 k, h from generate_series(1, 6000) h) h where k = g % 2 and h > 5990 + g)`, 3},
	{"anti-join of one key", `select g from generate_series(1, 20) g where not exists (select from (select 1 k, h from generate_series(1, 6000) h) h where k = g % 2 and h > 5990 + g)`, 3},
	{"join without keys", `select count(*) from generate_series(1, 40) a, (select g from generate_series(1, 6000) g offset 0) b where a < b.g`, 3},
	{"group by", `select g % 5000, count(*), sum(g), max(g::text) from generate_series(1, 20000) g group by 1`, 2},
	{"group by with long states", `select g % 500, count(*), string_agg(g::text, ',') from generate_series(1, 6000) g group by 1`, 6},
	{"grouping sets", `select g % 7, g % 1000, count(*) from generate_series(1, 20000) g group by grouping sets ((1, 2), (1), (2), ())`, 5},
	{"distinct", `select distinct g % 3000, 'x' || g % 11 from generate_series(1, 9000) g`, 2},
	{"count distinct", `select count(distinct g % 4000), count(distinct 'x' || g % 300) from generate_series(1, 9000) g`, 3},
	{"count distinct of groups", `select g % 700, count(distinct g % 4000), count(distinct g / 3) from generate_series(1, 9000) g group by 1`, 4},
	{"aggregates with order", `select g % 300, string_agg('row ' || g, ',' order by g desc), sum(distinct g % 11) from generate_series(1, 6000) g group by 1`, 8},
	{"aggregates of grouping sets with order", `select g % 30, g % 20, string_agg(g::text, ',' order by g desc) filter (where g % 100 = 1), count(distinct g % 600) from generate_series(1, 6000) g group by cube (1, 2)`, 12},
	{"ordered-set aggregates", `select percentile_disc(0.5) within group (order by g), percentile_cont(array[0.1, 0.99]) within group (order by g), mode() within group (order by g % 17) from generate_series(1, 6001) g`, 4},
	{"ordered-set aggregates of groups", `select g % 500, percentile_disc(0.5) within group (order by g), rank(3000) within group (order by g) from generate_series(1, 6001) g group by 1`, 5},
	{"window", `select g, row_number() over w, sum(g) over w, lag(g, 3000) over w, first_value(g) over w, last_value(g) over (order by g rows between 5 preceding and 2000 following) from generate_series(1, 6000) g window w as (order by g % 10, g)`, 5},
	{"window frames of groups", `select g, count(*) over (order by g / 3 groups between 2 preceding and 1 following exclude ties), rank() over (order by g / 3), cume_dist() over (order by g / 3) from generate_series(1, 6000) g`, 5},
	{"window with long states", `select g, length(string_agg('a row' || g, ',') over (order by g rows 20 preceding)) from generate_series(1, 9000) g`, 4},
	{"partitions", `select g % 3, count(*) over (partition by g % 3), percent_rank() over (partition by g % 3 order by g) from generate_series(1, 6000) g`, 6},
	{"union", `select g from generate_series(1, 6000) g union select g from generate_series(3000, 9000) g`, 2},
	{"intersect", `select g, 'x' || g from generate_series(1, 6000) g intersect select g, 'x' || g from generate_series(3000, 9000) g`, 3},
	{"intersect all", `select g % 2500 from generate_series(1, 6000) g intersect all select g % 4000 from generate_series(2000, 9000) g`, 3},
	{"except", `select g from generate_series(1, 6000) g except select g from generate_series(3000, 9000) g`, 3},
	{"except all", `select nullif(g % 2500, 7) from generate_series(1, 9000) g except all select g % 4000 from generate_series(2000, 9000) g`, 3},
	{"in", `select a from generate_series(1, 9000) a where (a in (select b from generate_series(1, 18000, 2) b)) is not true`, 4},
	{"not in", `select count(*) from generate_series(1, 9000) a where a not in (select b * 2 from generate_series(1, 9000) b)`, 4},
	{"not in with NULL", `select count(*), count(x) from (select a not in (select nullif(b * 2, 6) from generate_series(1, 9000) b) x from generate_series(1, 3000) a) s`, 4},
	{"any of rows", `select count(*) from generate_series(1, 3) a where a * 2000 < all (select b from generate_series(6000, 12000) b)`, 3},
	{"with", `with c as materialized (select g, 'row ' || g t from generate_series(1, 5000) g) select count(*), min(a.t), max(b.t) from c a join c b on a.g = b.g + 1`, 5},
	{"with recursive", `with recursive r(n) as (select g from generate_series(1, 3000) g union all select n + 3000 from r where n < 9000) select count(*), sum(n) from r`, 5},
	{"search", `with recursive r(n) as (select g from generate_series(1, 1000) g union all select n + 1000 from r where n < 3000) search breadth first by n set o select n from r order by o`, 8},
	{"functions side by side", `select count(*), sum(a), max(b) from rows from (generate_series(1, 6000), generate_series(1, 4000)) f(a, b)`, 3},
	{"lateral", `select count(*), sum(x) from generate_series(1, 5) a, lateral (select x, repeat('x', 100) y from generate_series(1, a * 500) x order by y, x desc offset 20) b`, 2},
	{"values", `select count(*), max(v) from (values ` + strings.Repeat(`('a long row of a list of values'), `, 3000) + `('z')) v(v) join generate_series(1, 3000) g on v = 'z' || substr('x', 1 + g / g)`, 4},
}

// TestSpills runs operators that hold rows with little memory and with plenty:
// they answer the same, put rows into temporary files, of which none stays, and
// account for no more memory than they may have.
func TestSpills(t *testing.T) {
	const workMem = 64 << 10
	for _, test := range spills {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want, q, err := newBuilder(t).asked(test.sql, &Files{})
			if err != nil {
				t.Fatal(err)
			}
			if q.state.spilled > 0 {
				t.Error("spilt with plenty of memory")
			}
			b, files := newBuilder(t).with(workMem), &Files{Dir: t.TempDir()}
			got, q, err := b.asked(test.sql, files)
			if err != nil {
				t.Fatal(err)
			}
			if got != want && (strings.Contains(test.sql, ") g order by") || !sameLines(got, want)) {
				t.Errorf("%d bytes differ from %d", len(got), len(want))
			}
			if q.state.spilled == 0 {
				t.Error("did not spill")
			}
			if most := test.times * workMem; q.state.peak > most {
				t.Errorf("held %d kB, not %d", q.state.peak>>10, most>>10)
			}
			if left, err := os.ReadDir(files.Dir); err != nil || len(left) > 0 || files.Open() > 0 || files.Size() > 0 {
				t.Errorf("left %d files, %d open of %d bytes: %v", len(left), files.Open(), files.Size(), err)
			}
			if _, q, err = b.with(workMem).broken(test.sql, files); err != nil || files.Open() > 0 || files.Size() > 0 || q.state.mem > q.state.peak {
				t.Errorf("broken off: left %d open of %d bytes: %v", files.Open(), files.Size(), err)
			}
		})
	}
}

// asked runs a SELECT with temporary files of its own.
func (b *builder) asked(sql string, files *Files) (string, *Query, error) {
	q, types, err := b.start(sql, files)
	if err != nil {
		return "", nil, err
	}
	got, err := b.collect(q.Rows(context.Background()), types)
	return got, q, err
}

// broken takes one row of a SELECT.
func (b *builder) broken(sql string, files *Files) (string, *Query, error) {
	q, _, err := b.start(sql, files)
	if err != nil {
		return "", nil, err
	}
	for row, err := range q.Rows(context.Background()) {
		return fmt.Sprint(row), q, err
	}
	return "", q, nil
}

func (b *builder) start(sql string, files *Files) (*Query, []OID, error) {
	raw, err := analyze.Parse(sql)
	if err != nil {
		return nil, nil, err
	}
	b.env.SearchPath = []string{"pg_catalog", "public"}
	a, err := analyze.Analyze(raw[0], b.cat, b.env, nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Build(a.Query, plan.Options{Catalog: b.cat, Env: b.env, Eval: NewEvaluator(b.cat, b.env, nil)})
	if err != nil {
		return nil, nil, err
	}
	types := make([]OID, len(p.Columns))
	for i, c := range p.Columns {
		types[i] = c.Type
	}
	return Start(p, &Runtime{Catalog: b.cat, Env: b.env, Stats: true, WorkMem: b.mem, MemLimit: b.limit, Files: files}), types, nil
}
