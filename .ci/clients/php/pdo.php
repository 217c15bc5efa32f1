<?php
// PHP's PDO and pgsql extension; see ../python/compat.py for the environment and for what a step is.
$host = getenv('PGHOST'); $port = getenv('PGPORT'); $user = getenv('PGUSER'); $pw = getenv('PGPASSWORD') ?: ''; $name = getenv('PGDATABASE');
$failed = 0;
$out = getenv('COMPAT_OUT') ? fopen(getenv('COMPAT_OUT') . '/php', 'w') : null;
set_error_handler(function ($no, $msg) { throw new ErrorException($msg); });

function step(string $step, callable $f): void
{
    global $failed, $out, $db;
    try {
        $v = $f();
        if ($v === false) throw new Exception('it gave false');
        echo "php: $step: ok\n";
        if ($out && $v !== null && $v !== true) fwrite($out, "$step: " . json_encode($v, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE) . "\n");
    } catch (Throwable $e) {
        $failed = 1;
        echo "php: $step: FAILED\n";
        fwrite(STDERR, substr((string) $e, 0, 900) . "\n");
        if ($db->inTransaction()) $db->rollBack();
    }
}

echo 'php: version: ' . PHP_VERSION . "\n";
$db = new PDO("pgsql:host=$host;port=$port;dbname=$name", $user, $pw, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);
$q = fn(string $sql, array $args = []) => (function () use ($sql, $args) { global $db; $s = $db->prepare($sql); $s->execute($args); return $s->fetchAll(); })();
$state = function (callable $f) { try { $f(); return 'none'; } catch (PDOException $e) { return $e->getCode(); } };

step('PDO: attributes', fn() => str_starts_with($db->getAttribute(PDO::ATTR_SERVER_VERSION), '16') && $db->getAttribute(PDO::ATTR_DRIVER_NAME) === 'pgsql');
step('PDO: schema', fn() => $q('select table_name, column_name, data_type from information_schema.columns where table_schema = ? order by ordinal_position', ['ec2']));
step('PDO: column metadata', function () use ($db) {
    $s = $db->query('select * from ec2.flow_logs limit 1');
    return array_map(fn($i) => array_diff_key($s->getColumnMeta($i), ['pgsql:table_oid' => 0]), range(0, $s->columnCount() - 1));
});
step('PDO: types', fn() => $q("select 1::int2 a, 3::int8 c, 1.5::float8 e, 1.25::numeric f, 'x'::text g, true h, '2024-01-02'::date i, '2024-01-02 03:04:05.678+00'::timestamptz j, '{\"a\": 1}'::jsonb m, array[1,2] n, null p"));
step('PDO: bytea', fn() => stream_get_contents($db->query("select '\\xdead'::bytea")->fetchColumn()) === "\xde\xad");
step('PDO: parameters', function () use ($db) {
    $s = $db->prepare('select :a::int a, :b::text b, :c::bool c, :d::bytea d, :e::text e');
    $s->bindValue('a', 5, PDO::PARAM_INT); $s->bindValue('b', 'é'); $s->bindValue('c', true, PDO::PARAM_BOOL); $s->bindValue('d', "\0\xff", PDO::PARAM_LOB); $s->bindValue('e', null, PDO::PARAM_NULL);
    $s->execute();
    $r = $s->fetch();
    return stream_get_contents($r['d']) === "\0\xff" ? [$r['a'], $r['b'], $r['c'], $r['e']] : false;
});
step('PDO: table parameters', fn() => $q('select region, count(*) n from ec2.flow_logs where region in (?, ?) and "maxAggregationInterval" = ? group by 1 order by 1', ['us-east-1', 'eu-west-1', 600]));
step('PDO: escaped question mark', fn() => $q("select count(*) n from ec2.flow_logs where tags ?? 'env' and region = ?", ['us-east-1']));
step('PDO: emulated prepares', function () use ($db) {
    $s = $db->prepare('select ? a, ?::int b', [PDO::ATTR_EMULATE_PREPARES => true]);
    $s->execute(["x'y", 5]);
    return $s->fetchAll();
});
step('PDO: prepared more than once', function () use ($db) {
    $s = $db->prepare('select count(*) from ec2.flow_logs where region = ?');
    $o = [];
    foreach (['us-east-1', 'eu-west-1', 'us-east-1'] as $r) { $s->execute([$r]); $o[] = $s->fetchColumn(); }
    return $o;
});
step('PDO: error', fn() => $state(fn() => $q('select nope from ec2.flow_logs')) === '42703');
step('PDO: transaction with savepoint', function () use ($db, $q, $state) {
    $db->beginTransaction();
    $db->exec('savepoint a');
    $s = $state(fn() => $db->exec('select 1/0'));
    $db->exec('rollback to a');
    $ok = $q('select 1 a')[0]['a'] === 1 && $db->inTransaction();
    $db->commit();
    return $ok && $s === '22012';
});
step('PDO: scrollable cursor', function () use ($db) {
    $db->beginTransaction();
    $s = $db->prepare('select generate_series(1, 10)', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $s->execute();
    $r = [$s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_NEXT), $s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST), $s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_ABS, 3), $s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR)];
    $db->commit();
    return $r;
});
step('PDO: copy out', fn() => count($db->pgsqlCopyToArray('ec2.flow_logs', "\t", '', 'region')) > 100);
step('PDO: listen and notify', function () use ($db) {
    $db->exec('listen ch');
    $db->exec("notify ch, 'hello'");
    $n = $db->pgsqlGetNotify(PDO::FETCH_ASSOC, 2000);
    return [$n['message'], $n['payload']];
});
step('PDO: quote and timeout', fn() => $db->quote("a'b\\") === "'a''b\\'" && $db->exec("set statement_timeout = '300ms'") === 0 && $state(fn() => $q('select pg_sleep(20)')) === '57014' && $db->exec('set statement_timeout = 0') === 0);

