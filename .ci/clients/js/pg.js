// node-postgres, with pg-cursor, pg-query-stream and pg-copy-streams.
import { pipeline } from 'node:stream/promises'
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const pg = require('pg')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')
const { to: copyTo } = require('pg-copy-streams')
const c = new Client('node-pg', 'pg')
const db = new pg.Client({ ...base, application_name: 'app', statement_timeout: 30000, lock_timeout: 1000, idle_in_transaction_session_timeout: 9000, options: '-c search_path=ec2' })
db.on('error', (e) => console.error(e))
await db.connect()
const q = async (text, values) => (await db.query(text, values)).rows

await c.step('settings', async () => [await q('show search_path'), await q('show application_name'), await q('show statement_timeout')])
await c.step('schema', async () => q(`select table_schema, table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = $1 order by ordinal_position`, ['ec2']))
await c.step('keys', async () => q(`select kcu.column_name, tc.constraint_type from information_schema.table_constraints tc join information_schema.key_column_usage kcu using (constraint_schema, constraint_name)
  where tc.table_name = 'flow_logs' and constraint_type = 'PRIMARY KEY'`))
await c.step('fields', async () => (await db.query('select * from flow_logs limit 1')).fields.map((f) => [f.name, f.columnID, f.dataTypeID, f.dataTypeSize, f.dataTypeModifier, f.format]))
await c.step('types', async () => q(`select 1::int2 a, 2::int4 b, 3::int8 c, 1.5::float4 d, 2.5::float8 e, 1.25::numeric f, 'x'::text g, true h, '2024-01-02'::date i, '2024-01-02 03:04:05.678+00'::timestamptz j,
  '\\xdead'::bytea k, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid l, '{"a": 1}'::jsonb m, array[1,2] n, interval '1 day 02:03' o, null p, array['a','b,"'] q, '[1]'::json r, array['{"a":1}'::jsonb] s`))
await c.step('points and the other shapes, xml', async () => q(`select '(1,2.5)'::point a, '((0,0),(1,1))'::box b, '<(1,2),3>'::circle c, array['(1,2)'::point] d, '<a>1</a>'::xml e, 'a fat cat'::tsvector f`))
await c.step('network addresses, ranges', async () => q(`select '10.0.0.1'::inet a, int4range(1,3) b, array['10.0.0.0/8'::cidr] d`))
await c.step('parameters', async () => q('select $1::int a, $2::text b, $3::jsonb c, $4::timestamptz d, $5::bytea e, $6::int[] f, $7::text[] g, $8::bool h, $9::numeric i, $10::uuid j',
  [1, 'é', { a: [1] }, new Date(Date.UTC(2024, 0, 2)), Buffer.from([0, 255]), [1, 2], ['a', null, 'b,"'], true, '1.50', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']))
await c.step('table parameters', async () => q('select region, count(*) from flow_logs where region = any($1) and "maxAggregationInterval" = $2 and "creationTime" > $3 group by 1 order by 1', [['us-east-1', 'eu-west-1'], 600, new Date(0)]))
await c.step('named statement', async () => {
  for (let i = 0; i < 3; i++) await db.query({ name: 's', text: 'select count(*) from flow_logs where region = $1', values: ['us-east-1'] })
  return q('select name from pg_prepared_statements')
})
await c.step('binary', async () => (await db.query({ text: 'select 1::int4 a, 2::int8 b, true c, now() > $1::timestamptz d', values: ['2020-01-01'], binary: true })).rows)
await c.step('array rows', async () => (await db.query({ text: 'select region, "trafficType" from flow_logs order by "flowLogId" limit 3', rowMode: 'array' })).rows)
await c.step('many statements', async () => (await db.query('select 1 as a; select 2 as b')).map((r) => r.rows))
await c.step('error', async () => fails(() => q('select nope from flow_logs')).then((s) => s === '42703'))
await c.step('transaction with savepoint', async () => {
  await q('begin isolation level repeatable read')
  await q('savepoint a')
  if (await fails(() => q('select 1/0')) !== '22012' || await fails(() => q('select 1')) !== '25P02') return false
  await q('rollback to savepoint a')
  await q('release savepoint a')
  const r = await q('show transaction_isolation')
  await q('commit')
  return r
})
await c.step('cursor', async () => {
  const cur = db.query(new Cursor('select "flowLogId" from flow_logs where region = $1', ['us-east-1']))
  let n = 0
  for (let r; (r = await cur.read(7)).length;) n += r.length
  await cur.close()
  return n > 10 && (await q('select 1')).length === 1
})
await c.step('query stream', async () => {
  let n = 0
  for await (const _ of db.query(new QueryStream('select generate_series(1, $1)', [1000], { batchSize: 7 }))) n++
  return n === 1000
})
await c.step('copy out', async () => {
  let b = ''
  for await (const x of db.query(copyTo('copy (select region from flow_logs) to stdout with (format csv, header)'))) b += x
  return b.startsWith('region\n') && b.split('\n').length > 100
})
await c.step('pipelined queries', async () => (await Promise.all([1, 2, 3].map((i) => q('select $1::int a', [i])))).map((r) => r[0].a))
await c.step('cancel by SQL', async () => {
  const other = new pg.Client(base)
  await other.connect()
  const cancelled = new Promise((ok) => setTimeout(ok, 300)).then(() => other.query('select pg_cancel_backend($1)', [db.processID]))
  const s = await fails(() => q('select pg_sleep(20)'))
  await cancelled
  await other.end()
  return s === '57014'
})
await c.step('listen and notify', async () => {
  const got = new Promise((ok) => db.once('notification', (m) => ok([m.channel, m.payload])))
  await q('listen ch')
  await q("notify ch, 'hello'")
  return got
})
await c.step('pool', async () => {
  const pool = new pg.Pool({ ...base, max: 3 })
  const r = await Promise.all(Array.from({ length: 9 }, (_, i) => pool.query('select $1::int a', [i])))
  await pool.end()
  return r.map((x) => x.rows[0].a).reduce((a, b) => a + b) === 36
})
await c.step('notice', async () => {
  const got = new Promise((ok) => db.once('notice', (n) => ok(n.code)))
  await q('commit')
  return got
})
await c.step('empty query', async () => (await db.query('')).command === null && (await db.query('-- ping')).rows.length === 0)
if (!control) {
  await c.step('insert returning, delete', async () => {
    const [{ resourceId, accountId }] = await q(RESOURCE)
    const r = await db.query(`insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values ($1, $2, $3, $4, $5, $6) returning "flowLogId", "creationTime"`,
      [resourceId, 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/node-pg/', 'us-east-1', accountId])
    return r.rows[0].creationTime instanceof Date && (await db.query('delete from ec2.flow_logs where "flowLogId" = $1', [r.rows[0].flowLogId])).rowCount === 1
  })
}
await db.end()
c.done()
