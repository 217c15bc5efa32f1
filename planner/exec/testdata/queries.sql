select 1, 'a', null, true
select * from generate_series(1, 3)
select g, g * 2 from generate_series(1, 3) g where g <> 2
with t(a, b) as (values (1, 'x'), (2, 'y'), (3, 'x'), (null, 'z')) select b, count(*), sum(a), avg(a), min(a), max(a) from t group by b order by b
with t(a, b) as (values (1, 'x'), (2, 'y'), (3, 'x')) select b, array_agg(a order by a desc), string_agg(b, '-') from t group by b order by b
with t(a, b) as (values (1, 'x'), (2, 'y'), (3, 'x')) select b, a, count(*), grouping(b), grouping(a, b) from t group by rollup (b, a) order by b, a, 3
with t(a, b) as (values (1, 'x'), (2, 'y'), (3, 'x')) select b, a, count(*) from t group by cube (b, a) order by b, a, 3
select count(*) from generate_series(1, 10) g group by () having count(*) > 5
select sum(g) filter (where g % 2 = 0), count(distinct g % 3) from generate_series(1, 10) g
select count(*), sum(x) from (select 1 as x where false) s
select a.g, b.g from generate_series(1, 3) a(g) left join generate_series(2, 4) b(g) on a.g = b.g order by 1, 2
select a.g, b.g from generate_series(1, 3) a(g) full join generate_series(2, 4) b(g) on a.g = b.g order by 1, 2
select a.g, b.g from generate_series(1, 3) a(g) join generate_series(1, 3) b(g) on a.g < b.g order by 1, 2
select a.g, b.g from generate_series(1, 3) a(g), lateral generate_series(a.g, 3) b(g) order by 1, 2
select a.g, s.c from generate_series(1, 3) a(g) left join lateral (select count(*) c from generate_series(1, a.g) x where x > 1) s on true order by 1
select g, (select max(h) from generate_series(1, 5) h where h < g) from generate_series(1, 3) g order by 1
select g from generate_series(1, 5) g where exists (select 1 from generate_series(3, 9) h where h = g) order by 1
select g from generate_series(1, 5) g where not exists (select 1 from generate_series(3, 9) h where h = g) order by 1
select g from generate_series(1, 5) g where g in (select h from generate_series(3, 9) h) order by 1
select g from generate_series(1, 5) g where g not in (select h from generate_series(3, 9) h) order by 1
select g from generate_series(1, 5) g where g not in (select nullif(h, 3) from generate_series(3, 9) h) order by 1
select g from generate_series(1, 5) g where g > all (select h from generate_series(1, 3) h) order by 1
select g from generate_series(1, 5) g where g = any (array[1, 5, 7]) order by 1
select (1, 2) = (select 1, 2), (1, 3) < (select 1, 2), (1, 2) in (select 1, 2), (1, null) in (select 1, 2)
select array(select g from generate_series(1, 3) g order by g desc)
select (select g from generate_series(1, 3) g)
with recursive r(n, s) as (select 1, '1' union all select n + 1, s || ',' || (n + 1) from r where n < 4) select * from r
with recursive f(a, b) as (values (0, 1) union all select b, a + b from f where b < 50) select a from f
with recursive g(x) as (values (1) union select (x * 2) % 7 from g) select x from g order by x
with a as (select 1 x), b as (select x + 1 y from a) select * from a, b
with a as materialized (select g from generate_series(1, 3) g) select x.g, y.g from a x join a y using (g) order by 1
select distinct g % 3 from generate_series(1, 10) g order by 1
select distinct on (g % 3) g % 3, g from generate_series(1, 10) g order by g % 3, g desc
select g from generate_series(1, 10) g order by g % 3, g desc limit 4 offset 2
select g % 3 from generate_series(1, 10) g order by g % 3 fetch first 2 rows with ties
select 1 union select 2 union select 1 order by 1
select 1 union all select 2 union all select 1 order by 1
(select 1 union all select 1 union all select 2) intersect all (select 1 union all select 1 union all select 1) order by 1
(select 1 union all select 1 union all select 2) except all select 1 order by 1
select generate_series(1, 3), generate_series(1, 2)
select generate_series(1, 2) + 10, 'k' from generate_series(1, 2)
select unnest(array[1, 2]), unnest(array['a', 'b', 'c'])
select generate_series(1, generate_series(1, 2))
select * from unnest(array[1, 2], array['a', 'b', 'c']) with ordinality as t(x, y, n)
select * from rows from (generate_series(1, 2), generate_series(5, 7)) as t(a, b)
select x, n from unnest('{a,b}'::text[]) with ordinality as u(x, n)
select g, row_number() over (order by g desc), rank() over (order by g / 2), dense_rank() over (order by g / 2) from generate_series(1, 5) g order by g
select g, sum(g) over (order by g rows between 1 preceding and 1 following), avg(g) over (partition by g % 2) from generate_series(1, 5) g order by g
select g, lag(g) over w, lead(g, 2, -1) over w, first_value(g) over w, last_value(g) over w, nth_value(g, 2) over w from generate_series(1, 5) g window w as (order by g) order by g
select g, ntile(2) over (order by g), percent_rank() over (order by g), cume_dist() over (order by g) from generate_series(1, 5) g order by g
select g, count(*) over (order by g range between 2 preceding and current row exclude current row) from generate_series(1, 5) g order by g
select g, array_agg(g) over (order by g groups between 1 preceding and 1 following exclude ties) from generate_series(1, 4) g order by g
select g, max(g) over (order by g rows between current row and 2 following) from generate_series(1, 5) g order by g
select sum(sum(g)) over (order by g % 2), g % 2 from generate_series(1, 5) g group by g % 2 order by 2
select case when g = 1 then 'one' when g = 2 then 'two' else 'many' end from generate_series(1, 3) g order by g
select coalesce(null, 2), nullif(1, 1), greatest(1, 3, 2), least(4, null, 2)
select array[1, 2, 3][2], (array[1, 2, 3])[2:3], array[[1, 2], [3, 4]][2][1], array[[1, 2], [3, 4]][1:2][1:1]
select array[1, 2] || 3, array[1, 2] || array[3], 1 = any(array[1, 2]), array[1, 2] = array[1, 2], array[1, 2] < array[1, 3]
select row(1, 'a'), (row(1, 'a')).f2, row(1, null) is null, row(null, null) is null, row(1, 2) is not null
select r.f1 from (select row(1, 2) as r) s, lateral (select (s.r).f1) r
select 1 + null, null = null, null is distinct from 1, 1 is not distinct from 1, not null
select true and null, false and null, true or null, false or null
select 1 / 0
select 9223372036854775807 + 1
select '5'::int + 1, 5::text || 'x', '{1,2}'::int[], 1.5::int, 2.5::int
select 'abc' like 'a%', 'abc' ilike 'A_C', 'abc' ~ '^a', 'abc' similar to 'a(b|x)c'
select current_date = now()::date, current_timestamp = now(), localtimestamp = now()::timestamp
select string_agg(g::text, ',' order by g desc), array_agg(distinct g % 2 order by g % 2 desc) from generate_series(1, 5) g
select percentile_cont(0.5) within group (order by g), percentile_disc(array[0.25, 0.75]) within group (order by g), mode() within group (order by g % 2) from generate_series(1, 5) g
select rank(3) within group (order by g), dense_rank(3) within group (order by g), percent_rank(3) within group (order by g), cume_dist(3) within group (order by g) from generate_series(1, 5) g
select stddev(g), variance(g), var_pop(g), corr(g, g), regr_slope(g, g) from generate_series(1, 5) g
select bool_and(g > 0), bool_or(g > 4), every(g < 3), bit_and(g), bit_or(g) from generate_series(1, 5) g
select json_agg(g), jsonb_object_agg(g, g * 2), json_object_agg(g, 'x') from generate_series(1, 2) g
select json_object('a': 1, 'b': null absent on null), json_array(1, null, 'x' null on null), json_object('a': 1, 'a': 2 with unique keys returning jsonb)
select '{"a":1}' is json, '[1' is json, '{"a":1,"a":1}' is json with unique keys, '1' is json scalar, '[]' is json array
select ('{"a": {"b": [1, 2]}}'::jsonb)['a']['b'][1], ('{"a": 1}'::jsonb)['x']
select * from json_to_recordset('[{"a": 1, "b": "x"}, {"a": 2}]') as t(a int, b text)
select * from jsonb_each('{"a": 1, "b": [2]}')
select key, value from json_each_text('{"a": 1, "b": null}')
select * from json_populate_record(null::pg_catalog.pg_tables, '{"tablename": "x"}')
select (x).n from (select row(1, 2)::information_schema.sql_identifier x) s
select count(*) from pg_catalog.generate_series(1, 100000) g where g % 7 = 3
select g from generate_series(3, 1, -1) g limit -1
select g from generate_series(1, 3) g offset -1
select g from generate_series(1, 3) g limit null offset null
select x, y, x < y from (values (1, 2), (3, null), (null, 4)) v(x, y) order by x nulls first
select x from (values ('b'), ('a'), (null), ('C')) v(x) order by x desc
select x::float8 from (values ('NaN'), ('1'), ('-Infinity'), ('Infinity')) v(x) order by 1
select sum(x), avg(x), max(x) from (values (1.5), (2.25), (null)) v(x)
select x % 2 as k, count(*) from generate_series(1, 5) x group by k having count(*) > 2 order by k
select (select count(*) from generate_series(1, o.g) i where i % 2 = (select o.g % 2)) from generate_series(1, 4) o(g) order by o.g
select a.x, (select b.y from (values (1, 'one'), (2, 'two')) b(x, y) where b.x = a.x) from (values (1), (2), (3)) a(x) order by 1
select * from (values (1, 2), (3, 4)) a(x, y) natural join (values (1, 5), (3, 6)) b(x, z) order by 1
select * from (values (1), (2)) a(x) cross join (values ('p'), ('q')) b(y) order by 1, 2
select a.x, b.x from (values (1), (null)) a(x) full join (values (null), (1)) b(x) using (x) order by 1, 2
select min(x), max(x) from (values ('{1,2}'::int[]), ('{1,3}')) v(x)
select array_agg(x) from (values ('{1,2}'::int[]), ('{3,4}')) v(x)
select x, count(*) from (values ('{1,2}'::int[]), ('{1,2}'), ('{3}')) v(x) group by x order by x
select x, count(*) from (values (row(1, 'a')), (row(1, 'a')), (row(2, 'b'))) v(x) group by x order by x
select x from (values (row(2, 1)), (row(1, 3)), (row(1, 2))) v(x) order by x
select distinct x from (values (1.0), (1.00), (2)) v(x) order by x
select a.x from (values (1.0), (2)) a(x) join (values (1.00), (3)) b(x) on a.x = b.x
select a.x from (values (1::int2), (2)) a(x) join (values (1::int8), (3)) b(x) on a.x = b.x
select to_char(x, 'YYYY-MM-DD') from generate_series('2020-01-01'::timestamp, '2020-01-03', '1 day') x
select extract(year from x), date_trunc('month', x) from (values ('2020-05-06 07:08:09'::timestamp)) v(x)
select sum(g) over (order by g range between '-1'::int preceding and current row) from generate_series(1, 2) g
select sum(x) over (order by x range between 1.5 preceding and 1.5 following) from (values (1.0), (2.0), (3.5), (null)) v(x) order by x
select x, count(*) over (order by x range between '1 day' preceding and '1 day' following) from (values ('2020-01-01'::date), ('2020-01-02'), ('2020-01-05')) v(x) order by x
select x, sum(y) over (partition by x order by y desc) from (values ('a', 1), ('a', 2), ('b', 3)) v(x, y) order by x, y
select avg(g) over (order by g rows 2 preceding), stddev(g) over (order by g rows 2 preceding), sum(g::numeric) over (order by g rows 2 preceding), sum(g::float8) over (order by g rows 2 preceding) from generate_series(1, 5) g order by g
select max(x) over (order by x), min(x) over (order by x desc) from (values ('2020-01-01'::timestamp), ('2020-01-02')) v(x) order by 1
