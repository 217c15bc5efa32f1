package exec

import (
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// spilling are queries whose rows do not fit into 64 kB.
var spilling = []string{
	`select g % 5000, count(*), sum(g), string_agg(g::text, ',') from generate_series(1, 20000) g group by 1`,
	`select g % 7, g % 1000, count(*) from generate_series(1, 20000) g group by grouping sets ((1, 2), (1), (2), ())`,
	`select distinct g % 3000, 'x' || g % 11 from generate_series(1, 9000) g`,
	`select a, b from generate_series(1, 9000) a join generate_series(5000, 12000) b on a = b`,
	`select a, b from generate_series(1, 9000) a left join generate_series(5000, 12000) b on a = b and a % 3 = 0`,
	`select a, b from (select nullif(g, 7) a from generate_series(1, 9000) g) a full join (select nullif(g, 6000) b from generate_series(5000, 12000) g) b on a = b`,
	`select a, b from generate_series(1, 9000) a right join generate_series(5000, 12000) b on a = b`,
	`select a from generate_series(1, 9000) a where a in (select b from generate_series(1, 18000, 2) b)`,
	`select a from generate_series(1, 500) a where not exists (select from generate_series(1, 900, 2) b where b = a)`,
	`select a % 3, count(*) from generate_series(1, 3000) a join generate_series(1, 9000) b on a % 3 = b % 3000 group by 1`,
	`select g, 'row ' || g from generate_series(1, 5000) g order by g % 10, g desc`,
	`select g, 'row ' || g from generate_series(1, 5000) g order by g % 10::numeric, g desc`,
	`select g, nullif(g % 9, 3), t from (select g, 'row ' || g % 1000 t from generate_series(1, 5000) g) g order by nullif(g % 9, 3) desc, t, g desc`,
	`select g % 7, t from (select g, nullif('r' || g % 1000, 'r7') t from generate_series(1, 5000) g) g order by t nulls first, g offset 4000`,
	`select g, row_number() over w, sum(g) over w, lag(g, 3000) over w, first_value(g) over w, last_value(g) over (order by g rows between 5 preceding and 2000 following)
		from generate_series(1, 6000) g window w as (order by g % 10, g)`,
	`select g % 3, count(*) over (partition by g % 3), percent_rank() over (partition by g % 3 order by g) from generate_series(1, 6000) g`,
	`with c as materialized (select g, 'row ' || g t from generate_series(1, 5000) g) select count(*), min(a.t), max(b.t) from c a join c b on a.g = b.g + 1`,
	`with recursive r(n) as (select g from generate_series(1, 3000) g union all select n + 3000 from r where n < 9000) select count(*), sum(n) from r`,
	`select count(*) from generate_series(1, 300) a, (select g from generate_series(1, 2000) g offset 0) b where a < b.g`,
	`select count(distinct g % 4000), string_agg(t, ',' order by t desc), array_agg(distinct g % 50) from (select g, 'row ' || g t from generate_series(1, 5000) g) s`,
	`select count(*) over (), row_number() over () from (select from generate_series(1, 3000)) s`,
	`select a.n, b.n, lag(b.s) over (order by a.n, b.n) from (select g n, 'row ' || g s, g::numeric / 3 q from generate_series(1, 4000) g) a join (select g n, 'row ' || g s, g % 7 k from generate_series(1, 4000) g) b on a.n = b.n + 1`,
	`select percentile_disc(0.5) within group (order by g) from generate_series(1, 5001) g`,
}

// Queries give the same rows with little memory as with much.
func TestLittleMemory(t *testing.T) {
	for _, q := range spilling {
		q = strings.Join(strings.Fields(q), " ")
		want, err := newBuilder(t).answer(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		got, err := newBuilder(t).with(64 << 10).answer(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
		if got != want && (strings.Contains(q, ") g order by") || !sameLines(got, want)) {
			t.Errorf("%s: %d bytes differ from %d", q, len(got), len(want))
		}
	}
}

// A query that needs more than it may hold fails.
func TestQueryMemory(t *testing.T) {
	for _, q := range []string{
		`select array_agg(g) from generate_series(1, 1000000) g`,
		`select string_agg(repeat('x', 1000), '') from generate_series(1, 100000) g`,
		`select json_agg(g) from generate_series(1, 1000000) g`,
		`select length(repeat('x', 1000000000))`,
		`select length(lpad('x', 1000000000, 'é'))`,
		`select array_fill(1, array[10000, 10000])`,
		`select npoints(polygon(10000000, circle '<(0,0),1>'))`,
	} {
		b := newBuilder(t)
		b.limit = 4 << 20
		if _, err := b.answer(q); err == nil || pgerr.From(err).Code != "53200" {
			t.Errorf("%s: %v", q, err)
		}
	}
	b := newBuilder(t)
	b.limit = 4 << 20
	got, err := b.answer(`select count(*), count(distinct g % 20000) from (select g from generate_series(1, 100000) g order by g desc offset 5) s`)
	if got != "99995|20000\n" || err != nil {
		t.Errorf("%s %v", got, err)
	}
}
