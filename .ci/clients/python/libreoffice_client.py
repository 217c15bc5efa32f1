"""LibreOffice Base: an office without a window, driven through UNO, over its own PostgreSQL driver."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sdbc import SQLException

from compat import *

home = tempfile.mkdtemp(prefix="libreoffice")
pipe = f"flowgres{os.getpid()}"
office = subprocess.Popen(["soffice", f"-env:UserInstallation=file://{home}", "--headless", "--norestore", "--nologo", "--nofirststartwizard",
                           f"--accept=pipe,name={pipe};urp;"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def connect_office():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(1200):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            if office.poll() is not None and office.returncode not in (0, 81):  # 81: it starts itself again after making its profile
                raise
            time.sleep(0.1)
    raise RuntimeError("LibreOffice does not answer")


def prop(name, value):
    return PropertyValue(Name=name, Value=value)


ctx = connect_office()
smgr = ctx.ServiceManager


def version():
    config = smgr.createInstanceWithContext("com.sun.star.configuration.ConfigurationProvider", ctx)
    node = config.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", (prop("nodepath", "/org.openoffice.Setup/Product"),))
    return node.getByName("ooSetupVersion")


c = Client("libreoffice", version())
conn = None


def rows(result, n=0):
    """The rows of an XResultSet, as text; what the driver's metadata gives does not tell its n columns."""
    n = n or result.getMetaData().getColumnCount()
    out = []
    while result.next():
        row = []
        for i in range(1, n + 1):
            v = result.getString(i)
            row.append(None if result.wasNull() else v)
        out.append(row)
    return out


def query(sql):
    return rows(conn.createStatement().executeQuery(sql))


def source(settings=()):
    """A data source as a Base document has it."""
    s = smgr.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", ctx).createInstance()
    s.URL = f"sdbc:postgresql:host={host} port={port} dbname={database}"
    s.User, s.Password = user, password
    for p in settings:
        s.Info = (*s.Info, p)
    return s


@c.step("connect")
def _():
    global conn
    conn = source().getConnection(user, password)
    m = conn.getMetaData()
    assert m.getDatabaseProductName() == "PostgreSQL" and m.getDatabaseProductVersion().startswith("16."), m.getDatabaseProductVersion()
    return [m.supportsTransactions(), m.supportsOuterJoins(), m.getMaxColumnNameLength(), m.getIdentifierQuoteString()]


@c.step("schemas, table types, types")
def _():
    m = conn.getMetaData()
    return [[r for r in rows(m.getSchemas(), 1) if r != ["flowgres"]], rows(m.getTableTypes(), 1), [r for r in rows(m.getTypeInfo(), 18) if not r[0].startswith("flowgres.")]]


@c.step("tables")
def _():
    m = conn.getMetaData()
    return [rows(m.getTables(None, s, "%", ()), 5) for s in ("ec2", "public")]


@c.step("columns")
def _():
    return rows(conn.getMetaData().getColumns(None, "ec2", "flow_logs", "%"), 18)


@c.step("keys and indexes")
def _():
    m = conn.getMetaData()
    return [rows(m.getPrimaryKeys(None, "ec2", "flow_logs"), 6), rows(m.getImportedKeys(None, "ec2", "flow_logs"), 14), rows(m.getExportedKeys(None, "ec2", "flow_logs"), 14),
            [r[:10] for r in rows(m.getIndexInfo(None, "ec2", "flow_logs", False, True), 13)]]


@c.step("privileges")
def _():
    m = conn.getMetaData()
    return sorted({r[5] for r in rows(m.getTablePrivileges(None, "ec2", "flow_logs"), 7)} & {"SELECT", "INSERT"})


@c.step("the table container")
def _():
    names = conn.getTables().getElementNames()
    table = conn.getTables().getByName("ec2.flow_logs")
    columns = [table.getColumns().getByIndex(i) for i in range(table.getColumns().getCount())]
    return ["ec2.flow_logs" in names, "public.aws_vpc_flow_log" in names, table.Type, [[x.Name, x.TypeName, x.Type, x.IsNullable, x.IsAutoIncrement] for x in columns]]


@c.step("the view")
def _():
    view = conn.getTables().getByName("public.aws_vpc_flow_log")
    return [view.Type, list(view.getColumns().getElementNames())]


@c.step("queries")
def _():
    return [query('SELECT "region", COUNT(*) FROM "ec2"."flow_logs" GROUP BY "region" ORDER BY "region"'),
            query('SELECT "flowLogId", "tags" FROM "ec2"."flow_logs" "f" WHERE "f"."trafficType" = \'REJECT\' ORDER BY "flowLogId" LIMIT 3'),
            query('SELECT "title" FROM "public"."aws_vpc_flow_log" ORDER BY "flow_log_id" LIMIT 2')]


