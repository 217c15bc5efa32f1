#!/usr/bin/env bash
# psql; see python/compat.py for the environment and for what a step is.
set -u
failed=0
out=${COMPAT_OUT:+$COMPAT_OUT/psql}
[ -z "$out" ] || : >"$out"
echo "psql: version: $(psql --version | sed -E 's/^psql \(PostgreSQL\) ([0-9.]+).*/\1/')"
# check NAME PATTERN ARGS…: psql's output matches
check() {
  local name=$1 pattern=$2 got; shift 2
  got=$(timeout 60 psql -X "$@" 2>&1)
  if grep -Eq -- "$pattern" <<<"$got"; then
    echo "psql: $name: ok"
  else
    echo "psql: $name: FAILED"; head -20 <<<"$got" >&2; failed=1
  fi
}
# show COMMAND [PATTERN]: a backslash command works; its output is kept for comparison
show() {
  local got pattern=${2:-.}
  got=$(printf '%s\n' "$1" | timeout 60 psql -X 2>&1)
  if grep -q '^ERROR' <<<"$got" || ! grep -Eq -- "$pattern" <<<"$got"; then
    echo "psql: $1: FAILED"; head -5 <<<"$got" >&2; failed=1
  else
    echo "psql: $1: ok"
  fi
  [ -z "$out" ] || printf '%s\n%s\n' "$1" "$got" >>"$out"
}
check "version" '^PostgreSQL 16' -Atc 'select version()'
check "filter" '^us-east-1\|REJECT$' -Atc "select distinct region, \"trafficType\" from ec2.flow_logs where region = 'us-east-1' and \"trafficType\" = 'REJECT'"
check "self-join" '^[1-9][0-9]*$' -Atc 'select count(*) from ec2.flow_logs a join ec2.flow_logs b using ("flowLogId")'
check "group by" '^prod\|[0-9]+$' -Atc "select tags->>'env', count(*) from ec2.flow_logs group by 1"
check "now() - interval" '^[0-9]+$' -Atc "select count(*) from ec2.flow_logs where \"creationTime\" > now() - interval '30 days'"
check "caret" '^LINE 1: select \* from ec2\.flow_logs where = 1;' -c 'select * from ec2.flow_logs where = 1;'
check "psql -l" '^template1\|postgres\|UTF8' -Atl
check "\\c postgres" '^postgres\|0$' -At -c '\c postgres' -c "select current_database(), count(*) from pg_tables where schemaname = 'ec2'"
check "a table of another database" 'ERROR:  cross-database references are not implemented: "aws.ec2.flow_logs"' -d postgres -c 'table aws.ec2.flow_logs'
while IFS= read -r line; do show "$line"; done <<'COMMANDS'
\d ec2.flow_logs
\d+ ec2.flow_logs
\d ec2.flow_logs_pkey
\d+ pg_class
\d pg_tables
\d information_schema.columns
\dt ec2.*
\dtS
\dvS
\diS
\ds
\dm
\dE
\dA
\dAc
\dAo+ btree
\dAp+ hash
\da
\db
\dc
\dC
\dCS
\dD
\dDS
\ddp
\des
\deu
\dew
\det
\df
\df pg_sleep
\df pg_catalog.abs
\df * integer
\dfa
\dfn
\dfp
\dft
\dfw
\dFd
\dFp
\dFt
\dF
\dg
\du
\duS
\dl
\dL
\dn
\do
\do = int4 int4
\dO
\dp ec2.*
\z
\dP
\drds
\dRp
\dRs
\dT
\dTS
\dT+ int4
\dx
\dX
\dy
\dconfig search_path
\sf pg_sleep
\sf+ now
\sf information_schema._pg_expandarray
\sv pg_catalog.pg_tables
select 1 as a, 'x' as b, now() as t, 1.5 as n, array[1,2] as arr \gdesc
select "flowLogId", tags, "creationTime" from ec2.flow_logs \gdesc
select region, "trafficType", count(*) from ec2.flow_logs group by 1,2 order by 1,2 \crosstabview
select 'select '||g from generate_series(1,3) g \gexec
select 5 as x \gx
\copy (select region, count(*) from ec2.flow_logs group by 1 order by 1) to stdout with csv header
\copy (select region, tags from ec2.flow_logs order by "flowLogId" limit 3) to stdout with (format csv, delimiter ';', null 'N', force_quote *)
COMMANDS
for line in '\l' '\l+' '\dn+' '\dt+' '\db+' '\dx+' '\dL+' '\conninfo' '\ef pg_sleep' '\d+'; do
  out='' EDITOR=true PSQL_EDITOR=true show "$line"   # sizes, owners and remarks are not PostgreSQL's
