"""pgcli: its completion's queries, its backslash commands and its executor."""
import subprocess
from unittest import mock

import pgcli
from pgcli.pgexecute import PGExecute
from pgcli.completion_refresher import CompletionRefresher
from pgspecial.main import PGSpecial

from compat import *

c = Client("pgcli", pgcli.__version__)
ex = PGExecute(database=database, user=user, password=password, host=host, port=port)
special = PGSpecial()
c.step("search path and databases")(lambda: [ex.search_path(), [d for d in ex.databases() if d == database] != [], ex.full_databases() != []])
c.step("schemata")(lambda: sorted(s for s in ex.schemata() if not s.startswith("pg_")))
c.step("tables and views")(lambda: [sorted(t for t in ex.tables() if t[0] == "ec2"), len([v for v in ex.views() if v[0] == "information_schema"])])
c.step("table columns")(lambda: sorted(str(x) for x in ex.table_columns() if x[0] == "ec2"))
c.step("view columns")(lambda: sorted(str(x) for x in ex.view_columns() if x[0] == "information_schema" and x[1] in ("tables", "columns")))
c.step("foreign keys")(lambda: [list(x) for x in ex.foreignkeys()])
c.step("datatypes")(lambda: sorted(str(x) for x in ex.datatypes() if x[0] == "information_schema"))
c.step("functions")(lambda: sorted(str((f.func_name, f.arg_names, f.arg_types, f.return_type, f.is_aggregate, f.is_set_returning)) for f in ex.functions() if f.schema_name == "pg_catalog" and f.func_name.startswith("pg_get_")))
c.step("casing")(lambda: list(ex.casing()))
c.step("view and function definition")(lambda: [len(ex.view_definition("pg_catalog.pg_tables")) > 0, len(ex.function_definition("pg_sleep")) > 0])
for cmd in (r"\d ec2.flow_logs", r"\d+ ec2.flow_logs", r"\dt ec2.*", r"\dn", r"\du", r"\dT information_schema.*", r"\df pg_sleep", r"\di ec2.*", r"\ds", r"\dv ec2.*", r"\dm", r"\dx", r"\dD information_schema.*", r"\l", r"\db", r"\dE", r"\ddp", r"\sf pg_sleep"):
    @c.step(cmd)
    def _():
        with ex.conn.cursor() as cur:
            r = [(t, [[str(x) for x in row] for row in rows] if rows else None, h) for t, rows, h, s in special.execute(cur, cmd)]
        return r if cmd not in (r"\l", r"\df pg_sleep") else None


@c.step("run, error, notices")
def _():
    out = [[rows and list(rows), h, s, ok] for _, rows, h, s, _, ok, _ in ex.run('select region, count(*) from ec2.flow_logs group by 1 order by 1; select 1/0; select 2', special, exception_formatter=str, on_error_resume=True)]
    return [len(out), out[0][0], "division by zero" in out[1][2]]


@c.step("command line")
def _():
    import os
    import tempfile
    with tempfile.NamedTemporaryFile("w", suffix="rc") as rc:
        rc.write("[main]\nless_chatty = True\n")
        rc.flush()
        r = subprocess.run(["pgcli", "--pgclirc", rc.name, "-h", host, "-p", str(port), "-U", user, "-d", database, "-w"], input="select count(*) > 100 as many from ec2.flow_logs;\n", capture_output=True, text=True, timeout=60,
                           env={**os.environ, "PAGER": "cat", "HOME": tempfile.gettempdir()})
    assert "True" in r.stdout, r.stdout + r.stderr

c.done()
