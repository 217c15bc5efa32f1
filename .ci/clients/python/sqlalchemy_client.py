"""SQLAlchemy with psycopg 2 and asyncpg."""
import asyncio
import datetime
import os
import warnings

os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
warnings.filterwarnings("ignore", message="Did not recognize type")

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from compat import *

c = Client("sqlalchemy", sa.__version__)
url = URL.create("postgresql+psycopg2", user, password or None, host, port, database)
eng = sa.create_engine(url, pool_pre_ping=True)
insp = sa.inspect(eng)
text = sa.text


@c.step("server version")
def _():
    with eng.connect() as conn:
        return str(conn.dialect.server_version_info[0]) + " " + conn.dialect.default_schema_name


@c.step("schemas, tables, views, sequences")
def _():
    return [sorted(insp.get_schema_names()), insp.get_table_names("ec2"), insp.get_view_names("ec2"), sorted(insp.get_view_names("information_schema")), insp.get_sequence_names("ec2"),
            sorted(insp.get_table_names("pg_catalog")), insp.get_foreign_table_names("ec2")]


@c.step("get_columns")
def _():
    return [{k: str(v) for k, v in col.items()} for col in insp.get_columns("flow_logs", "ec2")]


@c.step("keys, constraints, indexes, comments")
def _():
    return [f("flow_logs", schema="ec2") for f in (insp.get_pk_constraint, insp.get_foreign_keys, insp.get_indexes, insp.get_unique_constraints, insp.get_check_constraints, insp.get_table_comment, insp.get_table_options)]


@c.step("enums")
def _():
    return insp.get_enums("*")


@c.step("catalog columns")
def _():
    return [(col["name"], str(col["type"])) for t in ("pg_class", "pg_type", "pg_stat_activity") for col in insp.get_columns(t, "pg_catalog")]


@c.step("view definition")
def _():
    return len(insp.get_view_definition("tables", "information_schema")) > 0


@c.step("has_table, has_sequence")
def _():
    return [insp.has_table("flow_logs", "ec2"), insp.has_table("nosuch", "ec2"), eng.dialect.has_sequence(eng.connect(), "nosuch")]


meta = sa.MetaData()
logs = None


@c.step("reflection")
def _():
    global logs
    logs = sa.Table("flow_logs", meta, schema="ec2", autoload_with=eng)
    meta2 = sa.MetaData()
    meta2.reflect(eng, schema="ec2", views=True)
    return [str(sa.schema.CreateTable(logs)), sorted(meta2.tables)]


@c.step("core select")
def _():
    with eng.connect() as conn:
        return [tuple(r) for r in conn.execute(sa.select(logs.c.region, sa.func.count().label("n")).where(logs.c.trafficType.in_(["ALL", "REJECT"]), logs.c.creationTime > datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc))
                                               .group_by(logs.c.region).having(sa.func.count() > 1).order_by(sa.desc("n"), logs.c.region).limit(3).offset(1))]


@c.step("jsonb operators")
def _():
    with eng.connect() as conn:
        return [conn.execute(sa.select(sa.func.count()).where(logs.c.tags["env"].astext == "prod")).scalar(), conn.execute(sa.select(sa.func.count()).where(logs.c.tags.contains({"env": "prod"}))).scalar(),
                conn.execute(sa.select(sa.func.count()).where(logs.c.tags.has_key("env"))).scalar()]


@c.step("orm (automap)")
def _():
    base = automap_base()
    base.prepare(eng, schema="ec2", reflect=True)
    Log = base.classes.flow_logs
    with Session(eng) as s:
        q = s.query(Log).filter(Log.region == "us-east-1").order_by(Log.flowLogId)
        return [q.count(), q.first().flowLogId, [x.flowLogId for x in q.limit(2)], s.get(Log, "fl-nosuch") is None, s.query(q.exists()).scalar()]


@c.step("subqueries, CTEs, windows, distinct on, union")
def _():
    with eng.connect() as conn:
        cte = sa.select(logs.c.region, sa.func.count().label("n")).group_by(logs.c.region).cte("x")
        w = sa.select(logs.c.region, logs.c.flowLogId, sa.func.row_number().over(partition_by=logs.c.region, order_by=logs.c.flowLogId).label("k")).subquery()
        return [[tuple(r) for r in conn.execute(q)] for q in (
            sa.select(cte).order_by(cte.c.region), sa.select(w).where(w.c.k == 1).order_by(w.c.region),
            sa.select(logs.c.region, logs.c.flowLogId).distinct(logs.c.region).order_by(logs.c.region, logs.c.flowLogId),
            sa.union_all(sa.select(sa.literal(1)), sa.select(sa.literal(2))))]


