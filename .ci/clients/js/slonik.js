// Slonik.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client, RESOURCE, control, env, fails, require, url } from './compat.js'

const load = (p) => import(pathToFileURL(require.resolve(p)))
const { createPool, sql } = await load('slonik')
const { z } = await load('zod')
const c = new Client('slonik')
const pool = await createPool(url, { maximumPoolSize: 3, statementTimeout: 30000 })
const S = sql.unsafe

await c.step('schema', async () => pool.any(S`select column_name, data_type, is_nullable from information_schema.columns where table_schema = ${'ec2'} order by ordinal_position`))
await c.step('one, maybeOne, many, exists', async () => [await pool.one(S`select 1 a`), await pool.maybeOne(S`select 1 a where false`), await pool.many(S`select generate_series(1, 3) a`), await pool.exists(S`select from ec2.flow_logs`), await pool.oneFirst(S`select count(*) from ec2.flow_logs where region = ${'us-east-1'}`), await pool.anyFirst(S`select region from ec2.flow_logs group by 1 order by 1`)])
await c.step('typed by zod', async () => pool.any(sql.type(z.object({ region: z.string(), n: z.number() }))`select region, count(*)::int n from ec2.flow_logs group by 1 order by 1`))
await c.step('fragments', async () => pool.any(S`select ${sql.identifier(['l', 'region'])}, "trafficType" from ${sql.identifier(['ec2', 'flow_logs'])} l where ${sql.join([sql.fragment`region = any(${sql.array(['us-east-1', 'eu-west-1'], 'text')})`, sql.fragment`"trafficType" = ${'ALL'}`], sql.fragment` and `)} order by "flowLogId" limit 3`))
await c.step('values', async () => pool.one(S`select ${1}::int a, ${'é'}::text b, ${sql.jsonb({ a: [1] })} c, ${sql.timestamp(new Date(0))} d, ${sql.date(new Date(0))} e, ${sql.binary(Buffer.from([0, 255]))}::bytea f, ${sql.interval({ days: 1 })} g, ${sql.uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')} h, ${null}::text i, ${true}::bool j`))
await c.step('unnest', async () => pool.any(S`select * from ${sql.unnest([[1, 'a'], [2, 'b']], ['int4', 'text'])} as t(a, b)`))
await c.step('stream', async () => {
  let n = 0
  await pool.stream(S`select "flowLogId" from ec2.flow_logs`, (s) => s.on('data', () => n++))
  return n > 100
})
await c.step('transaction with savepoint', async () => pool.transaction(async (t) => {
  const s = await fails(() => t.transaction((u) => u.any(S`select 1/0`)))
  return [s, await t.one(S`show transaction_isolation`)]
}))
await c.step('error', async () => pool.any(S`select nope from ec2.flow_logs`).then(() => false, (e) => (e.cause?.code ?? e.code) === '42703' || String(e.stack)))
await c.step('cancel', async () => pool.connect(async (a) => {
  const pid = await a.oneFirst(S`select pg_backend_pid()`)
  const other = new Promise((ok) => setTimeout(ok, 300)).then(() => pool.one(S`select pg_cancel_backend(${pid})`))
  const e = await a.any(S`select pg_sleep(20)`).then(() => null, (e) => e)
  await other
  return e !== null && (await a.oneFirst(S`select 1`)) === 1
}))
if (!control) {
  await c.step('insert returning, delete', async () => {
    const { resourceId, accountId } = await pool.one(S(Object.freeze(Object.assign([RESOURCE], { raw: Object.freeze([RESOURCE]) }))))
    const id = await pool.oneFirst(S`insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (${resourceId}, 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/slonik/', 'us-east-1', ${accountId}) returning "flowLogId"`)
    return (await pool.query(S`delete from ec2.flow_logs where "flowLogId" = ${id}`)).rowCount === 1
  })
}
await pool.end()
c.done()
