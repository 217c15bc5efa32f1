#!/usr/bin/env bash
# A PostgreSQL that has the server as a foreign one: postgres_fdw and dblink. See python/compat.py for the
# environment and for what a step is. It makes a PostgreSQL of its own, on a socket, and removes it.
set -u
failed=0
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
dir=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then as=(runuser -u postgres --); chown postgres "$dir"; fi
local=(psql -XqAt -v ON_ERROR_STOP=1 "host=$dir port=54170 user=postgres dbname=postgres")
stop() {
  "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
  rm -rf "$dir"
}
trap stop EXIT
cd "$dir" || exit 1
"${as[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null &&
  "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -o "-c listen_addresses= -c unix_socket_directories=$dir -c port=54170 -c fsync=off" -w start >/dev/null || exit 1
echo "postgres_fdw: version: $("${local[@]}" -c 'show server_version' | sed 's/ .*//')"

# step NAME PATTERN SQL…: what the PostgreSQL prints matches
step() {
  local name=$1 pattern=$2 got args=(); shift 2
  for s in "$@"; do args+=(-c "$s"); done
  got=$(timeout 60 "${local[@]}" "${args[@]}" 2>&1)
  if grep -Eq -- "$pattern" <<<"$got"; then
    echo "postgres_fdw: $name: ok"
  else
    echo "postgres_fdw: $name: FAILED"; head -20 <<<"$got" >&2; failed=1
  fi
}
# same NAME SQL: over the foreign table as asked of the server itself
same() {
  local there here
  there=$(timeout 60 psql -XqAt -c "${2//flow_logs/ec2.flow_logs}" 2>&1)
  here=$(timeout 60 "${local[@]}" -c "${2//flow_logs/fleet.flow_logs}" 2>&1)
  if [ -n "$there" ] && [ "$there" = "$here" ]; then
    echo "postgres_fdw: $1: ok"
  else
    echo "postgres_fdw: $1: FAILED"; diff <(echo "$there") <(echo "$here") | head -20 >&2; failed=1
  fi
}

step "user mapping" '^$' "create extension postgres_fdw; create extension dblink;
  create server fleet foreign data wrapper postgres_fdw options (host '$PGHOST', port '$PGPORT', dbname '$PGDATABASE', fetch_size '50', use_remote_estimate 'true');
  create user mapping for public server fleet options (user '$PGUSER', password '$PGPASSWORD', password_required 'false')"
step "import foreign schema" '^21$' "create schema fleet" "import foreign schema ec2 from server fleet into fleet" \
  "import foreign schema public limit to (aws_vpc_flow_log) from server fleet into fleet" \
  "select count(*) from pg_attribute where attrelid = 'fleet.flow_logs'::regclass and attnum > 0"
same "cursor of many portions" 'select * from flow_logs order by "flowLogId"'
same "condition" "select \"flowLogId\", tags from flow_logs where region = 'us-east-1' and \"trafficType\" = 'REJECT' and tags->>'env' = 'prod' order by 1"
same "grouping" 'select region, "trafficType", count(*), max("creationTime") from flow_logs group by 1, 2 order by 1, 2'
same "join" 'select a."resourceId", count(*) from flow_logs a join flow_logs b using ("resourceId") where a."flowLogId" <> b."flowLogId" group by 1 order by 1'
same "semi-join" "select \"flowLogId\" from flow_logs a where exists (select from flow_logs b where b.\"resourceId\" = a.\"resourceId\" and b.\"trafficType\" = 'REJECT') order by 1"
same "limit" 'select "flowLogId" from flow_logs order by "creationTime" desc, "flowLogId" limit 7'
step "grouping runs there" 'Remote SQL: SELECT region, count\(\*\) FROM ec2.flow_logs .*GROUP BY 1' \
  "explain verbose select region, count(*) from fleet.flow_logs where \"trafficType\" = 'REJECT' group by 1"
step "the view" '^[1-9][0-9]*$' "select count(*) from fleet.aws_vpc_flow_log where tags->>'env' = 'prod'"
step "join with a local table" '^[1-9][0-9]*$' "create table owned (region text)" "insert into owned values ('us-east-1'), ('eu-west-1')" \
  "select count(*) from fleet.flow_logs join owned using (region)"
step "analyze" '^[1-9][0-9]*$' "analyze fleet.flow_logs" "select reltuples::int from pg_class where oid = 'fleet.flow_logs'::regclass"
step "error there" '^ERROR:  division by zero' "select 1 / length(region) from fleet.flow_logs where 1 / (length(region) - length(region)) = 1"
step "savepoint" '^[1-9][0-9]*$' "begin; select count(*) from fleet.flow_logs; savepoint s; do \$\$begin perform 1 / (length(region) - length(region)) from fleet.flow_logs; exception when division_by_zero then null; end\$\$; select count(*) from fleet.flow_logs where region like 'us-%'; commit"
step "copy into a table" '^t$' "create table kept as select * from fleet.flow_logs" "select (select count(*) from kept) = (select count(*) from fleet.flow_logs)"
step "materialized view" '^[1-9][0-9]*$' "create materialized view today as select region, count(*) from fleet.flow_logs group by 1" "refresh materialized view today" "select count(*) from today"
step "dblink" '^[1-9][0-9]*$' "select count(*) from dblink('host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=$PGUSER password=$PGPASSWORD', 'select \"flowLogId\", region from ec2.flow_logs') t(id text, region text)"
if [ -z "${COMPAT_CONTROL:-}" ]; then
  step "insert returning" '^vpc-5532944c8d588fbfa\|ACTIVE$' "insert into fleet.flow_logs (\"resourceId\", \"trafficType\", \"logDestinationType\", \"logDestination\", region, \"accountId\")
    values ('vpc-5532944c8d588fbfa', 'REJECT', 's3', 'arn:aws:s3:::by-fdw', 'us-east-1', '111122223333') returning \"resourceId\", \"flowLogStatus\""
  step "update of tags" '^\{"by": "fdw"\}$' "update fleet.flow_logs set tags = '{\"by\": \"fdw\"}' where \"logDestination\" = 'arn:aws:s3:::by-fdw' returning tags"
  step "delete" '^vpc-5532944c8d588fbfa$' "delete from fleet.flow_logs where \"logDestination\" = 'arn:aws:s3:::by-fdw' returning \"resourceId\""
  step "rollback" '^0$' "begin; insert into fleet.flow_logs (\"resourceId\", \"trafficType\", \"logDestinationType\", \"logDestination\", region, \"accountId\")
    values ('vpc-5532944c8d588fbfa', 'REJECT', 's3', 'arn:aws:s3:::by-fdw', 'us-east-1', '111122223333'); rollback" \
    "select count(*) from fleet.flow_logs where \"logDestination\" = 'arn:aws:s3:::by-fdw'"
fi
exit $failed
