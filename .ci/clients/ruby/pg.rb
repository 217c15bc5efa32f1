# ruby-pg, the driver below ActiveRecord and Sequel.
require_relative 'compat'
require 'pg'

c = Client.new('ruby-pg', PG::VERSION)
params = { host: HOST, port: PORT, user: USER, password: PASSWORD, dbname: DATABASE }
conn = PG.connect(**params, application_name: 'ruby-pg', options: '-c search_path=ec2 -c statement_timeout=60000')
c.recover = -> { conn.exec('rollback') unless conn.transaction_status == PG::PQTRANS_IDLE }
rows = ->(sql, args = []) { conn.exec_params(sql, args).to_a }

c.step('connection') do
  [conn.server_version / 10_000, conn.parameter_status('server_encoding'), conn.parameter_status('TimeZone'), conn.protocol_version,
   conn.exec('show search_path').getvalue(0, 0), conn.exec('show application_name').getvalue(0, 0), conn.transaction_status, conn.user == USER, conn.db]
end
c.step('ping') { PG::Connection.ping(**params) == PG::PQPING_OK }
c.step('tables and columns') do
  rows.call("select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = $1 order by 1, ordinal_position", ['ec2'])
end
c.step('result columns') do
  r = conn.exec('select "flowLogId", "maxAggregationInterval", tags, "creationTime", 1.5::numeric(5,2) n from flow_logs limit 0')
  r.nfields.times.map { |i| [r.fname(i), r.ftype(i), r.fmod(i), r.fsize(i), r.fformat(i), r.ftablecol(i), r.ftable(i).positive?] }
end
c.step('parameters') { rows.call('select $1::int + 1 a, $2::text b, $3::bool c, $4::text[] d', [41, "é'", true, '{a,"b c"}']) }
c.step('binary parameter and result') do
  r = conn.exec_params('select $1::bytea b, 258::int4 i', [{ value: "\xDE\xAD\x00".b, format: 1, type: 17 }], 1)
  r.getvalue(0, 0) == "\xDE\xAD\x00".b && r.getvalue(0, 1).unpack1('N') == 258
end
c.step('type maps') do
  conn.type_map_for_results = PG::BasicTypeMapForResults.new(conn)
  conn.type_map_for_queries = PG::BasicTypeMapForQueries.new(conn)
  rows.call("select 1::int2 a, 3::int8 b, 1.5::float8 c, 1.25::numeric d, 'x'::text e, true f, '2024-01-02'::date g, '2024-01-02 03:04:05.678+00'::timestamptz h, '\\xdead'::bytea i, '{\"a\": [1]}'::jsonb j, array[1,2] k, null l, '10.0.0.0/8'::cidr m, array['a', null] n, $1::int[] o, $2::json p",
            [[1, 2], { 'x' => 1 }]).first.transform_values(&:to_s)
ensure
  conn.type_map_for_results = PG::TypeMapAllStrings.new
  conn.type_map_for_queries = PG::TypeMapAllStrings.new
end
c.step('prepared') do
  conn.prepare('by_region', 'select count(*) n from flow_logs where region = $1')
  d = conn.describe_prepared('by_region')
  [d.nparams, d.paramtype(0), d.fname(0), d.ftype(0), conn.exec_prepared('by_region', ['us-east-1']).getvalue(0, 0).to_i > 10, conn.exec('deallocate by_region').cmd_status]
end
c.step('portal') do
  conn.transaction do
    conn.exec('declare p cursor for select generate_series(1, 3) as g')
    d = conn.describe_portal('p')
    [d.fname(0), d.ftype(0), conn.exec('fetch 2 from p').values, conn.exec('fetch all from p').cmd_tuples]
  end
end
c.step('single row mode') do
  conn.send_query('select "flowLogId" from flow_logs')
  conn.set_single_row_mode
  n = conn.get_result.stream_each.count
  conn.get_result.nil? && n > 100
