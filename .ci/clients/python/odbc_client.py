"""psqlODBC through unixODBC: pyodbc, and isql for the driver manager's own tool."""
import datetime
import decimal
import os
import subprocess
import tempfile
import threading
import uuid

ini = tempfile.mkdtemp()
driver = next(f for d in ("/usr/lib/x86_64-linux-gnu/odbc", "/usr/lib/aarch64-linux-gnu/odbc", "/usr/lib64") for f in (d + "/psqlodbcw.so",) if os.path.exists(f))

import pyodbc

from compat import *

version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "odbc-postgresql"], capture_output=True, text=True).stdout or "?"
c = Client("psqlodbc", version)
base = f"Driver={driver};Server={host};Port={port};Database={database};Uid={user};Pwd={password or 'x'}"
conn = pyodbc.connect(base, autocommit=True)
cur = conn.cursor()


def recover():
    if not conn.autocommit:
        conn.rollback()


c.recover = recover


def rows(cursor):
    return [[str(v) if isinstance(v, (datetime.datetime, decimal.Decimal)) else v for v in r] for r in cursor.fetchall()]


@c.step("getinfo")
def _():
    return [conn.getinfo(i) for i in (pyodbc.SQL_DBMS_NAME, pyodbc.SQL_DATABASE_NAME, pyodbc.SQL_IDENTIFIER_QUOTE_CHAR, pyodbc.SQL_KEYWORDS)] + [conn.getinfo(pyodbc.SQL_DBMS_VER)[:3]]


@c.step("SQLTables")
def _():
    return rows(cur.tables(schema="ec2")) + rows(cur.tables(catalog="%", schema="", table="")) + rows(cur.tables(catalog="", schema="%", table="")) \
        + sorted(rows(cur.tables(schema="", catalog="", table="", tableType="%")), key=str)


@c.step("SQLTables by pattern")
def _():
    return [rows(cur.tables(table="flow%")), rows(cur.tables(table="flow_logs", schema="%", tableType="TABLE,VIEW")), rows(cur.tables(table="pg_class", tableType="SYSTEM TABLE"))]


@c.step("SQLColumns")
def _():
    return [r[:18] for r in rows(cur.columns(table="flow_logs", schema="ec2"))]  # then come the oid of the table and the like


@c.step("SQLColumns of the catalog")
def _():
    return rows(cur.columns(table="pg_class", schema="pg_catalog"))


@c.step("SQLPrimaryKeys")
def _():
    return rows(cur.primaryKeys(table="flow_logs", schema="ec2"))


@c.step("SQLForeignKeys")
def _():
    return rows(cur.foreignKeys(table="flow_logs", schema="ec2")) + rows(cur.foreignKeys(foreignTable="flow_logs", foreignSchema="ec2"))


@c.step("SQLStatistics")
def _():
    return [r[:10] for r in rows(cur.statistics(table="flow_logs", schema="ec2"))] + [r[:10] for r in rows(cur.statistics(table="flow_logs", schema="ec2", unique=True))]


@c.step("SQLSpecialColumns")
def _():
    return rows(cur.rowIdColumns(table="flow_logs", schema="ec2")) + rows(cur.rowVerColumns(table="flow_logs", schema="ec2"))


@c.step("SQLProcedures")
def _():
    return [len(r) for r in rows(cur.procedures(schema="pg_catalog", procedure="pg_sleep%"))]


@c.step("SQLProcedureColumns")
def _():
    return rows(cur.procedureColumns(schema="pg_catalog", procedure="pg_sleep"))


@c.step("SQLGetTypeInfo")
def _():
    return rows(cur.getTypeInfo())


@c.step("types")
def _():
    cur.execute("select 1::int2, 2::int4, 3::int8, 1.5::float4, 2.5::float8, 1.25::numeric(6,2), 'x'::text, 'y'::varchar(5), 'z'::char(3), true, '2024-01-02'::date, '01:02:03'::time,"
                " '2024-01-02 03:04:05.678'::timestamp, '2024-01-02 03:04:05+00'::timestamptz, '\\xdead'::bytea, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{\"a\": 1}'::jsonb, array[1,2], interval '1 day', null, 'n'::name, 7::oid")
    return [(d[0], d[1].__name__, d[3], d[4], d[5]) for d in cur.description] + [str(v) for v in cur.fetchone()]


