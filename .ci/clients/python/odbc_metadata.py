"""What psqlODBC's catalog functions tell, for ../metadata."""
import os

import pyodbc

from compat import database, host, password, port, user

driver = next(f for d in ("/usr/lib/x86_64-linux-gnu/odbc", "/usr/lib/aarch64-linux-gnu/odbc", "/usr/lib64") for f in (d + "/psqlodbcw.so",) if os.path.exists(f))
conn = pyodbc.connect(f"Driver={driver};Server={host};Port={port};Database={database};Uid={user};Pwd={password or 'x'}", autocommit=True)
cur = conn.cursor()


def ask(what, rows):
    print(f"== psqlodbc: {what}")
    names = [d[0] for d in cur.description] if cur.description else []
    for r in rows.fetchall():
        print("|".join(f"{n}={v}" for n, v in zip(names, r)))


ask("SQLTables ec2", cur.tables(schema="ec2"))
ask("SQLTables public", cur.tables(schema="public"))
ask("SQLTables of a type", cur.tables(schema="%", tableType="VIEW", table="aws%"))
ask("SQLTables pg_catalog", cur.tables(schema="pg_catalog", tableType="SYSTEM TABLE"))
ask("SQLTables catalogs", cur.tables(catalog="%", schema="", table=""))
ask("SQLColumns flow_logs", cur.columns(schema="ec2", table="flow_logs"))
ask("SQLColumns aws_vpc_flow_log", cur.columns(schema="public", table="aws_vpc_flow_log"))
ask("SQLColumns of a pattern", cur.columns(schema="ec2", table="flow%", column="log%"))
ask("SQLPrimaryKeys", cur.primaryKeys(table="flow_logs", schema="ec2"))
ask("SQLForeignKeys", cur.foreignKeys(table="flow_logs", schema="ec2"))
ask("SQLStatistics", cur.statistics(table="flow_logs", schema="ec2"))
ask("SQLStatistics unique", cur.statistics(table="flow_logs", schema="ec2", unique=True, quick=True))
ask("SQLStatistics pg_class", cur.statistics(table="pg_class", schema="pg_catalog"))
ask("SQLSpecialColumns row id", cur.rowIdColumns(table="flow_logs", schema="ec2"))
ask("SQLSpecialColumns row version", cur.rowVerColumns(table="flow_logs", schema="ec2"))
ask("SQLGetTypeInfo", cur.getTypeInfo())
ask("SQLProcedures", cur.procedures(procedure="split_part", schema="pg_catalog"))
ask("SQLProcedureColumns", cur.procedureColumns(procedure="split_part", schema="pg_catalog"))
for n in ("SQL_DBMS_NAME", "SQL_DBMS_VER", "SQL_DATABASE_NAME", "SQL_IDENTIFIER_QUOTE_CHAR", "SQL_MAX_IDENTIFIER_LEN", "SQL_SCHEMA_TERM", "SQL_TXN_CAPABLE", "SQL_DATA_SOURCE_READ_ONLY", "SQL_DEFAULT_TXN_ISOLATION",
          "SQL_MAX_COLUMNS_IN_TABLE", "SQL_NULL_COLLATION"):
    print(f"== psqlodbc: {n}")
    print(conn.getinfo(getattr(pyodbc, n)))
for t in ("ec2.flow_logs", "public.aws_vpc_flow_log"):
    print(f"== psqlodbc: result of {t}")
    cur.execute(f"select * from {t} where false")
    for d in cur.description:
        print(d)
