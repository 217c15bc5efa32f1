"""asyncpg."""
import asyncio
import datetime
import decimal
import io
import json
import uuid

import asyncpg

from compat import *

c = Client("asyncpg", asyncpg.__version__)
kw = dict(host=host, port=port, user=user, password=password or None, database=database)


async def main():
    conn = await asyncpg.connect(**kw, server_settings={"application_name": "app", "jit": "off", "search_path": "ec2"})

    @c.astep("connect with settings")
    async def s():
        v = conn.get_server_version()
        return v.major == 16 and await conn.fetchval("show search_path") == "ec2" and conn.get_settings().application_name == "app"
    await s

    @c.astep("schemas and tables")
    async def s():
        return [dict(r) for r in await conn.fetch(
            "select n.nspname, c.relname, c.relkind::text k, obj_description(c.oid, 'pg_class') d from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1, 2")]
    await s

    @c.astep("columns")
    async def s():
        st = await conn.prepare("select * from flow_logs")
        return [(a.name, a.type.name, a.type.oid, a.type.kind) for a in st.get_attributes()]
    await s

    @c.astep("parameters' types")
    async def s():
        st = await conn.prepare('select * from flow_logs where region = $1 and "maxAggregationInterval" > $2 and "creationTime" < $3 and tags @> $4')
        return [(p.name, p.oid) for p in st.get_parameters()]
    await s

    @c.astep("types")
    async def s():
        vals = [1, 2**40, decimal.Decimal("-12.50"), 1.5, "é", b"\x00\xff", True, datetime.date(2024, 1, 2), datetime.time(1, 2, 3), datetime.timedelta(days=3, seconds=5),
                uuid.UUID(int=5), [1, 2], ["a", None], '{"a": 1}', datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc), datetime.datetime(2024, 1, 2, 3, 4), "n", b"c", 7]
        types = "int4 int8 numeric float8 text bytea bool date time interval uuid int4[] text[] jsonb timestamptz timestamp name char oid".split()
        got = await conn.fetchrow("select " + ", ".join(f'${i + 1}::{"" if t != "char" else chr(34)}{t}{"" if t != "char" else chr(34)}' for i, t in enumerate(types)), *vals)
        for t, a, b in zip(types, vals, got):
            assert a == b, (t, a, b)
        return [str(v) for v in got]
    await s

    @c.astep("more types")
    async def s():
        r = await conn.fetchrow("select '101'::varbit, 'x'::bpchar(3),"
                                " '{1.5,NULL}'::numeric[], '01:02+03'::timetz, 'infinity'::timestamp, null::jsonb, row(1, 'a'), '1'::xid, 'int4'::regtype, 'pg_class'::regclass::oid > 0")
        return [str(v) for v in r]
    await s

    @c.astep("points and the other shapes, xml")
    async def s():
        p = asyncpg.Point(1, 2.5)
        r = await conn.fetchrow("select $1::point, '((0,0),(1,1))'::box, '((0,0),(1,1),(2,0))'::polygon, '<(1,2),3>'::circle, '[(0,0),(1,1)]'::lseg, '[(0,0),(1,1)]'::path,"
                                " '{1,2,3}'::line, '<a>1</a>'::xml, 'a fat cat'::tsvector, 'fat & cat'::tsquery", p)
        assert r[0] == p, r[0]
        return [str(v) for v in r]
    await s

    @c.astep("network addresses, ranges")
    async def s():
        r = await conn.fetchrow("select '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr, int4range(1, 5), '08:00:2b:01:02:03'::macaddr, '{[1,3),[5,7)}'::int4multirange")
        return [str(v) for v in r]
    await s

    @c.astep("json codec")
    async def s():
        await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        r = await conn.fetchval("select tags from flow_logs where tags @> $1 order by \"flowLogId\" limit 1", {"env": "prod"})
        await conn.reset_type_codec("jsonb", schema="pg_catalog")
        return r
    await s

    @c.astep("type lookup of composites, enums and domains")
    async def s():
        st = await conn.prepare("select relname::information_schema.sql_identifier as d, row(relname, oid) as r, array_agg(x) from pg_class, (values (1)) v(x) where oid = any($1::oid[]) group by 1, 2")
        got = await st.fetch([1259])
        return [str(got[0]["d"]), [a.type.name for a in st.get_attributes()]]
    await s

    @c.astep("table as rows")
    async def s():
        r = await conn.fetchval('select f from flow_logs f order by "flowLogId" limit 1')
        return r["flowLogId"]
    await s

    @c.astep("parameters")
    async def s():
        return [tuple(r) for r in await conn.fetch('select region, count(*) from flow_logs where region = any($1) and "trafficType" = $2 and "creationTime" > $3 group by 1 order by 1',
                                                   ["us-east-1", "eu-west-1"], "REJECT", datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc))]
    await s

    @c.astep("error and recovery")
    async def s():
        try:
            await conn.fetch("select nope from flow_logs")
            return False
        except asyncpg.UndefinedColumnError as e:
            assert e.sqlstate == "42703" and e.position == "8"
        return await conn.fetchval("select 1") == 1
    await s

    @c.astep("transactions")
    async def s():
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            assert await conn.fetchval("show transaction_isolation") == "repeatable read"
            try:
                async with conn.transaction():
                    await conn.execute("select 1/0")
            except asyncpg.DivisionByZeroError:
                pass
            assert await conn.fetchval("select 1") == 1
        return not conn.is_in_transaction()
    await s

    @c.astep("cursors")
    async def s():
        async with conn.transaction():
            n = 0
            async for _ in conn.cursor('select "flowLogId" from flow_logs', prefetch=7):
                n += 1
            cur = await conn.cursor("select generate_series(1, 10)")
            await cur.forward(3)
            assert (await cur.fetchrow())[0] == 4 and len(await cur.fetch(4)) == 4
        return n > 100
    await s

    @c.astep("copy out")
    async def s():
        buf = io.BytesIO()
        await conn.copy_from_query("select region from flow_logs where region = $1", "us-east-1", output=buf, format="csv")
        assert buf.getvalue().count(b"us-east-1") > 10
        buf = io.BytesIO()
        await conn.copy_from_query("select region from flow_logs", output=buf, format="binary")
        await conn.copy_from_table("flow_logs", schema_name="ec2", columns=["region"], output=io.BytesIO())
        return buf.getvalue().startswith(b"PGCOPY\n\xff\r\n\0")
    await s

    @c.astep("executemany")
    async def s():
        await conn.executemany("select $1::int", [(1,), (2,), (3,)])
    await s

    @c.astep("script")
    async def s():
        return await conn.execute("select 1; select 2, 3") == "SELECT 1"
    await s

    @c.astep("cancel and timeout")
    async def s():
        try:
            await conn.fetch("select pg_sleep(20)", timeout=0.3)
            return False
        except asyncio.TimeoutError:
            return await conn.fetchval("select 1") == 1
    await s

    @c.astep("listen and notify")
    async def s():
        got = asyncio.get_running_loop().create_future()
        await conn.add_listener("ch", lambda _c, pid, ch, payload: got.done() or got.set_result([ch, payload]))
        await conn.execute("select pg_notify('ch', 'hello')")
        r = await asyncio.wait_for(got, 5)
        await conn.reset()
        return r
    await s

    @c.astep("pool")
    async def s():
        async with asyncpg.create_pool(**kw, min_size=2, max_size=3) as pool:
            async def one(i):
                async with pool.acquire() as p:
                    return await p.fetchval("select $1::int", i)
            return sorted(await asyncio.gather(*[one(i) for i in range(9)])) == list(range(9))
    await s

    @c.astep("empty query")
    async def s():
        return await conn.fetch("") == []
    await s

    if not control:
        @c.astep("insert returning, delete")
        async def s():
            r, acct = await conn.fetchrow(RESOURCE)
            i = await conn.fetchval('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId", tags) values ($1, $2, $3, $4, $5, $6, $7)'
                                    ' returning "flowLogId"', r, "ALL", "s3", "arn:aws:s3:::flowgres-ci/asyncpg/", "us-east-1", acct, '{"ci": "asyncpg"}')
            assert await conn.fetchval('select "resourceId" from ec2.flow_logs where "flowLogId" = $1', i) == r
            return await conn.execute('delete from ec2.flow_logs where "flowLogId" = $1', i) == "DELETE 1"
        await s
    await conn.close()

asyncio.run(main())
c.done()