@c.step("parameters")
def _():
    cur.execute('select region, count(*) from ec2.flow_logs where region = ? and "maxAggregationInterval" = ? and "creationTime" > ? group by 1', "us-east-1", 600, datetime.datetime(2001, 1, 1))
    return rows(cur)


@c.step("parameters of many types")
def _():
    cur.execute("select ?::int, ?::text, ?::numeric, ?::float8, ?::date, ?::timestamp, ?::bytea, ?::bool, ?::uuid", 1, "é", decimal.Decimal("1.50"), 2.5, datetime.date(2024, 1, 2),
                datetime.datetime(2024, 1, 2, 3, 4, 5), b"\x00\xff", True, uuid.UUID(int=5))
    return [str(v) for v in cur.fetchone()]


@c.step("executemany")
def _():
    cur.executemany("select ?::int", [(1,), (2,)])


@c.step("error")
def _():
    try:
        cur.execute("select nope from ec2.flow_logs")
        return False
    except pyodbc.Error as e:
        return e.args[0] == "42703"


@c.step("transaction and recovery")
def _():
    conn.autocommit = False
    cur.execute("select 1").fetchall()
    try:
        cur.execute("select 1/0").fetchall()
        return False
    except pyodbc.Error:
        conn.rollback()
    ok = cur.execute("select 1").fetchone()[0] == 1
    conn.commit()
    conn.autocommit = True
    return ok


@c.step("statement rollback (Protocol=7.4-2)")
def _():
    with pyodbc.connect(base + ";Protocol=7.4-2") as d:
        e = d.cursor()
        e.execute("select 1").fetchall()
        try:
            e.execute("select 1/0").fetchall()
            return False
        except pyodbc.Error:
            return e.execute("select 2").fetchone()[0] == 2


@c.step("declare and fetch")
def _():
    with pyodbc.connect(base + ";UseDeclareFetch=1;Fetch=7") as d:
        e = d.cursor()
        n = len(e.execute('select "flowLogId", "creationTime" from ec2.flow_logs').fetchall())
        m = len(e.execute('select "flowLogId" from ec2.flow_logs where region = ?', "us-east-1").fetchall())
        d.commit()
        return n > 100 and m > 10


@c.step("server-side prepare off, ansi driver")
def _():
    with pyodbc.connect(base.replace(driver, driver.replace("psqlodbcw", "psqlodbca")) + ";UseServerSidePrepare=0", ansi=True) as d:
        return d.cursor().execute("select count(*) from ec2.flow_logs where \"maxAggregationInterval\" = ?", 600).fetchone()[0] > 10


@c.step("isolation levels")
def _():
    with pyodbc.connect(base) as d:
        d.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, pyodbc.SQL_TXN_SERIALIZABLE)
        return d.cursor().execute("show transaction_isolation").fetchone()[0]


@c.step("cancel")
def _():
    d = conn.cursor()
    threading.Timer(0.3, d.cancel).start()
    try:
        d.execute("select pg_sleep(20)")
        return False
    except pyodbc.Error:
        return conn.cursor().execute("select 1").fetchone()[0] == 1


@c.step("escape syntax")
def _():
    return rows(cur.execute("select {fn ucase('a')}, {d '2024-01-02'}, {ts '2024-01-02 03:04:05'}, {fn concat('a', 'b')}, {fn char_length('abc')}"))


@c.step("isql")
def _():
    with open(ini + "/odbc.ini", "w") as f:
        f.write(f"[x]\nDriver = {driver}\nServername = {host}\nPort = {port}\nDatabase = {database}\nUsername = {user}\nPassword = {password or 'x'}\n")
    r = subprocess.run(["isql", "x", "-b", "-d|"], input='select region, count(*) from ec2.flow_logs group by 1 order by 1\n', capture_output=True, text=True,
                       env={**os.environ, "ODBCINI": ini + "/odbc.ini"})
    return r.stdout if "us-east-1|" in r.stdout else (_ for _ in ()).throw(Exception(r.stdout + r.stderr))


if not control:
    @c.step("insert returning, delete")
    def _():
        r, acct = cur.execute(RESOURCE).fetchone()
        i = cur.execute('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (?, ?, ?, ?, ?, ?) returning "flowLogId"',
                        r, "ALL", "s3", "arn:aws:s3:::flowgres-ci/odbc/", "us-east-1", acct).fetchone()[0]
        return cur.execute('delete from ec2.flow_logs where "flowLogId" = ?', i).rowcount == 1

c.done()