@c.step("stream")
def _():
    with eng.connect().execution_options(stream_results=True, max_row_buffer=10) as conn:
        return sum(1 for _ in conn.execute(sa.select(logs.c.flowLogId))) > 100


@c.step("isolation levels")
def _():
    out = []
    for l in ("SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED", "AUTOCOMMIT"):
        with eng.connect().execution_options(isolation_level=l) as conn:
            out.append(conn.execute(text("show transaction_isolation")).scalar())
    with eng.connect() as conn:
        out.append(conn.get_isolation_level())
    return out


@c.step("savepoints and recovery")
def _():
    with eng.connect() as conn, conn.begin():
        try:
            with conn.begin_nested():
                conn.execute(text("select 1/0"))
        except sa.exc.DataError:
            pass
        return conn.execute(text("select 1")).scalar() == 1


@c.step("array and json binds")
def _():
    with eng.connect() as conn:
        r = conn.execute(sa.select(sa.literal([1, 2], ARRAY(sa.Integer)), sa.literal({"a": [1]}, JSONB), sa.cast("1.50", sa.Numeric(6, 2)), sa.cast("2024-01-02", sa.Date))).one()
        return [str(v) for v in r]


@c.step("explain")
def _():
    with eng.connect() as conn:
        return conn.execute(text("explain select * from ec2.flow_logs")).fetchall() != []


@c.step("two phase is refused or works")
def _():
    with eng.connect() as conn:
        try:
            t = conn.begin_twophase()
            conn.execute(text("select 1"))
            t.prepare()
            t.rollback()
        except sa.exc.DBAPIError as e:
            return e.orig.pgcode in ("55000", "0A000")


aurl = url.set(drivername="postgresql+asyncpg")


@c.step("asyncpg")
def _():
    async def go():
        e = create_async_engine(aurl)
        async with e.connect() as conn:
            n = (await conn.execute(sa.select(sa.func.count()).select_from(logs).where(logs.c.region == "us-east-1", logs.c.tags["env"].astext == "prod"))).scalar()
            cols = await conn.run_sync(lambda s: [(x["name"], str(x["type"])) for x in sa.inspect(s).get_columns("flow_logs", "ec2")])
            r = await conn.stream(sa.select(logs.c.flowLogId))
            k = len([x async for x in r])
        await e.dispose()
        return [n, cols, k]
    return asyncio.run(go())


if not control:
    @c.step("insert returning, delete")
    def _():
        with eng.begin() as conn:
            r, acct = conn.execute(text(RESOURCE)).one()
            i = conn.execute(logs.insert().values(resourceId=r, trafficType="ALL", logDestinationType="s3", logDestination="arn:aws:s3:::flowgres-ci/sqlalchemy/", region="us-east-1", accountId=acct, tags={"ci": "sa"})
                             .returning(logs.c.flowLogId)).scalar()
        with eng.begin() as conn:
            assert conn.execute(logs.update().where(logs.c.flowLogId == i).values(tags={"ci": "sa2"})).rowcount == 1
            return conn.execute(logs.delete().where(logs.c.flowLogId == i)).rowcount == 1

    @c.step("orm insert, update, delete")
    def _():
        base = automap_base()
        base.prepare(eng, schema="ec2", reflect=True)
        Log = base.classes.flow_logs
        with Session(eng) as s:
            r, acct = s.execute(text(RESOURCE)).one()
            x = s.execute(sa.insert(logs).values(resourceId=r, trafficType="ALL", logDestinationType="s3", logDestination="arn:aws:s3:::flowgres-ci/saorm/", region="us-east-1", accountId=acct).returning(logs.c.flowLogId)).scalar()
            s.commit()
            o = s.get(Log, x)
            o.tags = {"ci": "orm"}
            s.commit()
            s.refresh(o)
            assert o.tags == {"ci": "orm"}
            s.delete(o)
            s.commit()
            return s.get(Log, x) is None

c.done()
