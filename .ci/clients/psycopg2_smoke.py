"""psycopg2 against a server on the sample fleet: psycopg2_smoke.py HOST PORT"""
import sys

import psycopg2


def step(name, ok):
    print(f"psycopg2: {name}: {'ok' if ok else 'FAILED'}")
    if not ok:
        sys.exit(1)


conn = psycopg2.connect(host=sys.argv[1], port=sys.argv[2], user="demo", dbname="aws", options="-c search_path=ec2")
cur = conn.cursor()
cur.execute('select count(*), max("creationTime"), array_agg(distinct region) from flow_logs where "trafficType" in %s', (("REJECT", "ALL"),))
n, last, regions = cur.fetchone()
step("query", n > 10 and last.tzinfo is not None and "us-east-1" in regions)
cur.execute("select tags from flow_logs where tags is not null limit 1")
step("jsonb", isinstance(cur.fetchone()[0], dict))
try:
    cur.execute("select 1/0")
    step("error", False)
except psycopg2.errors.DivisionByZero:
    step("error", True)
conn.rollback()
cur.execute("select 1")
step("recovery", cur.fetchone() == (1,))
conn.close()
