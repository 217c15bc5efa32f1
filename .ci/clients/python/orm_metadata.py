"""What SQLAlchemy's inspector and Django's introspection tell, for ../metadata."""
import io
import json

import django
import sqlalchemy as sa
from django.conf import settings

from compat import database, host, password, port, user


def show(what, value):
    print(f"== {what}")
    for v in value if isinstance(value, list) else [value]:
        print(json.dumps(v, default=str, sort_keys=True))


engine = sa.create_engine(sa.engine.URL.create("postgresql+psycopg2", user, password, host, port, database))
i = sa.inspect(engine)
show("sqlalchemy: get_schema_names", i.get_schema_names())
show("sqlalchemy: default_schema_name", i.default_schema_name)
for schema in (None, "ec2", "public", "pg_catalog", "information_schema"):
    for f in ("get_table_names", "get_view_names", "get_sequence_names", "get_foreign_table_names", "get_enums"):
        try:
            show(f"sqlalchemy: {f} {schema}", sorted(getattr(i, f)(schema=schema), key=str))
        except NotImplementedError:
            pass
for schema, table in ((None, "flow_logs"), ("ec2", "flow_logs"), ("public", "aws_vpc_flow_log"), ("pg_catalog", "pg_type"), ("information_schema", "columns")):
    for f in ("get_columns", "get_pk_constraint", "get_foreign_keys", "get_indexes", "get_unique_constraints", "get_check_constraints", "get_table_comment"):
        show(f"sqlalchemy: {f} {schema}.{table}", getattr(i, f)(table, schema=schema))
show("sqlalchemy: get_view_definition", i.get_view_definition("aws_vpc_flow_log", schema="public").split("\n"))
meta = sa.MetaData()
meta.reflect(engine, schema="ec2", views=True)
show("sqlalchemy: reflect", [[t.name, [[c.name, str(c.type), c.nullable, c.primary_key, c.comment] for c in t.columns]] for t in meta.sorted_tables])
show("sqlalchemy: has_table", [i.has_table("flow_logs", schema="ec2"), i.has_table("nosuch", schema="ec2")])

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port, "USER": user, "PASSWORD": password, "NAME": database,
                                          "OPTIONS": {"options": "-c search_path=public,ec2"}}}, USE_TZ=True, INSTALLED_APPS=["django.contrib.postgres"], SECRET_KEY="x")
django.setup()
from django.core.management import call_command
from django.db import connection

n = connection.introspection
with connection.cursor() as cur:
    show("django: get_table_list", sorted(map(list, n.get_table_list(cur))))
    for table in ("flow_logs", "aws_vpc_flow_log"):
        show(f"django: get_table_description {table}", [list(d) for d in n.get_table_description(cur, table)])
        show(f"django: get_constraints {table}", n.get_constraints(cur, table))
        show(f"django: get_relations {table}", n.get_relations(cur, table))
        show(f"django: get_sequences {table}", n.get_sequences(cur, table))
        show(f"django: get_key_columns {table}", n.get_key_columns(cur, table))
        show(f"django: get_primary_key_column {table}", n.get_primary_key_column(cur, table))
out = io.StringIO()
call_command("inspectdb", "--include-views", stdout=out)
show("django: inspectdb", out.getvalue().split("\n"))
