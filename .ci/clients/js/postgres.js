// postgres.js.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const postgres = require('postgres')
const c = new Client('postgres.js', 'postgres')
const sql = postgres({ ...base, username: base.user, max: 2, onnotice: () => {}, connection: { application_name: 'app', search_path: 'ec2', statement_timeout: 30000 } })

await c.step('settings', async () => [await sql`show search_path`, await sql`show statement_timeout`])
await c.step('schema', async () => sql`select table_schema, table_name, column_name, data_type from information_schema.columns where table_schema = ${'ec2'} order by ordinal_position`)
await c.step('describe', async () => {
  const d = await sql`select * from flow_logs where region = ${'x'} and "maxAggregationInterval" > ${5}`.describe()
  return [d.types, d.columns.map((x) => [x.name, x.type, x.number])]
})
await c.step('types', async () => sql`select 1::int2 a, 2::int4 b, 3::int8 c, 1.5::float4 d, 2.5::float8 e, 1.25::numeric f, 'x'::text g, true h, '2024-01-02'::date i, '2024-01-02 03:04:05.678+00'::timestamptz j,
  '\\xdead'::bytea k, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid l, '{"a": 1}'::jsonb m, array[1,2] n, interval '1 day 02:03' o, null p, array['a','b,"'] q, array[array[1],array[2]] r, array[now() > '2020-01-01'] s`)
await c.step('network addresses', async () => sql`select '10.0.0.1'::inet a, array['10.0.0.0/8'::cidr] b, int4range(1,3) c`)
await c.step('parameters', async () => sql`select ${1}::int a, ${'é'}::text b, ${sql.json({ a: [1] })}::jsonb c, ${new Date(Date.UTC(2024, 0, 2))}::timestamptz d, ${Buffer.from([0, 255])}::bytea e,
  ${sql.array([1, 2])}::int[] f, ${['a', null, 'b,"']}::text[] g, ${true}::bool h, ${'1.50'}::numeric i, ${null}::text j`)
await c.step('table parameters', async () => sql`select region, count(*) from flow_logs where region in ${sql(['us-east-1', 'eu-west-1'])} and "maxAggregationInterval" = ${600} and "creationTime" > ${new Date(0)} group by 1 order by 1`)
await c.step('dynamic columns', async () => sql`select ${sql(['region', 'flowLogId'])} from ${sql('ec2.flow_logs')} order by "flowLogId" limit 2`)
await c.step('values, raw', async () => [await sql`select 1 a, 'x' b`.values(), (await sql`select 1 a`.raw())[0][0].toString()])
await c.step('simple, many statements', async () => sql`select 1 a; select 2 b`.simple())
await c.step('unsafe and files', async () => [await sql.unsafe('select $1::int a', [5]), await sql.unsafe('select $1::int a', [5], { prepare: true })])
await c.step('error', async () => fails(() => sql`select nope from flow_logs`).then((s) => s === '42703'))
await c.step('transaction with savepoint', async () => sql.begin('isolation level repeatable read', async (t) => {
  const s = await fails(() => t.savepoint((u) => u`select 1/0`))
  return [s, await t`show transaction_isolation`]
}))
await c.step('cursor', async () => {
  let n = 0
  for await (const rows of sql`select "flowLogId" from flow_logs where region = ${'us-east-1'}`.cursor(7)) n += rows.length
  await sql`select generate_series(1, 10)`.cursor(5, () => sql.CLOSE)
  return n > 10
})
await c.step('forEach', async () => {
  let n = 0
  await sql`select generate_series(1, 100)`.forEach(() => n++)
  return n === 100
})
await c.step('copy out', async () => {
  let b = ''
  for await (const x of await sql`copy (select region from flow_logs) to stdout`.readable()) b += x
  return b.split('\n').length > 100
})
await c.step('pipelined queries', async () => (await Promise.all([1, 2, 3, 4, 5].map((i) => sql`select ${i}::int a`))).map((r) => r[0].a))
await c.step('cancel', async () => {
  const q = sql`select pg_sleep(20)`
  setTimeout(() => q.cancel(), 300)
  return await fails(() => q) === '57014'
})
await c.step('listen and notify', async () => {
  let ok
  const got = new Promise((r) => { ok = r })
  const { unlisten } = await sql.listen('ch', ok)
  await sql.notify('ch', 'hello')
  const r = await got
  await unlisten()
  return r
})
await c.step('reserve', async () => {
  const r = await sql.reserve()
  const x = await r`select 1 a`
  r.release()
  return x
})
await c.step('empty query', async () => (await sql.unsafe('')).length === 0 && (await sql`-- ping`).length === 0)
if (!control) {
  await c.step('insert returning, delete', async () => {
    const [{ resourceId, accountId }] = await sql.unsafe(RESOURCE)
    const [r] = await sql`insert into ec2.flow_logs ${sql({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/postgres.js/', region: 'us-east-1', tags: { ci: 'x' } })} returning *`
    return r.tags.ci === 'x' && (await sql`delete from ec2.flow_logs where "flowLogId" = ${r.flowLogId}`).count === 1
  })
}
await sql.end()
c.done()