@c.step("types")
def _():
    r = conn.createStatement().executeQuery("select 1::int2, 2::int4, 3::int8, 1.5::float8, 1.25::numeric(6,2), 'x'::text, true, date '2024-02-29', timestamp '2024-02-29 01:02:03.5', null::text, '{\"a\": 1}'::jsonb")
    r.next()
    d, t, meta = r.getDate(8), r.getTimestamp(9), r.getMetaData()
    return [r.getShort(1), r.getInt(2), r.getLong(3), r.getDouble(4), r.getString(5), r.getString(6), r.getBoolean(7), [d.Year, d.Month, d.Day],
            [t.Hours, t.Minutes, t.Seconds], r.getString(10), [meta.getColumnTypeName(i) for i in range(1, 12)], [meta.getColumnType(i) for i in range(1, 12)]]


@c.step("prepared statement")
def _():
    p = conn.prepareStatement('SELECT COUNT(*) FROM "ec2"."flow_logs" WHERE "region" = ? AND "maxAggregationInterval" >= ?')
    p.setString(1, "us-east-1")
    p.setInt(2, 60)
    r = p.executeQuery()
    r.next()
    return r.getInt(1) > 10


@c.step("row set, as a form or a table window has it")
def _():
    r = smgr.createInstanceWithContext("com.sun.star.sdb.RowSet", ctx)
    r.ActiveConnection = conn
    r.CommandType, r.Command = 0, "ec2.flow_logs"
    r.Filter, r.ApplyFilter, r.Order = '"region" = \'us-east-1\'', True, '"flowLogId"'
    r.execute()
    r.last()
    n = r.getRow()
    r.absolute(2)
    second = r.getString(r.findColumn("flowLogId"))
    assert n > 10 and second == query('SELECT "flowLogId" FROM "ec2"."flow_logs" WHERE "region" = \'us-east-1\' ORDER BY 1 LIMIT 1 OFFSET 1')[0][0]
    r.dispose()
    return second


@c.step("query composer")
def _():
    composer = conn.createInstance("com.sun.star.sdb.SingleSelectQueryComposer")
    composer.setQuery('SELECT "flowLogId", "region" FROM "ec2"."flow_logs"')
    composer.setFilter('"region" LIKE \'us-%\'')
    composer.setOrder('"flowLogId" DESC')
    return [composer.getQuery(), len(query(composer.getQuery())) > 10, list(composer.getColumns().getElementNames())]


@c.step("error and recovery")
def _():
    try:
        query('SELECT "nope" FROM "ec2"."flow_logs"')
        return False
    except SQLException as e:
        assert 'column "nope" does not exist' in e.Message, e.Message
    return query("SELECT 1") == [["1"]]


@c.step("transaction")
def _():
    own = source().getIsolatedConnection(user, password)
    own.setAutoCommit(False)
    assert rows(own.createStatement().executeQuery('SELECT COUNT(*) > 100 FROM "ec2"."flow_logs"')) == [["t"]]
    own.rollback()
    own.setAutoCommit(True)
    own.close()


if not control:
    @c.step("insert, update, delete")
    def _():
        r, acct = query(RESOURCE)[0]
        p = conn.prepareStatement('INSERT INTO "ec2"."flow_logs" ("resourceId", "accountId", "trafficType", "logDestinationType", "logDestination", "region") VALUES (?, ?, ?, ?, ?, ?)')
        for i, v in enumerate((r, acct, "ALL", "s3", "arn:aws:s3:::flowgres-ci/libreoffice/", "us-east-1")):
            p.setString(i + 1, v)
        assert p.executeUpdate() == 1
        where = "\"logDestination\" = 'arn:aws:s3:::flowgres-ci/libreoffice/'"
        n = conn.createStatement().executeUpdate(f"UPDATE \"ec2\".\"flow_logs\" SET \"tags\" = '{{\"ci\": \"libreoffice\"}}' WHERE {where}")
        return n == 1 and conn.createStatement().executeUpdate(f'DELETE FROM "ec2"."flow_logs" WHERE {where}') == 1


@c.step("a database document")
def _():
    s = source()
    doc = s.DatabaseDocument
    path = f"{home}/flowgres.odb"
    doc.storeAsURL(uno.systemPathToFileUrl(path), ())
    assert os.path.getsize(path) > 0
    doc.close(True)
    again = smgr.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", ctx).getByName(uno.systemPathToFileUrl(path))
    again.Password = password
    other = again.getConnection(user, password)
    r = rows(other.createStatement().executeQuery("SELECT 42"))
    other.close()
    return r


if conn:
    conn.close()
try:
    smgr.createInstanceWithContext("com.sun.star.frame.Desktop", ctx).terminate()
except Exception:  # it is gone before it answers
    pass
try:
    office.wait(20)
except subprocess.TimeoutExpired:
    office.kill()
shutil.rmtree(home, ignore_errors=True)
c.done()
