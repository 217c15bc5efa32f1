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
select a.x, b.x from (values (1), (2)) a(x) left join (values (1), (1)) b(x) on a.x = b.x and b.x > 0 order by 1, 2
select a.x from (values (1), (2), (null)) a(x) where a.x not in (select x from (values (1)) v(x)) order by 1
select a.x from (values (1), (2), (null)) a(x) where a.x not in (select x from (values (1)) v(x) where false) order by 1
select x, x in (1, 2, null), x not in (1, 2, null), x in (3, 4, 5, 6, null) from (values (1), (3), (null)) v(x) order by x
select x, (x, 1) in (select 1, 1 union all select null, 1) from (values (1), (3), (null)) v(x) order by x
select x, (x, 2) in (select 1, 1 union all select null, 1) from (values (1), (3), (null)) v(x) order by x
select x = all (select 1 where false), x = any (select 1 where false) from (values (1), (null)) v(x)
select exists (select 1 where false), exists (select null), not exists (select 1)
select (select 1 where false) is null
select x, (select array_agg(y order by y) from (values (1), (2), (3)) w(y) where y <= x) from (values (1), (3)) v(x) order by x
select x, exists (select 1 from (values (1), (2)) w(y) where y = x and exists (select 1 from (values (2)) z(q) where q = y and q = x)) from (values (1), (2), (3)) v(x) order by x
select s.x, t.y from (values (1), (2), (3)) s(x), lateral (select y from (values (1), (2), (3)) q(y) where y >= s.x order by y limit 2) t order by 1, 2
select x, rank from (select x, count(*) over (order by x) as rank from (values (3), (1), (2)) v(x)) s where rank <= 2 order by 1
select count(*) over () as n, x from (values (1), (2)) v(x) limit 1
select x, count(*) from (values (1), (1), (2)) v(x) group by x order by count(*) desc, x
select x + 1 as y, sum(x) from (values (1), (1), (2)) v(x) group by y order by y
select a, b, sum(c), grouping(a, b) from (values (1, 1, 1), (1, 2, 2), (2, 1, 3)) v(a, b, c) group by grouping sets ((a, b), (a), ()) order by a nulls last, b nulls last
select a, count(*) from (values (1), (2)) v(a) where false group by rollup (a)
select count(*) from (values (1)) v(a) where false group by grouping sets ((), ())
select sum(a) from (values (1), (2)) v(a) having sum(a) > 5
select 1 from (values (1), (2)) v(a) having true
select distinct count(*) over () from (values (1), (2)) v(a)
select array_agg(distinct x), array_agg(distinct x order by x desc), count(distinct x) from (values (2), (1), (null), (2)) v(x)
select string_agg(distinct x, ',' ) from (values ('b'), ('a'), ('b')) v(x)
select sum(distinct x), avg(distinct x) from (values (1), (1), (4)) v(x)
select max(x), min(x) from (values ('b'::text), ('a'), (null)) v(x)
select count(x), count(*), sum(x) from (values (null::int)) v(x)
select array_agg(row(x, y)) from (values (1, 'a'), (2, 'b')) v(x, y)
select array_agg(v) from (values (1, 'a'), (2, 'b')) v(x, y)
select v from (values (1, 'a'), (2, null)) v(x, y) order by v
select (v).x, v.* from (values (1, 'a')) v(x, y)
select v is null, v is not null from (values (1, null), (null, null)) v(x, y)
select row_to_json(v) from (values (1, 'a')) v(x, y)
select to_jsonb(v), jsonb_agg(v) over () from (values (1, 'a')) v(x, y)
select generate_series(1, 3) g order by g desc
select generate_series(1, 3) g limit 2
select x, generate_series(1, x) from (values (2), (0), (1)) v(x)
select sum(g) from (select generate_series(1, 3) g) s
select generate_series(1, 2), count(*) from (values (1), (2)) v(x)
select count(*), generate_series(1, count(*)::int) from (values (1), (2)) v(x)
select distinct generate_series(1, 2) % 2 order by 1
select case when true then 1 else generate_series(1, 2) end
select unnest('{{1,2},{3,4}}'::int[])
select (unnest(array[row(1, 2), row(3, 4)])).f1
select * from unnest('{1,2}'::int[]) x, unnest(array[x, x + 10]) y order by 1, 2
select regexp_matches('abcabc', 'b', 'g')
select * from regexp_split_to_table('a,b', ',') t
select jsonb_array_elements('[1,2]'), jsonb_object_keys('{"a":1,"b":2,"c":3}')
select * from jsonb_to_record('{"a": 1, "b": [1,2]}') as t(a int, b int[])
select * from generate_series(1, 2) a, generate_series(a, 2) b order by 1, 2
select * from generate_series(1, null)
select * from current_date d where d = current_date and false
select * from abs(-3)
select * from upper('x') as u(v)
select * from pg_input_error_info('x', 'integer')
with recursive t(n) as (select 1 union all select n + 1 from t) select n from t limit 3
with recursive t(n, p) as (select 1, array[1] union all select n % 3 + 1, p || (n % 3 + 1) from t where not (n % 3 + 1) = any (p)) select * from t
with recursive t(a, b) as (select 1, 1 union select a % 2 + 1, (select max(x) from (values (a), (b)) v(x)) from t) select * from t order by 1, 2
with recursive a(x) as (select 1 union all select x + 1 from a where x < 3), b(y) as (select x from a union all select y * 10 from b where y < 10) select * from b order by 1
with w as (select 1 as x), v as (select x from w union all select x + 1 from w) select count(*), sum(x) from v
with t as (select g from generate_series(1, 5) g) select (select count(*) from t), (select sum(g) from t where g > (select min(g) from t))
with t(x) as materialized (select random()) select (select x from t) = (select x from t)
select * from (select 1 a union select 2 union select 3) s where a > 1 order by a
select x, 'l' from (values (1)) v(x) union all select null, null order by 1
select 1::int2 union select 1::int8 union select 1.5 order by 1
select null union select 'a' order by 1
(select x from (values (3), (1)) v(x) order by x limit 1) union all (select x from (values (2), (5)) v(x) order by x desc limit 1)
select x from (values (1), (2), (2), (3)) v(x) except all select x from (values (2)) w(x) order by 1
select x from (values (1), (2), (2), (null), (null)) v(x) intersect select x from (values (2), (null)) w(x) order by 1
values (1, 'a'), (2, 'b')
values (1), (2) order by 1 desc limit 1
table pg_catalog.pg_am limit 0
select case x when 1 then 'a' when null then 'b' end from (values (1), (null), (2)) v(x)
select case when x > 0 then 10 / x else 0 end from (values (0), (5)) v(x)
select x from (values (0), (5)) v(x) where x <> 0 and 10 / x = 2
select coalesce(x, 1 / 0) from (values (1)) v(x)
select nullif(x, 2), nullif('a', x::text) from (values (1), (2)) v(x)
select greatest('a', 'B', null), least(1.5, 2, null), greatest(null::int, null)
select array[]::int[], array[null]::text[], array[array[1, 2], array[3, 4]], array['{1}'::int[], null]
select (array[1, 2, 3])[0], (array[1, 2, 3])[null], (array[1, 2, 3])[2:], (array[1, 2, 3])[:2], (array[1, 2, 3])[:], (null::int[])[1]
select ('1 2 3'::int2vector)[0], ('1 2 3'::oidvector)[2], ('abc'::name)[1]
select array[1, 2][1:1], array_length(array[1, 2][2:3], 1)
select '{1,2,3}'::int[] @> '{2}', '{1,2}'::int[] && '{2,3}', array_position(array[1, 2], 2), array_remove(array[1, 2, 1], 1)
select row(1, 2) = row(1, 2), row(1, 2) < row(1, 3), row(1, null) = row(1, 2), row(1, null) <> row(2, 3), row(1, 2) is distinct from row(1, null)
select row(1, 2, 3) >= row(1, 2, 2), (1, 2) <= (1, 2), ('a', 1) > ('a', 0)
select (1, 2) in ((1, 2), (3, 4)), (1, 2) not in ((1, null), (3, 4))
select '2020-01-01'::date + 1, '2020-01-01'::date - '2019-12-31'::date, '2020-01-01'::timestamp + '1 mon'
select 1 between 0 and 2, 5 not between 1 and 3, 2 between symmetric 3 and 1
select 'a' || null, 'a' || 1, 1 || 'a'
select length('héllo'), upper('é'), substring('hello' from 2 for 3), position('l' in 'hello'), trim(both 'x' from 'xax'), overlay('abcdef' placing 'X' from 2 for 2)
select extract(epoch from '1 day'::interval), '1 day'::interval * 2, justify_hours('25 hours')
select '12'::int + '3'::numeric, 7 / 2, 7 % 3, -7 / 2, 7.0 / 2, 2 ^ 3, |/ 4.0, @ -5, 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 3
select 1::numeric(5, 2), 'abc'::varchar(2), 'abc'::char(5) || 'x', 1.255::numeric(4, 2), '99999'::numeric(3, 1)
select 'abc'::char(5) = 'abc  '::char(3), 'a'::char(3) = 'a'
select cast('t' as bool), 'yes'::bool, 0::bool, 't'::bool::int, 1::bool::text
select 'x'::bool
select '1'::int2 + 32767::int2
select sqrt(-1)
select 10::int8 / 0
select ln(0)
select 'nan'::float8::int
select 1e400::float8
select substring('abc', 1, -1)
select array[1, 2] || array[array[3, 4]]
select (array[1, 2])['x']
select 1 = any ('x')
select sum(x) from (values (9223372036854775807), (1)) v(x)
select sum(x)::int8 from (values (9223372036854775807), (1)) v(x)
select avg(x) from (values (1::float8), ('Infinity')) v(x)
select sum(x) over (order by x rows between 1 preceding and current row) from (values (1::float8), ('Infinity'), ('NaN')) v(x) order by 1
select string_agg(x, '') over (order by x), array_agg(x) over (order by x rows 1 preceding) from (values ('a'), ('b'), ('c')) v(x) order by 1
select count(*) filter (where x > 1) over (order by x), sum(x) filter (where x > 1) over (order by x rows 1 preceding) from (values (1), (2), (3)) v(x) order by x
select x, count(*) over w, count(*) over (w rows 1 preceding) from (values (1), (1), (2)) v(x) window w as (order by x) order by x
select x, y, sum(y) over (partition by x order by y desc rows unbounded preceding) from (values (1, 1), (1, 2), (2, 3), (2, 5), (null, 1), (null, 2)) v(x, y) order by x, y
select sum(x) over (order by x rows between unbounded following and current row) from (values (1)) v(x)
select sum(x) over (order by x groups between 1 preceding and null following) from (values (1)) v(x)
select sum(x) over (rows between null preceding and current row) from (values (1)) v(x)
select min(x) over (order by y range between '1 hour' preceding and current row) from (values (1, '2020-01-01 00:00'::timestamp), (2, '2020-01-01 00:30'), (3, '2020-01-01 02:00')) v(x, y) order by y
select x, sum(x) over (order by x desc range between 1 preceding and 1 following) from (values (1), (2), (4), (null)) v(x) order by x
select x, sum(x) over (order by x nulls first range between 1 preceding and unbounded following) from (values (1), (2), (4), (null)) v(x) order by x
select x, count(*) over (order by x desc nulls last range between current row and 1 following) from (values (1), (2), (4), (null), (null)) v(x) order by x
select bit_and(x) over (order by x rows 1 preceding), every(x > 1) over (order by x) from (values (1), (3), (2)) v(x) order by x
select x, lag(y) over (order by x) from (values (1, 'a'), (2, 'b')) v(x, y) order by x
select x::text::int, x::int8::int2 from (values (1), (40000)) v(x)
select pg_typeof(1), pg_typeof('a'), pg_typeof(array[1]), pg_typeof(row(1))
select format('%s %I %L', 'a', 'b c', 'd''e'), concat(1, null, 'x'), concat_ws(',', 1, null, 2)
select concat(variadic array[1, 2]), format('%s-%s', variadic array['a', 'b']), num_nulls(1, null, 2), num_nonnulls(variadic array[1, null])
select json_build_object('a', 1, 'b', array[1, 2]), jsonb_build_array(1, null, 'x')
select greatest(array[1, 2], array[1, 3]), array[1, 2] < array[1], array[row(1, 'a')] = array[row(1, 'a')]
select x from (values ('1 day'::interval), ('24 hours'), ('2 days')) v(x) group by x order by x
select distinct x from (values ('a '::char(3)), ('a'), ('b')) v(x) order by x
select x, count(*) from (values (0.0::float8), ('-0'), ('NaN'), ('NaN')) v(x) group by x order by x
select count(*) from (values ('{"a":1}'::jsonb), ('{"a": 1}'), ('{"a":1.0}')) v(x) group by x
select a.x from (values ('a'::name)) a(x) join (values ('a'::text)) b(x) on a.x = b.x
select a.x from (values ('2020-01-01'::date)) a(x) join (values ('2020-01-01'::timestamp)) b(x) on a.x = b.x
select a.x, b.x from (values ('a'::char(3))) a(x) join (values ('a'::char(5))) b(x) on a.x = b.x
select a.x from (values (array[1, 2])) a(x) join (values (array[1, 2])) b(x) on a.x = b.x
select a.x from (values (row(1, 2))) a(x) join (values (row(1, 2))) b(x) on a.x = b.x
select x from (values ('a' collate "C"), ('B')) v(x) order by x
select x from (values ('<a/>')) v(x) where x::text > 'A' collate "POSIX"
select (select x from (select 1 as x, 2 as y) s), (select count(*) from (select) s)
select count(*) from (select from generate_series(1, 3)) s
select * from (values (1)) a(x) left join lateral (select 1 / a.x y where a.x > 5) b on true
select * from (values (1, 2)) a(x, y) join (values (2, 3)) b(y, z) using (y)
select * from ((values (1), (2)) a(x) join (values (2), (3)) b(y) on x = y - 1) j order by 1
select a.x, b.x, c.x from (values (1), (2)) a(x) left join (values (2)) b(x) on a.x = b.x left join (values (2)) c(x) on c.x = b.x order by 1
select a.x, b.x from (values (1), (2)) a(x) right join (values (2), (3)) b(x) on a.x = b.x where a.x is null order by 2
select a.x from (values (1), (2), (3)) a(x) where (select count(*) from (values (1), (2)) b(x) where b.x < a.x) > 0 order by 1
select x from (values (1), (2), (3)) a(x) where x = (select max(x) from (values (1), (2)) b(x))
select x, (select y from (values (1, 10), (1, 11)) b(k, y) where k = x limit 1) from (values (1), (2)) a(x) order by 1
select x from (values (1), (2)) a(x) group by x having exists (select 1 where a.x = 2)
select (select sum(a.x)) from (values (1), (2)) a(x)
select (select sum(a.x + b.y) from (values (1), (2)) b(y)) from (values (10), (20)) a(x) order by 1
select x, (select count(*) filter (where b.y > a.x) from (values (1), (2), (3)) b(y)) from (values (1), (2)) a(x) order by 1
