"""psycopg 3."""
import datetime
import decimal
import threading
import uuid

import psycopg
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.range import Range, RangeInfo

from compat import *

c = Client("psycopg3", psycopg.__version__)
kw = dict(host=host, port=port, user=user, password=password, dbname=database)
conn = psycopg.connect(**kw)
c.recover = conn.rollback


@c.step("connect")
def _():
    return conn.info.server_version // 10000 == 16 and conn.info.encoding == "utf-8"


for binary in (False, True):
    kind = "binary" if binary else "text"

    @c.step(f"types ({kind})")
    def _():
        cur = conn.cursor(binary=binary)
        cur.execute("select 1::numeric/3, '2024-02-29'::date, interval '1 day 2 hours', array[1,2,3], '{\"a\": 1}'::jsonb, true, 1.5::float8, 'x'::text, null,"
                    " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '\\xdead'::bytea, '01:02:03'::time, '{{a,b},{c,NULL}}'::text[],"
                    " '2024-02-29 01:02:03.456+02'::timestamptz, 7::int2, 8::int8, 'n'::name, 'c'::\"char\", 9::oid, 1.25::float4")
        row = cur.fetchone()
        assert row[:11] == (decimal.Decimal("0.33333333333333333333"), datetime.date(2024, 2, 29), datetime.timedelta(days=1, hours=2), [1, 2, 3], {"a": 1},
                            True, 1.5, "x", None, uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), b"\xde\xad")
        return [str(v) for v in row]

    @c.step(f"network addresses and ranges ({kind})")
    def _():
        cur = conn.cursor(binary=binary)
        cur.execute("select '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr, int4range(1, 5), '{[1,3)}'::int4multirange, tstzrange('2024-01-01 00:00+00', null)")
        return [str(v) for v in cur.fetchone()]

    @c.step(f"parameters ({kind})")
    def _():
        cur = conn.cursor(binary=binary)
        f = "%b" if binary else "%s"
        cur.execute(f'select region, count(*) from ec2.flow_logs where region = any({f}) and "creationTime" > {f} and "maxAggregationInterval" = {f} group by 1 order by 1',
                    (["us-east-1", "eu-west-1"], datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc), 600))
        return cur.fetchall()

    @c.step(f"round trip of parameters ({kind})")
    def _():
        f = "%b" if binary else "%s"
        vals = [1, 2**40, decimal.Decimal("-12.50"), 1.5, "é", b"\x00\xff", True, datetime.date(2024, 1, 2), datetime.time(1, 2, 3), datetime.timedelta(days=3, seconds=5),
                uuid.UUID(int=5), [1, 2], ["a", None]]
        vals[-1] = [5, None] if binary else [5, 6]
        cur = conn.cursor(binary=binary)
        cur.execute("select " + ", ".join([f] * len(vals)), vals)
        got = list(cur.fetchone())
        assert got == vals, (got, vals)


@c.step("row description")
def _():
    cur = conn.execute('select * from ec2.flow_logs limit 1')
    return [(d.name, d.type_code, cur.pgresult.ftablecol(i), cur.pgresult.ftable(i) > 0) for i, d in enumerate(cur.description)]


@c.step("dict rows")
def _():
    return conn.cursor(row_factory=dict_row).execute('select "flowLogId", tags from ec2.flow_logs order by 1 limit 2').fetchall()


@c.step("type info")
def _():
    t = TypeInfo.fetch(conn, "jsonb")
    r = RangeInfo.fetch(conn, "tstzrange")
    assert TypeInfo.fetch(conn, "nosuch") is None
    return [t.name, t.oid, t.array_oid, r.oid, r.subtype_oid]


@c.step("error and recovery")
def _():
    try:
        conn.execute("select nope from ec2.flow_logs")
        return False
    except psycopg.errors.UndefinedColumn as e:
        assert e.diag.sqlstate == "42703" and e.diag.statement_position == "8"
    conn.rollback()


@c.step("nested transactions")
def _():
    with conn.transaction():
        try:
            with conn.transaction():
                conn.execute("select 1/0")
        except psycopg.errors.DivisionByZero:
            pass
        return conn.execute("select 1").fetchone() == (1,)


