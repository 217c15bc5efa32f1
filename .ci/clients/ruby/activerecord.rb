# ActiveRecord: its schema statements, schema dumper, relations and transactions.
require_relative 'compat'
require 'active_record'
require 'stringio'

c = Client.new('activerecord', ActiveRecord::VERSION::STRING)
ActiveRecord::Base.establish_connection(adapter: 'postgresql', host: HOST, port: PORT, username: USER, password: PASSWORD, database: DATABASE,
                                        schema_search_path: 'public, ec2', pool: 3, variables: { statement_timeout: 30_000 })

class Log < ActiveRecord::Base
  self.table_name = 'ec2.flow_logs'
  self.primary_key = 'flowLogId'
end
db = ActiveRecord::Base.connection
rows = ->(sql) { db.select_all(sql).to_a }

c.step('connect') { db.active? && db.database_version / 10_000 == 16 }
c.step('settings') { [db.current_database.sub('compat', 'aws'), db.current_schema, db.encoding, db.collation, db.ctype, db.schema_search_path, db.client_min_messages] }
c.step('schemas, tables, views') { [db.schema_names, db.tables.sort, db.views.sort, db.data_sources.sort, db.table_exists?('ec2.flow_logs'), db.schema_exists?('ec2'), db.view_exists?('nosuch')] }
c.step('columns') { db.columns('ec2.flow_logs').map { |x| [x.name, x.sql_type, x.type, x.null, x.default, x.comment, x.oid, x.limit, x.precision] } }
c.step('keys, indexes, constraints, comments') do
  [db.primary_key('ec2.flow_logs'), db.primary_keys('ec2.flow_logs'), db.indexes('ec2.flow_logs').map(&:name), db.foreign_keys('ec2.flow_logs'), db.check_constraints('ec2.flow_logs'), db.table_comment('ec2.flow_logs'),
   db.pk_and_sequence_for('ec2.flow_logs')]
end
c.step('extensions, enums') { [db.extensions, db.extension_available?('nosuch'), db.extension_enabled?('plpgsql'), db.supports_partitioned_indexes?] }
c.step('enable an extension that is there') { db.enable_extension('plpgsql') && db.extension_enabled?('plpgsql') }
c.step('schema dump') do
  out = StringIO.new
  ActiveRecord::SchemaDumper.dump(db, out)
  out.string.include?('create_table "flow_logs"') && out.string.sub(/ActiveRecord::Schema.*/, '')
end
c.step('relations') do
  [Log.count, Log.where(region: %w[us-east-1 eu-west-1]).where.not(trafficType: 'ALL').count, Log.order(:flowLogId).limit(2).offset(1).pluck(:flowLogId), Log.group(:region).order(:region).count, Log.first.flowLogId, Log.last.flowLogId,
   Log.find_by(flowLogId: 'fl-nosuch'), Log.exists?(region: 'us-east-1'), Log.where(creationTime: Time.at(0)..).count, Log.where("tags->>'env' = ?", 'prod').count, Log.where(maxAggregationInterval: 1..100).count, Log.distinct.pluck(:region).sort,
   Log.maximum(:maxAggregationInterval), Log.where(region: 'us-east-1').or(Log.where(trafficType: 'REJECT')).count]
end
c.step('attributes') { Log.order(:flowLogId).first.attributes.except('creationTime').merge('t' => Log.order(:flowLogId).first.creationTime.class.name) }
c.step('find_each') { n = 0; Log.find_each(batch_size: 100) { n += 1 }; n > 100 }
c.step('types') do
  rows.("select 1::int2 a, 2::int4 b, 3::int8 c, 1.5::float8 e, 1.25::numeric f, 'x'::text g, true h, '2024-01-02'::date i, '2024-01-02 03:04:05.678+00'::timestamptz j, '\\xdead'::bytea k, '{\"a\": 1}'::jsonb m, array[1,2] n, null p, interval '1 day 02:03' q").map { |r| r.transform_values(&:to_s) }
end
c.step('points and the other shapes, xml') { rows.("select '(1,2.5)'::point a, '((0,0),(1,1))'::box b, '<(1,2),3>'::circle c, '<a>1</a>'::xml d, 'a fat cat'::tsvector e").map { |r| r.transform_values(&:to_s) } }
c.step('network addresses and ranges') { rows.("select '10.0.0.0/8'::cidr a, '10.0.0.1'::inet b, int4range(1,3) c").map { |r| r.transform_values(&:to_s) } }
c.step('prepared statements') { 3.times { Log.where(region: 'us-east-1').limit(1).to_a }; rows.('select count(*) n from pg_prepared_statements')[0]['n'] >= 1 }
c.step('explain') { Log.where(region: 'us-east-1').explain.include?('Scan') }
c.step('transaction with savepoint') do
  Log.transaction(isolation: :repeatable_read) do
    begin
      Log.transaction(requires_new: true) { db.execute('select 1/0') }
    rescue ActiveRecord::StatementInvalid => e
      raise unless e.cause.is_a?(PG::DivisionByZero)
    end
    db.select_value('show transaction_isolation')
  end
end
c.step('error') do
  db.execute('select nope from ec2.flow_logs')
  false
rescue ActiveRecord::StatementInvalid => e
  e.cause.is_a?(PG::UndefinedColumn)
end
c.step('advisory locks') { db.get_advisory_lock(42) && db.release_advisory_lock(42) }
c.step('lock') { Log.transaction { Log.lock.order(:flowLogId).first.flowLogId } }
c.step('async and reset') { db.reset!; db.reconnect!; db.active? }
c.step('timeout') do
  db.execute("set statement_timeout = '300ms'")
  db.execute('select pg_sleep(20)')
  false
rescue ActiveRecord::QueryCanceled
  db.execute('set statement_timeout = 0')
  true
end
unless CONTROL
  c.step('create, update, destroy') do
    r, a = db.select_rows(RESOURCE)[0]
    x = Log.create!(resourceId: r, accountId: a, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/activerecord/', region: 'us-east-1')
    raise 'no id' unless x.flowLogId&.start_with?('fl-')

    x.update!(tags: { 'ci' => 'activerecord' })
    raise 'no tags' unless x.reload.tags == { 'ci' => 'activerecord' }

    x.destroy!
    !Log.exists?(flowLogId: x.flowLogId)
  end
end
c.done
