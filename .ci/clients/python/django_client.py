"""Django: its introspection, inspectdb, ORM and transactions."""
import datetime
import io

import django
from django.conf import settings

from compat import *

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port, "USER": user, "PASSWORD": password, "NAME": database,
                                          "OPTIONS": {"options": "-c search_path=public,ec2"}}}, USE_TZ=True, INSTALLED_APPS=["django.contrib.postgres"], DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                   SECRET_KEY="x")
django.setup()
from django.core.management import call_command
from django.db import DataError, ProgrammingError, connection, models, transaction
from django.db.models import Count, F, Max, Q, Window
from django.db.models.functions import ExtractYear, RowNumber, TruncDay, Upper

c = Client("django", django.__version__)


class Log(models.Model):
    flowLogId = models.TextField(primary_key=True)
    resourceId = models.TextField()
    trafficType = models.TextField(null=True)
    logDestinationType = models.TextField(null=True)
    logDestination = models.TextField(null=True)
    creationTime = models.DateTimeField(null=True)
    maxAggregationInterval = models.IntegerField(null=True)
    tags = models.JSONField(null=True)
    region = models.TextField()
    accountId = models.TextField()

    class Meta:
        managed = False
        app_label = "x"
        db_table = "flow_logs"


@c.step("connect")
def _():
    connection.ensure_connection()
    return connection.pg_version // 10000 == 16 and connection.is_usable()


@c.step("introspection")
def _():
    with connection.cursor() as cur:
        i = connection.introspection
        return [[tuple(t) for t in i.get_table_list(cur)], [tuple(d) for d in i.get_table_description(cur, "flow_logs")], i.get_primary_key_column(cur, "flow_logs"), i.get_relations(cur, "flow_logs"),
                i.get_constraints(cur, "flow_logs"), i.get_sequences(cur, "flow_logs"), i.table_names(cur)]


@c.step("inspectdb")
def _():
    out = io.StringIO()
    call_command("inspectdb", "flow_logs", stdout=out)
    assert "class FlowLogs" in out.getvalue()
    return out.getvalue()


@c.step("features")
def _():
    f = connection.features
    return [f.has_select_for_update, f.supports_json_field, connection.ops.last_executed_query is not None]


logs = Log.objects


@c.step("filters")
def _():
    return [logs.filter(region="us-east-1").count(), logs.filter(trafficType__in=["ALL", "REJECT"]).exclude(region="us-east-1").count(), logs.filter(flowLogId__startswith="fl-").count(),
            logs.filter(region__icontains="EAST").count(), logs.filter(region__iregex="^US").count(), logs.filter(creationTime__year__gte=2001).count(),
            logs.filter(Q(region="us-east-1") | ~Q(trafficType="ALL")).count(), logs.filter(tags__env="prod").count(), logs.filter(tags__has_key="env").count(), logs.filter(tags__contains={"env": "prod"}).count(),
            logs.filter(tags__isnull=True).count(), logs.filter(maxAggregationInterval__range=(1, 100)).count(), logs.filter(creationTime__date__gt=datetime.date(2001, 1, 1)).count()]


@c.step("aggregates and annotations")
def _():
    return [list(logs.values("region").annotate(n=Count("*"), m=Max("flowLogId")).order_by("-n", "region")[:3]), list(logs.annotate(y=ExtractYear("creationTime")).values_list("y").distinct().order_by("y")),
            logs.annotate(d=TruncDay("creationTime")).values("d").distinct().count() > 0, list(logs.annotate(u=Upper("region")).order_by("pk").values_list("u", flat=True)[:2])]


@c.step("windows and subqueries")
def _():
    sub = logs.filter(region=models.OuterRef("region")).order_by("-pk").values("pk")[:1]
    return [list(logs.annotate(k=Window(RowNumber(), partition_by=[F("region")], order_by=F("pk").asc())).order_by("pk").values_list("k", flat=True)[:5]),
            list(logs.annotate(last=models.Subquery(sub)).order_by("pk").values_list("last", flat=True)[:3]), logs.filter(models.Exists(logs.filter(pk=models.OuterRef("pk"), trafficType="REJECT"))).count()]


@c.step("iterator (server-side cursor)")
def _():
    return sum(1 for _ in logs.iterator(chunk_size=7)) > 100


@c.step("union, values, explain")
def _():
    return logs.filter(region="us-east-1").values_list("pk").union(logs.filter(region="eu-west-1").values_list("pk")).count() > 20 and "Scan" in logs.all().explain()


@c.step("raw and parameters")
def _():
    with connection.cursor() as cur:
        cur.execute("select %s::int, %s, %s::jsonb, %s", [1, "é%", '{"a": 1}', [1, 2]])
        return [str(v) for v in cur.fetchone()]


@c.step("transactions and recovery")
def _():
    with transaction.atomic():
        try:
            with transaction.atomic():
                with connection.cursor() as cur:
                    cur.execute("select 1/0")
        except DataError:
            pass
        assert logs.exists()
    try:
        with connection.cursor() as cur:
            cur.execute("select nope from flow_logs")
        return False
    except ProgrammingError:
        return logs.exists()


@c.step("postgres aggregates")
def _():
    from django.contrib.postgres.aggregates import ArrayAgg, StringAgg
    return [logs.aggregate(a=ArrayAgg("region", distinct=True, ordering="region"))["a"], logs.aggregate(a=StringAgg("region", ",", distinct=True, ordering="region", output_field=models.TextField()))["a"]]


@c.step("time zones")
def _():
    with connection.cursor() as cur:
        cur.execute("show timezone")
        return [cur.fetchone()[0], logs.order_by("pk").first().creationTime.tzinfo is not None]


if not control:
    @c.step("create, update, delete")
    def _():
        with connection.cursor() as cur:
            cur.execute(RESOURCE)
            r, acct = cur.fetchone()
            cur.execute('insert into flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (%s, %s, %s, %s, %s, %s) returning "flowLogId"',
                        [r, "ALL", "s3", "arn:aws:s3:::flowgres-ci/django/", "us-east-1", acct])
            i = cur.fetchone()[0]
        o = logs.get(pk=i)
        o.tags = {"ci": "django"}
        o.save(update_fields=["tags"])
        assert logs.get(pk=i).tags == {"ci": "django"}
        return o.delete()[0] == 1 and not logs.filter(pk=i).exists()

c.done()