@c.step("prepared statements")
def _():
    for i in range(8):
        assert conn.execute('select count(*) from ec2.flow_logs where region = %s', ("us-east-1",), prepare=True).fetchone()[0] > 10
    return conn.execute("select count(*) from pg_prepared_statements").fetchone()[0] >= 1


@c.step("server-side cursor")
def _():
    with conn.cursor(name="c") as cur:
        cur.itersize = 7
        cur.execute('select "flowLogId" from ec2.flow_logs')
        assert len(list(cur)) > 100
    with conn.cursor(name="s", scrollable=True, binary=True) as cur:
        cur.execute("select generate_series(1, 10)")
        cur.scroll(5)
        assert cur.fetchone() == (6,)
        cur.scroll(1, mode="absolute")
        assert cur.fetchone() == (2,)
    conn.rollback()


for fmt in ("text", "binary", "csv"):
    @c.step(f"copy out ({fmt})")
    def _():
        with conn.cursor().copy(f'copy (select "flowLogId", "creationTime", "maxAggregationInterval" from ec2.flow_logs order by 1) to stdout (format {fmt})') as copy:
            if fmt == "csv":
                return b"".join(bytes(b) for b in copy).count(b"\n") > 100
            copy.set_types(["text", "timestamptz", "int4"])
            rows = list(copy.rows())
            return len(rows) > 100 and rows[0][1].tzinfo is not None


@c.step("pipeline")
def _():
    with conn.pipeline():
        a, b = conn.execute("select 1"), conn.execute("select %s", (2,))
        assert (a.fetchone(), b.fetchone()) == ((1,), (2,))
    conn.commit()
    try:
        with conn.pipeline() as p:
            conn.execute("select 1")
            conn.execute("select 1/0")
            conn.execute("select 3")
            p.sync()
        return False
    except psycopg.errors.DivisionByZero:
        conn.rollback()
    return conn.execute("select 4").fetchone() == (4,)


@c.step("executemany")
def _():
    cur = conn.cursor()
    cur.executemany("select %s::int + 1", [(1,), (2,)], returning=True)
    out = []
    while True:
        out += cur.fetchall()
        if not cur.nextset():
            return out == [(2,), (3,)]


conn.commit()
conn.autocommit = True


@c.step("stream")
def _():
    return sum(1 for _ in conn.cursor().stream("select generate_series(1, 1000)")) == 1000


@c.step("isolation level")
def _():
    with psycopg.connect(**kw) as other:
        other.isolation_level, other.read_only = psycopg.IsolationLevel.SERIALIZABLE, True
        return other.execute("show transaction_isolation").fetchone() == ("serializable",)


@c.step("cancel")
def _():
    threading.Timer(0.3, conn.cancel).start()
    try:
        conn.execute("select pg_sleep(20)")
        return False
    except psycopg.errors.QueryCanceled:
        return conn.execute("select 1").fetchone() == (1,)


@c.step("listen and notify")
def _():
    conn.execute("listen ch")
    with psycopg.connect(**kw, autocommit=True) as other:
        other.execute("select pg_notify('ch', 'hello')")
    for n in conn.notifies():
        return [n.channel, n.payload]


@c.step("empty query")
def _():
    conn.execute("")
    conn.execute("-- ping")


if not control:
    @c.step("insert returning, delete")
    def _():
        r, acct = conn.execute(RESOURCE).fetchone()
        row = conn.execute('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId", tags) values (%s, %s, %s, %s, %s, %s, %s)'
                           ' returning "flowLogId", tags', (r, "ALL", "s3", "arn:aws:s3:::flowgres-ci/psycopg3/", "us-east-1", acct, psycopg.types.json.Jsonb({"ci": "psycopg3"}))).fetchone()
        assert row[1] == {"ci": "psycopg3"}
        assert conn.execute('delete from ec2.flow_logs where "flowLogId" = %s', (row[0],)).rowcount == 1
        return conn.execute('select count(*) from ec2.flow_logs where "flowLogId" = %s', (row[0],)).fetchone() == (0,)

c.done()
