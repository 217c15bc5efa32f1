#!/usr/bin/env bash
# psql against a server on the sample fleet: psql.sh HOST PORT
set -euo pipefail
export PGHOST=$1 PGPORT=$2 PGUSER=demo PGDATABASE=aws
ok() { printf 'psql: %s: ok\n' "$1"; }
die() { printf 'psql: %s: FAILED\n%s\n' "$1" "$2" >&2; exit 1; }
# want NAME PATTERN SQL…: the output matches
want() {
  local name=$1 pattern=$2; shift 2
  local out
  out=$(psql -XAt "$@" 2>&1) || true
  grep -Eq -- "$pattern" <<<"$out" || die "$name" "$out"
  ok "$name"
}
want "version" '^PostgreSQL 16' -c 'select version()'
want "three-part name" '^[0-9]+$' -c 'select count(*) from aws.ec2.flow_logs'
want "unquoted names" '^flowLogId\|trafficType' -P tuples_only=off -c 'select flowLogId, TrafficType from ec2.flow_logs limit 1'
want "filter" '^us-east-1\|REJECT$' -c "select distinct region, \"trafficType\" from ec2.flow_logs where region = 'us-east-1' and \"trafficType\" = 'REJECT'"
want "self-join" '^[1-9][0-9]*$' -c 'select count(*) from ec2.flow_logs a join ec2.flow_logs b using ("flowLogId")'
want "group by" '^prod\|[0-9]+$' -c "select tags->>'env', count(*) from ec2.flow_logs group by 1"
want "now() - interval" '^[0-9]+$' -c "select count(*) from ec2.flow_logs where \"creationTime\" > now() - interval '30 days'"
want "explain" 'Remote Filter: traffic-type = REJECT' -c "explain select * from ec2.flow_logs where \"trafficType\" = 'REJECT'"
want "caret" '^LINE 1: select \* from ec2\.flow_logs where = 1;' -c 'select * from ec2.flow_logs where = 1;'
want "describe" 'flow_logs_pkey.*PRIMARY KEY' -c '\d ec2.flow_logs'
want "describe+" 'flowLogId' -c '\d+ ec2.flow_logs'
want "list tables" 'ec2\|flow_logs\|table' -c '\dt ec2.*'
want "list databases" '^aws\|' -c '\l'
want "list schemas" '^ec2\|' -c '\dn'
want "list roles" 'postgres' -c '\du'
want "functions" 'pg_sleep' -c '\df pg_sleep'
want "copy out" '^REJECT$' -c "\\copy (select distinct \"trafficType\" from ec2.flow_logs where \"trafficType\" = 'REJECT') to stdout"
id=$(psql -XAtq -c "insert into ec2.flow_logs (\"resourceId\", \"trafficType\", \"logDestinationType\", \"logDestination\", region, \"accountId\")
  select \"resourceId\", 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/psql/', region, \"accountId\" from ec2.flow_logs
  where \"resourceId\" like 'eni-%' and region = 'us-east-1' group by \"resourceId\", region, \"accountId\" having count(*) = 1 limit 1
  returning \"flowLogId\"" 2>&1)
[[ $id == fl-* ]] || die "insert returning" "$id"
ok "insert returning"
want "read your write" '^1$' -c "select count(*) from ec2.flow_logs where \"flowLogId\" = '$id'"
want "delete" '^DELETE 1$' -c "delete from ec2.flow_logs where \"flowLogId\" = '$id'"
want "delete without where" 'safe_writes' -c 'delete from ec2.flow_logs'
want "rollback undoes an insert" '^0$' -c "begin" -c "insert into ec2.flow_logs (\"resourceId\", \"trafficType\", \"logDestinationType\", \"logDestination\", region, \"accountId\")
  select \"resourceId\", 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/rollback/', region, \"accountId\" from ec2.flow_logs
  where \"resourceId\" like 'eni-%' and region = 'us-east-1' group by \"resourceId\", region, \"accountId\" having count(*) = 1 limit 1" -c rollback \
  -c "select count(*) from ec2.flow_logs where \"logDestination\" = 'arn:aws:s3:::flowgres-ci/rollback/'"
out=$(timeout -s INT 1 psql -Xc 'select pg_sleep(30)' 2>&1) || true
grep -q 'canceling statement due to user request' <<<"$out" || die "Ctrl-C" "$out"
ok "Ctrl-C"
