"""psycopg 2."""
import datetime
import decimal
import threading
import time
import uuid

import psycopg2
import psycopg2.extras
import psycopg2.extensions

from compat import *

c = Client("psycopg2", psycopg2.__version__.split()[0])
conn = psycopg2.connect(host=host, port=port, user=user, password=password, dbname=database, options="-c search_path=ec2 -c statement_timeout=60000")
cur = conn.cursor()
c.recover = conn.rollback
psycopg2.extras.register_uuid()


def q(sql, args=None):
    cur.execute(sql, args)
    return cur.fetchall() if cur.description else None


@c.step("connect with options")
def _():
    assert q("show search_path") == [("ec2",)] and conn.server_version // 10000 == 16 and conn.encoding == "UTF8"


@c.step("tables")
def _():
    return q("select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2")


@c.step("columns and description")
def _():
    q("select * from flow_logs limit 1")
    return [(d.name, d.type_code, d.table_oid is not None, d.table_column) for d in cur.description]


@c.step("types")
def _():
    row = q("select 1::numeric/3, '2024-02-29'::date, '2024-02-29 01:02:03.456+00'::timestamptz, interval '1 day 2 hours', array[1,2,3], array['a','b,\"c'],"
            " '{\"a\": 1}'::jsonb, '[1]'::json, true, 1.5::float8, 'x'::text, null, %s::uuid, '\\xdead'::bytea, 9223372036854775807",
            (uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),))[0]
    assert row[0] == decimal.Decimal("0.33333333333333333333") and row[4] == [1, 2, 3] and row[5] == ["a", 'b,"c']
    assert row[6] == {"a": 1} and row[13].tobytes() == b"\xde\xad" and row[3] == datetime.timedelta(days=1, hours=2)
    return [str(v) for v in row[:13]]


@c.step("parameters")
def _():
    return q('select region, count(*) from flow_logs where region in %s and "trafficType" = any(%s) group by 1 order by 1', (("us-east-1", "eu-west-1"), ["ALL", "REJECT"]))


@c.step("dict rows")
def _():
    with conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as d:
        d.execute('select "flowLogId", tags, "creationTime" from flow_logs where tags is not null order by 1 limit 2')
        return [dict(r) for r in d]


@c.step("execute_values")
def _():
    return psycopg2.extras.execute_values(cur, "select * from (values %s) v(a, b)", [(1, "x"), (2, "y")], fetch=True)


@c.step("callproc")
def _():
    cur.callproc("format", ("%s-%s", "a", "b"))
    return cur.fetchall()


@c.step("error and recovery")
def _():
    try:
        q("select nope from flow_logs")
    except psycopg2.errors.UndefinedColumn as e:
        assert e.pgcode == "42703" and e.diag.statement_position == "8"
    else:
        return False
    try:
        q("select 1")
        return False
    except psycopg2.errors.InFailedSqlTransaction:
        conn.rollback()
    return q("select 1") == [(1,)]


@c.step("savepoint")
def _():
    q("savepoint a")
    try:
        q("select 1/0")
        return False
    except psycopg2.errors.DivisionByZero:
        q("rollback to a")
    assert q("select 2") == [(2,)]
    conn.commit()


@c.step("named cursor")
def _():
    with conn.cursor(name="c") as n:
        n.itersize = 7
        n.execute('select "flowLogId" from flow_logs')
        assert len(list(n)) > 100
    with conn.cursor(name="s", scrollable=True, withhold=True) as n:
        n.execute("select generate_series(1, 10)")
        conn.commit()
        n.scroll(5)
        assert n.fetchone() == (6,)
        n.scroll(-3)
        assert n.fetchone() == (4,)
    conn.commit()


@c.step("copy out")
def _():
    import io
    f = io.StringIO()
    cur.copy_expert("copy (select region from flow_logs order by 1) to stdout with csv header", f)
    lines = f.getvalue().splitlines()
    assert lines[0] == "region" and len(lines) > 100
    conn.commit()


@c.step("session settings")
def _():
    conn.set_session(isolation_level="REPEATABLE READ", readonly=True)
    assert q("show transaction_isolation") == [("repeatable read",)] and q("show transaction_read_only") == [("on",)]
    conn.rollback()
    conn.set_session(isolation_level="DEFAULT", readonly="DEFAULT")
    q("select 1")
    conn.rollback()
    conn.autocommit = True
    conn.set_session(readonly=True)
    assert q("show default_transaction_read_only") == [("on",)]
    conn.set_session(readonly=False)


@c.step("prepare, execute, deallocate")
def _():
    q("prepare p(text) as select count(*) from flow_logs where region = $1")
    assert q("execute p('us-east-1')")[0][0] > 10
    q("deallocate p")


@c.step("cancel")
def _():
    t = threading.Timer(0.3, conn.cancel)
    t.start()
    try:
        q("select pg_sleep(20)")
        return False
    except psycopg2.errors.QueryCanceled:
        return q("select 1") == [(1,)]


@c.step("listen and notify")
def _():
    q("listen ch")
    q("notify ch, 'hello'")
    conn.poll()
    return [(n.channel, n.payload) for n in conn.notifies]


@c.step("empty query")
def _():
    try:
        cur.execute(";")
    except psycopg2.ProgrammingError as e:  # what psycopg2 makes of an empty answer
        assert "empty" in str(e)


@c.step("discard all")
def _():
    q("discard all")


@c.step("client encoding LATIN1 works or is refused")
def _():
    try:
        conn.set_client_encoding("LATIN1")
    except psycopg2.errors.FeatureNotSupported:
        return q("select 'é'") == [("é",)]
    assert q("select 'é'") == [("é",)]
    conn.set_client_encoding("UTF8")


if not control:
    @c.step("insert returning, delete")
    def _():
        conn.autocommit = False
        r, acct = q(RESOURCE)[0]
        row = q('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values %s'
                ' returning "flowLogId", "creationTime"', ((r, "ALL", "s3", "arn:aws:s3:::flowgres-ci/psycopg2/", "us-east-1", acct),))[0]
        conn.commit()
        assert q('select "resourceId" from ec2.flow_logs where "flowLogId" = %s', (row[0],)) == [(r,)]
        cur.execute('delete from ec2.flow_logs where "flowLogId" = %s', (row[0],))
        assert cur.rowcount == 1
        conn.commit()
        return q('select count(*) from ec2.flow_logs where "flowLogId" = %s', (row[0],)) == [(0,)]

c.done()
