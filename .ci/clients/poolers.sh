#!/usr/bin/env bash
# What stands between clients and servers: PgBouncer, Pgpool-II and HAProxy, each started here in front of the
# server. See python/compat.py for the environment and for what a step is.
set -u
failed=0
export PGPASSWORD=${PGPASSWORD:-none} # the poolers ask for one where the server does not
PATH=$PATH:/usr/sbin
dir=$(mktemp -d)
base=$((20000 + RANDOM % 12000)) # below the ports that the system gives to those who connect
as=()
if [ "$(id -u)" = 0 ]; then as=(runuser -u nobody --); fi
pids=()
stop() {
  kill "${pids[@]}" 2>/dev/null
  wait
  rm -rf "$dir"
}
trap stop EXIT
cd "$dir" || exit 1

cat >bouncer.ini <<END
[databases]
aws = host=$PGHOST port=$PGPORT dbname=$PGDATABASE
rows = host=$PGHOST port=$PGPORT dbname=$PGDATABASE pool_mode=transaction
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $((base + 1))
unix_socket_dir =
auth_type = plain
auth_file = $dir/users
pool_mode = session
default_pool_size = 4
server_reset_query = DISCARD ALL
server_check_delay = 0
server_check_query = select 1
END
echo "\"$PGUSER\" \"$PGPASSWORD\"" >users
cat >pgpool.conf <<END
listen_addresses = '127.0.0.1'
port = $((base + 2))
socket_dir = '$dir'
pcp_socket_dir = '$dir'
pcp_port = $((base + 3))
pid_file_name = '$dir/pgpool.pid'
logdir = '$dir'
backend_hostname0 = '$PGHOST'
backend_port0 = $PGPORT
backend_flag0 = 'ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER'
backend_clustering_mode = 'raw'
allow_clear_text_frontend_auth = on
pool_passwd = '$dir/users.pool'
num_init_children = 8
load_balance_mode = off
sr_check_period = 0
health_check_period = 1
health_check_user = '$PGUSER'
health_check_password = '$PGPASSWORD'
health_check_database = '$PGDATABASE'
END
echo "$PGUSER:TEXT$PGPASSWORD" >users.pool
touch pcp.conf
cat >haproxy.cfg <<END
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen flowgres
  bind 127.0.0.1:$((base + 4))
  option pgsql-check user $PGUSER
  server one $PGHOST:$PGPORT check inter 200
listen stats
  mode http
  bind 127.0.0.1:$((base + 5))
  stats enable
  stats uri /
END
[ "$(id -u)" != 0 ] || chown -R nobody "$dir"
"${as[@]}" pgbouncer bouncer.ini >bouncer.log 2>&1 & pids+=($!)
"${as[@]}" pgpool -n -f pgpool.conf -F pcp.conf >pgpool.log 2>&1 & pids+=($!)
haproxy -f haproxy.cfg >haproxy.log 2>&1 & pids+=($!)
echo "poolers: version: $(pgbouncer --version | sed -n 's/PgBouncer //p'), $(pgpool --version 2>&1 | sed -n 's/.*version \([0-9.]*\).*/\1/p'), $(haproxy -v | sed -n 's/.*version \([0-9.]*\).*/\1/p')"

