#!/usr/bin/perl
# DBD::Pg; see ../python/compat.py for the environment and for what a step is.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:pg_types :async);

my ($failed, $out) = (0, undef);
$| = 1;
open($out, '>:utf8', "$ENV{COMPAT_OUT}/dbd-pg") if $ENV{COMPAT_OUT};
my $dsn = "dbi:Pg:dbname=$ENV{PGDATABASE};host=$ENV{PGHOST};port=$ENV{PGPORT}";
my $db;

sub text { my $v = shift; ref $v eq 'ARRAY' ? '[' . join(',', map { text($_) } @$v) . "]\n" : ref $v eq 'HASH' ? '{' . join(',', map { "$_=" . text($v->{$_}) } sort keys %$v) . '}' : defined $v ? "$v" : 'undef' }

sub step {
    my ($name, $f) = @_;
    my $v = eval { my $r = $f->(); die "it gave false\n" unless $r; $r };
    if ($@) {
        $failed = 1;
        print "dbd-pg: $name: FAILED\n";
        print STDERR substr($@, 0, 900), "\n";
        eval { $db->rollback unless $db->{AutoCommit} };
    } else {
        print "dbd-pg: $name: ok\n";
        print $out "$name: ", text($v), "\n" if $out && ref $v;
    }
}

sub rows { my ($sth, $mask) = @_; my @r; while (my $r = $sth->fetchrow_hashref) { delete @$r{qw(pg_oid PG_OID)}; delete @$r{@$mask} if $mask; push @r, {%$r} } \@r }
sub one { my $r = $db->selectall_arrayref(@_); $r }