end
c.step('several statements') do
  conn.send_query("select 1 a; select 'x' b, 2 c; show transaction_isolation")
  all = []
  while (r = conn.get_result)
    all << r.values
  end
  all
end
c.step('pipeline') do
  conn.enter_pipeline_mode
  3.times { |i| conn.send_query_params('select $1::int', [i]) }
  conn.pipeline_sync
  got = 3.times.map { v = conn.get_result.getvalue(0, 0); conn.get_result; v }
  conn.get_result.result_status == PG::PGRES_PIPELINE_SYNC && conn.exit_pipeline_mode
  got
end
c.step('error') do
  conn.exec('select nope from flow_logs')
  false
rescue PG::UndefinedColumn => e
  [PG::PG_DIAG_SQLSTATE, PG::PG_DIAG_MESSAGE_PRIMARY, PG::PG_DIAG_STATEMENT_POSITION, PG::PG_DIAG_SEVERITY_NONLOCALIZED].map { |f| e.result.error_field(f) }
end
c.step('transaction and savepoint') do
  conn.transaction do
    conn.exec('savepoint a')
    begin
      conn.exec('select 1/0')
    rescue PG::DivisionByZero
      raise 'not failed' unless conn.transaction_status == PG::PQTRANS_INERROR

      conn.exec('rollback to a')
    end
    conn.exec('select 7').getvalue(0, 0)
  end
end
c.step('copy out') do
  n = 0
  conn.copy_data('copy (select region, tags from flow_logs) to stdout with csv header') { n += 1 while conn.get_copy_data }
  n > 100
end
c.step('copy out, decoded') do
  dec = PG::TextDecoder::CopyRow.new
  got = []
  conn.copy_data("copy (select 1, 'a' || chr(9) || 'b', null) to stdout", dec) do
    while (row = conn.get_copy_data)
      got << row
    end
  end
  got
end
c.step('notices') do
  seen = []
  conn.set_notice_processor { |m| seen << m }
  conn.exec('rollback')
  conn.set_notice_processor
  seen
end
c.step('listen and notify') do
  conn.exec('listen ch')
  conn.exec("notify ch, 'hello'")
  got = nil
  conn.wait_for_notify(5) { |ch, _pid, payload| got = [ch, payload] }
  conn.exec('unlisten *')
  got
end
c.step('cancel') do
  Thread.new { sleep 0.3; conn.cancel }
  conn.exec('select pg_sleep(20)')
  false
rescue PG::QueryCanceled
  conn.exec('select 1').getvalue(0, 0) == '1'
end
c.step('quoting') { [conn.escape_string("a'b\\c"), conn.escape_literal("a'b\\c"), conn.quote_ident('flow"Logs'), conn.escape_bytea("\x00\xFF".b)] }
c.step('encoding') { [conn.internal_encoding.to_s, conn.exec("select 'é' || $$ü$$").getvalue(0, 0)] }
c.step('empty query') { conn.exec('').result_status == PG::PGRES_EMPTY_QUERY }
c.step('reset') { conn.reset; conn.exec('show search_path').getvalue(0, 0) == 'ec2' }
unless CONTROL
  c.step('insert returning, update, delete') do
    r = conn.exec(RESOURCE).first
    id = conn.exec_params('insert into ec2.flow_logs ("resourceId", "accountId", "trafficType", "logDestinationType", "logDestination", region) values ($1, $2, $3, $4, $5, $6) returning "flowLogId"',
                          [r['resourceId'], r['accountId'], 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/ruby-pg/', 'us-east-1']).getvalue(0, 0)
    u = conn.exec_params('update ec2.flow_logs set tags = $1 where "flowLogId" = $2 returning tags', ['{"ci": "ruby-pg"}', id])
    d = conn.exec_params('delete from ec2.flow_logs where "flowLogId" = $1', [id])
    u.getvalue(0, 0).include?('ruby-pg') && d.cmd_tuples == 1
  end
end
conn.close
c.done