done
check "\\watch" '2' -c 'select 1 as a' -c $'select 2\n\\watch 0.1' --set=ON_ERROR_STOP=1 </dev/null & w=$!; sleep 2; kill $w 2>/dev/null; wait $w 2>/dev/null
got=$(printf 'select 2 as w \\watch 0.2\n' | timeout 2 psql -XAt 2>&1)
if [ "$(grep -c '^2$' <<<"$got")" -gt 2 ]; then echo 'psql: \watch: ok'; else echo 'psql: \watch: FAILED'; echo "$got" >&2; failed=1; fi
while IFS= read -r line; do
  case $line in
    '-- S'* | '') ;;
    '-- '*) tool=${line#-- } n=0 ;;
    *)
      n=$((n + 1))
      got=$(timeout 60 psql -XAt <<<"$line" 2>&1)
      if grep -q '^ERROR' <<<"$got"; then echo "psql: as $tool does, $n: FAILED"; head -5 <<<"$got" >&2; failed=1; else echo "psql: as $tool does, $n: ok"; fi
      [ -z "$out" ] || printf '%s\n%s\n' "$line" "$got" >>"$out"
      ;;
  esac
done <"$(dirname "$0")/bi.sql"
check "variables and \\gset" '^3$' -At <<'SQL'
select 1 as a, 2 as b \gset
select :a + :b;
SQL
check "ON_ERROR_ROLLBACK" '^7$' -At --set=ON_ERROR_ROLLBACK=on <<'SQL'
begin;
select 1/0;
select 7;
commit;
SQL
check "cursor by FETCH_COUNT" '^100000$' -At --set=FETCH_COUNT=1000 -c 'select * from generate_series(1, 100000)'
check "an extension that is there" '^NOTICE: +extension "plpgsql" already exists, skipping$' -c 'create extension if not exists plpgsql'
check "prepare, execute" '^5$' -At -c 'prepare p(int) as select $1 + 2' -c 'execute p(3)'
got=$(timeout -s INT 1 psql -Xc 'select pg_sleep(30)' 2>&1)
if grep -q 'canceling statement due to user request' <<<"$got"; then echo "psql: Ctrl-C: ok"; else echo "psql: Ctrl-C: FAILED"; echo "$got" >&2; failed=1; fi
if [ -z "${COMPAT_CONTROL:-}" ]; then
  new() { cat <<SQL
insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId")
  select "resourceId", 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/$1/', region, "accountId" from ec2.flow_logs
  where "resourceId" like 'eni-%' and region = 'us-east-1' group by "resourceId", region, "accountId" having count(*) = 1 limit 1 returning "flowLogId"
SQL
  }
  check "three-part name" '^[0-9]+$' -Atc 'select count(*) from aws.ec2.flow_logs'
  check "unquoted names" '^flowLogId\|trafficType' -A -c 'select flowLogId, TrafficType from ec2.flow_logs limit 1'
  check "explain" 'Remote Filter: traffic-type = REJECT' -c "explain select * from ec2.flow_logs where \"trafficType\" = 'REJECT'"
  id=$(psql -XAtqc "$(new psql)" 2>&1)
  check "insert returning, read your write" '^1$' -Atc "select count(*) from ec2.flow_logs where \"flowLogId\" = '$id'"
  check "delete" '^DELETE 1$' -c "delete from ec2.flow_logs where \"flowLogId\" = '$id'"
  check "delete without where" 'safe_writes' -c 'delete from ec2.flow_logs'
  check "rollback undoes an insert" '^0$' -Atq -c begin -c "$(new rollback)" -c rollback -c "select count(*) from ec2.flow_logs where \"logDestination\" = 'arn:aws:s3:::flowgres-ci/rollback/'"
fi
exit $failed