print "dbd-pg: version: $DBD::Pg::VERSION\n";
$db = DBI->connect($dsn, $ENV{PGUSER}, $ENV{PGPASSWORD} // '', { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1 });

step('ping', sub { $db->ping });
step('server version', sub { int($db->{pg_server_version} / 10000) == 16 });
step('get_info', sub { [map { $db->get_info($_) } 17, 29, 30, 35, 41] });
step('table_info', sub { rows($db->table_info(undef, 'ec2', '%', 'TABLE')) });
step('table_info of schemas, catalogs, types', sub { [scalar @{ rows($db->table_info('', '%', '')) }, scalar @{ rows($db->table_info('%', '', '')) }, scalar @{ rows($db->table_info('', '', '', '%')) }] });
step('tables', sub { [grep { !/pg_|information_schema/ } $db->tables] });
step('column_info', sub { rows($db->column_info(undef, 'ec2', 'flow_logs', undef)) });
step('primary_key', sub { [[$db->primary_key(undef, 'ec2', 'flow_logs')], rows($db->primary_key_info(undef, 'ec2', 'flow_logs'))] });
step('foreign_key_info', sub { !defined $db->foreign_key_info(undef, undef, undef, undef, 'ec2', 'flow_logs') or 1 });
step('statistics_info', sub { rows($db->statistics_info(undef, 'ec2', 'flow_logs', 0, 1), [qw(CARDINALITY PAGES)]) });
step('type_info_all', sub { scalar @{ $db->type_info_all } > 10 });
step('statement metadata', sub {
    my $s = $db->prepare('select * from ec2.flow_logs where region = ?');
    $s->execute('us-east-1');
    [$s->{NAME}, $s->{TYPE}, $s->{pg_type}, $s->{NULLABLE}, $s->{PRECISION}, $s->{NUM_OF_FIELDS}, $s->{NUM_OF_PARAMS}];
});
step('types', sub { one(q(select 1::int2, 3::int8, 1.5::float8, 1.25::numeric, 'x'::text, true, '2024-01-02'::date, '2024-01-02 03:04:05.678+00'::timestamptz, '\xdead'::bytea, '{"a": 1}'::jsonb, array[1,2], array['a','b,"'], null, interval '1 day')) });
step('parameters', sub {
    my $s = $db->prepare('select ?::int, ?, ?::bytea, ?::int[], ?::bool');
    $s->bind_param(1, 5);
    $s->bind_param(2, "\x{e9}");
    $s->bind_param(3, "\0\xff", { pg_type => PG_BYTEA });
    $s->bind_param(4, [1, 2]);
    $s->bind_param(5, 1, { pg_type => PG_BOOL });
    $s->execute;
    my $r = $s->fetchrow_arrayref;
    $r->[2] eq "\0\xff" or die 'bytea';
    [@$r[0, 1, 3, 4]];
});
step('dollar and named parameters', sub {
    my $s = $db->prepare('select :a::int + :b::int');
    $s->bind_param(':a', 1);
    $s->bind_param(':b', 2);
    $s->execute;
    [$s->fetchrow_array, $db->selectrow_array('select $1::int * 2', undef, 4)];
});
step('table parameters', sub { one('select region, count(*) from ec2.flow_logs where region = any(?) and "maxAggregationInterval" = ? group by 1 order by 1', undef, ['us-east-1', 'eu-west-1'], 600) });
step('server-side prepare', sub { my $s = $db->prepare('select count(*) from ec2.flow_logs where region = ?', { pg_prepare_now => 1 }); $s->execute('us-east-1') for 1 .. 3; ($s->fetchrow_array)[0] > 10 });
step('error', sub { eval { $db->do('select nope from ec2.flow_logs') }; $db->state eq '42703' });
step('transaction with savepoint', sub {
    $db->begin_work;
    $db->pg_savepoint('a');
    eval { $db->do('select 1/0') };
    my $s = $db->state;
    $db->pg_rollback_to('a');
    my $ok = one('select 1')->[0][0] == 1;
    $db->pg_release('a');
    $db->commit;
    $ok && $s eq '22012';
});
step('cursor', sub {
    $db->begin_work;
    $db->do('declare c cursor for select "flowLogId" from ec2.flow_logs');
    my ($n, $k) = (0, 0);
    do { $k = scalar @{ one('fetch 7 from c') }; $n += $k } while $k;
    $db->do('close c');
    $db->commit;
    $n > 100;
});
step('copy out', sub { $db->do('copy (select region from ec2.flow_logs) to stdout'); my ($n, $l) = (0, ''); $n++ while $db->pg_getcopydata($l) >= 0; $n > 100 });
step('asynchronous query', sub { my $s = $db->prepare('select 7', { pg_async => PG_ASYNC }); $s->execute; $s->pg_result; ($s->fetchrow_array)[0] == 7 });
step('cancel', sub { $db->do('select pg_sleep(20)', { pg_async => PG_ASYNC }); select(undef, undef, undef, 0.3); $db->pg_cancel; one('select 1')->[0][0] == 1 });
step('listen and notify', sub { $db->do('listen ch'); $db->do("notify ch, 'hello'"); my $n = $db->pg_notifies; [@$n[0, 2]] });
step('settings and notices', sub { local $SIG{__WARN__} = sub { }; $db->do("set statement_timeout = '30s'"); $db->do('commit'); $db->{pg_placeholder_dollaronly} = 1; my $n = $db->selectrow_array(q(select count(*) from ec2.flow_logs where tags ? 'env')); $db->{pg_placeholder_dollaronly} = 0; [$n] });
step('empty query', sub { $db->do(';'); 1 });

unless ($ENV{COMPAT_CONTROL}) {
    step('insert returning, delete', sub {
        my ($r, $a) = $db->selectrow_array(q(select "resourceId", "accountId" from ec2.flow_logs where "resourceId" like 'eni-%' and region = 'us-east-1' group by 1, 2 having count(*) = 1 order by 1 limit 1));
        my ($i) = $db->selectrow_array(q(insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (?, 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/perl/', 'us-east-1', ?) returning "flowLogId"), undef, $r, $a);
        $db->do('delete from ec2.flow_logs where "flowLogId" = ?', undef, $i) == 1;
    });
}
$db->disconnect;
exit $failed;
