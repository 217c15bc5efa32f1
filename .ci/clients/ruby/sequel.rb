# Sequel.
require_relative 'compat'
require 'sequel'

c = Client.new('sequel', Sequel::VERSION)
db = Sequel.connect(adapter: 'postgres', host: HOST, port: PORT, user: USER, password: PASSWORD, database: DATABASE, search_path: %w[public ec2])
db.extension :pg_array, :pg_json
logs = db[Sequel[:ec2][:flow_logs]]

c.step('server version') { db.server_version / 10_000 == 16 && db.test_connection }
c.step('tables, views') { [db.tables(schema: 'ec2'), db.views(schema: 'ec2'), db.tables(schema: 'pg_catalog').sort.first(5), db.table_exists?(Sequel[:ec2][:flow_logs])] }
c.step('schema') { db.schema(Sequel[:ec2][:flow_logs]).map { |n, h| [n, h.slice(:db_type, :type, :allow_null, :primary_key, :default, :base_oid)] } }
c.step('keys, indexes, constraints') do
  [db.primary_key(Sequel[:ec2][:flow_logs]), db.primary_key_sequence(Sequel[:ec2][:flow_logs]), db.indexes(Sequel[:ec2][:flow_logs], include_partial: true), db.foreign_key_list(Sequel[:ec2][:flow_logs]), db.check_constraints(Sequel[:ec2][:flow_logs])]
end
c.step('locks') { db.locks.count >= 0 }
c.step('datasets') do
  [logs.count, logs.where(region: %w[us-east-1 eu-west-1]).exclude(trafficType: 'ALL').count, logs.order(:flowLogId).limit(2, 1).select_map(:flowLogId), logs.group_and_count(:region).order(:region).to_hash(:region, :count), logs.distinct.order(:region).select_map(:region),
   logs.max(:flowLogId), logs.first(flowLogId: 'fl-nosuch'), logs.where(Sequel.ilike(:region, 'US-%')).count, logs.where { creationTime > Time.at(0) }.count, logs.where(maxAggregationInterval: 1..100).count, logs.empty?]
end
c.step('with, windows, union, lateral') do
  [db[:x].with(:x, logs.group_and_count(:region)).order(:region).select_map(:region), logs.select(:flowLogId) { row_number.function.over(partition: :region, order: :flowLogId).as(:k) }.order(:flowLogId).limit(3).map(:k),
   db.select(1).union(db.select(2), all: true).count, logs.distinct(:region).order(:region, :flowLogId).select_map(:flowLogId)]
end
c.step('types') { db.fetch("select 1::int2 a, 3::int8 c, 1.5::float8 e, 1.25::numeric f, 'x'::text g, true h, '2024-01-02'::date i, '2024-01-02 03:04:05.678+00'::timestamptz j, '\\xdead'::bytea k, '{\"a\": 1}'::jsonb m, array[1,2] n, null p").map { |r| r.transform_values(&:to_s) } }
c.step('placeholders') { db.fetch('select ?::int a, ? b, ?::jsonb c, ?::int[] d', 1, "é'", Sequel.pg_jsonb('a' => 1), Sequel.pg_array([1, 2])).map { |r| r.transform_values(&:to_s) } }
c.step('prepared') { logs.where(region: :$r).prepare(:first, :by_region).call(r: 'us-east-1')[:region] }
c.step('cursor') { n = 0; logs.use_cursor(rows_per_fetch: 7).each { n += 1 }; n > 100 }
c.step('paged_each') { n = 0; logs.order(:flowLogId).paged_each(rows_per_fetch: 100) { n += 1 }; n > 100 }
c.step('copy out') { db.copy_table(logs.select(:region), format: :csv).lines.count > 100 }
c.step('transaction with savepoint') do
  db.transaction(isolation: :serializable) do
    begin
      db.transaction(savepoint: true) { db.run('select 1/0') }
    rescue Sequel::DatabaseError => e
      raise unless e.wrapped_exception.is_a?(PG::DivisionByZero)
    end
    db.get(Sequel.lit("current_setting('transaction_isolation')"))
  end
end
c.step('error') do
  db.run('select nope from ec2.flow_logs')
  false
rescue Sequel::DatabaseError => e
  e.wrapped_exception.is_a?(PG::UndefinedColumn)
end
c.step('listen and notify') do
  Thread.new { sleep 0.3; db.notify('ch', payload: 'hello') }
  db.listen('ch', timeout: 5) { |ch, _pid, payload| break [ch, payload] }
end
c.step('explain') { logs.explain.include?('Scan') }
c.step('cancel') do
  db.synchronize do |conn|
    Thread.new { sleep 0.3; conn.cancel }
    db.get(Sequel.lit('pg_sleep(20)::text'))
  end
  false
rescue Sequel::DatabaseError => e
  e.wrapped_exception.is_a?(PG::QueryCanceled) || raise
end
unless CONTROL
  c.step('insert returning, update, delete') do
    r = db[RESOURCE].first
    i = logs.returning(:flowLogId).insert(resourceId: r[:resourceId], accountId: r[:accountId], trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/sequel/', region: 'us-east-1')[0][:flowLogId]
    logs.where(flowLogId: i).update(tags: Sequel.pg_jsonb('ci' => 'sequel')) == 1 && logs.where(flowLogId: i).delete == 1
  end
end
c.done
