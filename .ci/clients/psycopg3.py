"""psycopg 3 against a server on the sample fleet: psycopg3.py HOST PORT"""
import datetime
import decimal
import sys
import uuid

import psycopg

dsn = f"host={sys.argv[1]} port={sys.argv[2]} user=demo dbname=aws"


def step(name, ok):
    print(f"psycopg3: {name}: {'ok' if ok else 'FAILED'}")
    if not ok:
        sys.exit(1)


with psycopg.connect(dsn) as conn:
    for binary in (False, True):
        kind = "binary" if binary else "text"
        with conn.cursor(binary=binary) as cur:
            cur.execute("select 1::numeric/3, '2024-02-29'::date, interval '1 day 2 hours', array[1,2,3], '{\"a\": 1}'::jsonb,"
                        " true, 1.5::float8, 'x'::text, null, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '\\xdead'::bytea")
            step(f"types ({kind})", cur.fetchone() == (
                decimal.Decimal("0.33333333333333333333"), datetime.date(2024, 2, 29), datetime.timedelta(days=1, hours=2),
                [1, 2, 3], {"a": 1}, True, 1.5, "x", None, uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), b"\xde\xad"))
            cur.execute('select "flowLogId", "creationTime", tags, "maxAggregationInterval" from ec2.flow_logs where region = %s', ("us-east-1",))
            rows = cur.fetchall()
            step(f"parameters ({kind})", len(rows) > 10 and all(r[0].startswith("fl-") and r[1].tzinfo for r in rows))
            cur.execute("select count(*) from ec2.flow_logs where region = any(%s)", (["us-east-1", "eu-west-1"],))
            step(f"array parameter ({kind})", cur.fetchone()[0] > 10)
    conn.commit()
    try:
        conn.execute("select nope from ec2.flow_logs")
        step("error", False)
    except psycopg.errors.UndefinedColumn as e:
        step("error", e.diag.sqlstate == "42703" and e.diag.statement_position == "8")
    conn.rollback()
    with conn.cursor(name="c") as cur:
        cur.itersize = 7
        cur.execute('select "flowLogId" from ec2.flow_logs')
        step("server-side cursor", len(list(cur)) > 100)
    conn.rollback()
    with conn.cursor() as cur:
        with cur.copy("copy (select region from ec2.flow_logs) to stdout") as copy:
            step("copy", sum(1 for _ in copy.rows()) > 100)
    with conn.pipeline():
        a, b = conn.execute("select 1"), conn.execute("select 2")
        step("pipeline", (a.fetchone(), b.fetchone()) == ((1,), (2,)))