# at N DATABASE [SQL…]: psql on the N'th port
at() {
  local port=$((base + $1)) db=$2 args=(); shift 2
  for s in "$@"; do args+=(-c "$s"); done
  timeout 60 psql -wXqAt -v ON_ERROR_STOP=1 -p "$port" -h 127.0.0.1 -d "$db" "${args[@]}" 2>&1
}
# up N DATABASE: waits until something answers
up() { for _ in $(seq 100); do at "$1" "$2" 'select 1' >/dev/null && return; sleep 0.2; done; }
# step NAME PATTERN COMMAND…: what the command prints matches
step() {
  local name=$1 pattern=$2 got; shift 2
  got=$("$@" 2>&1)
  if grep -Eq -- "$pattern" <<<"$got"; then
    echo "poolers: $name: ok"
  else
    echo "poolers: $name: FAILED"; { head -20 <<<"$got"; tail -n 5 bouncer.log pgpool.log haproxy.log; } >&2; failed=1
  fi
}
# bench N DATABASE [OPTION…]: transactions of eight clients over fewer connections
bench() {
  local port=$((base + $1)) db=$2; shift 2
  echo "begin; select count(*) from ec2.flow_logs where region = 'us-east-1'; commit;" | tr ';' '\n' | sed '/^ *$/d; s/$/;/' >bench.sql
  timeout 120 "$pgbench" -n -f bench.sql -c 6 -t 10 -h 127.0.0.1 -p "$port" "$@" "$db" 2>&1
}
pgbench=$(command -v pgbench || ls /usr/lib/postgresql/*/bin/pgbench | tail -1)
cancelled() {
  timeout 60 psql -wXqAt -h 127.0.0.1 -p $((base + $1)) -d "$2" -c "select pg_sleep(50)" 2>&1 & local p=$!
  for _ in $(seq 100); do
    [ "$(psql -wXqAt -c "select count(*) from pg_stat_activity where state = 'active' and query = 'select pg_sleep(50)'")" = 1 ] && break
    sleep 0.1
  done
  pkill -INT -P "$p" psql || kill -INT "$p"
  wait "$p"
}

up 1 aws
step "PgBouncer: session" '^[1-9][0-9]*$' at 1 aws 'select count(*) from ec2.flow_logs'
step "PgBouncer: a session's settings" '^Asia/Tokyo [0-9]+$' at 1 aws "set timezone = 'Asia/Tokyo'" "select current_setting('timezone') || ' ' || pg_backend_pid()"
pid=$(at 1 aws 'select pg_backend_pid()')
step "PgBouncer: are gone for the next client" "^UTC ${pid:-unknown}\$" at 1 aws "select current_setting('timezone') || ' ' || pg_backend_pid()"
step "PgBouncer: cursor" '^2$' at 1 aws "begin; declare c cursor for select generate_series(1, 3); move c; fetch c"
step "PgBouncer: clients in turn" '^number of failed transactions: 0 ' bench 1 aws -C
step "PgBouncer: transactions over fewer connections" '^number of failed transactions: 0 ' bench 1 rows
step "PgBouncer: extended protocol" '^number of failed transactions: 0 ' bench 1 rows -M extended
step "PgBouncer: cancel" 'canceling statement due to user request' cancelled 1 rows
step "PgBouncer: error" 'ERROR:  column "nope" does not exist' at 1 rows "select nope"
up 2 "$PGDATABASE"
step "Pgpool-II: session" '^[1-9][0-9]*$' at 2 "$PGDATABASE" 'select count(*) from ec2.flow_logs'
step "Pgpool-II: node is up" '\|up\|up\|' at 2 "$PGDATABASE" 'show pool_nodes'
step "Pgpool-II: describe" '^flowLogId\|text$' at 2 "$PGDATABASE" "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'ec2.flow_logs'::regclass and attname = 'flowLogId'"
step "Pgpool-II: prepared" '^number of failed transactions: 0 ' bench 2 "$PGDATABASE" -M prepared
step "Pgpool-II: error" 'ERROR:  column "nope" does not exist' at 2 "$PGDATABASE" "select nope"
up 4 "$PGDATABASE"
step "HAProxy: session" '^[1-9][0-9]*$' at 4 "$PGDATABASE" 'select count(*) from ec2.flow_logs'
step "HAProxy: pgsql-check" ',L7OK,' timeout 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$((base + 5)); printf 'GET /;csv HTTP/1.0\r\n\r\n' >&3; cat <&3"
step "HAProxy: cancel" 'canceling statement due to user request' cancelled 4 "$PGDATABASE"
exit $failed