$pg = pg_connect("host=$host port=$port dbname=$name user=$user password='$pw'");
$pq = fn(string $sql, array $a = []) => pg_fetch_all(pg_query_params($pg, $sql, $a));
step('pgsql: version, status', fn() => str_starts_with(pg_version($pg)['server'], '16') && pg_ping($pg) && pg_parameter_status($pg, 'client_encoding') === 'UTF8');
step('pgsql: meta data', fn() => array_map(fn($x) => array_diff_key($x, []), pg_meta_data($pg, 'ec2.flow_logs', true)));
step('pgsql: fields', function () use ($pg) {
    $r = pg_query($pg, 'select "flowLogId", "creationTime", tags, "maxAggregationInterval" from ec2.flow_logs order by 1 limit 1');
    return array_map(fn($i) => [pg_field_name($r, $i), pg_field_type($r, $i), pg_field_type_oid($r, $i), pg_field_size($r, $i), pg_field_table($r, $i)], range(0, 3));
});
step('pgsql: parameters', fn() => $pq('select $1::int a, $2::text b, $3::jsonb c', [1, 'é', '{"a": 1}']));
step('pgsql: prepared', function () use ($pg) { pg_prepare($pg, 's', 'select $1::int * 2 a'); return [pg_fetch_all(pg_execute($pg, 's', [2])), pg_fetch_all(pg_execute($pg, 's', [3]))]; });
step('pgsql: select helper', fn() => count(pg_select($pg, 'ec2.flow_logs', ['region' => 'us-east-1'])) > 10);
step('pgsql: copy out', fn() => count(pg_copy_to($pg, 'ec2.flow_logs')) > 100);
step('pgsql: asynchronous and cancel', function () use ($pg) {
    pg_send_query($pg, 'select pg_sleep(20)');
    usleep(300000);
    pg_cancel_query($pg);
    return pg_fetch_result(pg_query($pg, 'select 1'), 0, 0) === '1';
});
step('pgsql: error fields', function () use ($pg) {
    pg_send_query($pg, 'select nope from ec2.flow_logs');
    $r = pg_get_result($pg);
    return [pg_result_error_field($r, PGSQL_DIAG_SQLSTATE), pg_result_error_field($r, PGSQL_DIAG_STATEMENT_POSITION), pg_result_error_field($r, PGSQL_DIAG_MESSAGE_PRIMARY)];
});
step('pgsql: notify', function () use ($pg) { pg_query($pg, 'listen ch'); pg_query($pg, "notify ch, 'hello'"); $n = pg_get_notify($pg, PGSQL_ASSOC); return [$n['message'], $n['payload']]; });
step('pgsql: empty query', fn() => pg_send_query($pg, '') && pg_result_status(pg_get_result($pg)) === PGSQL_EMPTY_QUERY);

if (!getenv('COMPAT_CONTROL')) {
    step('PDO: insert returning, delete', function () use ($db, $q) {
        $r = $q("select \"resourceId\", \"accountId\" from ec2.flow_logs where \"resourceId\" like 'eni-%' and region = 'us-east-1' group by 1, 2 having count(*) = 1 order by 1 limit 1")[0];
        $i = $q('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (?, ?, ?, ?, ?, ?) returning "flowLogId"', [$r['resourceId'], 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/php/', 'us-east-1', $r['accountId']])[0]['flowLogId'];
        $s = $db->prepare('delete from ec2.flow_logs where "flowLogId" = ?');
        $s->execute([$i]);
        return $s->rowCount() === 1;
    });
}
exit($failed);
