// pg-promise.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const pgp = require('pg-promise')({ schema: ['public', 'ec2'] })
const c = new Client('pg-promise')
const db = pgp(base)
const { PreparedStatement, ParameterizedQuery } = pgp

await c.step('version, databases', async () => [(await db.connect().then((o) => { o.done(); return o.client.serverVersion })).startsWith('16.'), await db.map('select datname from pg_database where datname = $1', [base.database], (r) => r.datname)])
await c.step('schema', async () => db.any('select table_schema, table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = ${schema} order by ordinal_position', { schema: 'ec2' }))
await c.step('keys', async () => db.any(`select a.attname, format_type(a.atttypid, a.atttypmod) t from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) where i.indrelid = 'ec2.flow_logs'::regclass and i.indisprimary`))
await c.step('one, none, oneOrNone, many', async () => [await db.one('select 1 a'), await db.none("select 1 where false"), await db.oneOrNone('select 1 a where false'), await db.many('select generate_series(1, 3) a'), await db.one('select count(*) from flow_logs', [], (r) => +r.count > 100)])
await c.step('formatting', async () => db.one('select $1 a, $2:csv b, $3:json c, $4:name, ${5}', [1, [1, 2], { a: 'é' }, 'region', 5].slice(0, 4)).then(() => false, () => true))
await c.step('named parameters', async () => db.any('select ${cols:name} from ${t:name} where region in (${regions:csv}) and "trafficType" = ${type} order by 1, 2, 3 limit 3', { cols: ['region', 'trafficType', 'flowLogId'], t: new pgp.helpers.TableName({ schema: 'ec2', table: 'flow_logs' }).table, regions: ['us-east-1', 'eu-west-1'], type: 'REJECT' }))
await c.step('prepared statement', async () => {
  const s = new PreparedStatement({ name: 'by region', text: 'select count(*)::int n from flow_logs where region = $1' })
  const r = []
  for (const region of ['us-east-1', 'eu-west-1']) r.push(await db.one(s, [region]))
  return r
})
await c.step('parameterized query', async () => db.any(new ParameterizedQuery({ text: 'select $1::jsonb a, $2::timestamptz b, $3::text[] c, $4::bytea d', values: [{ a: 1 }, new Date(0), ['a', null], Buffer.from([1, 255])] })))
await c.step('multi', async () => db.multi('select 1 a; select 2 b, 3 c; select region from flow_logs group by 1 order by 1'))
await c.step('func', async () => db.func('generate_series', [1, 3]))
await c.step('task, batch', async () => db.task((t) => t.batch([t.one('select 1 a'), t.one('select 2 a')])))
await c.step('transaction with savepoint', async () => db.tx({ mode: new pgp.txMode.TransactionMode({ tiLevel: pgp.txMode.isolationLevel.serializable, readOnly: true, deferrable: true }) }, async (t) => {
  const s = await fails(() => t.tx((u) => u.one('select 1/0 a')))
  return [s, await t.one('show transaction_isolation'), await t.one('show transaction_read_only')]
}))
await c.step('error', async () => (await fails(() => db.any('select nope from flow_logs'))) === '42703')
await c.step('no data', async () => fails(() => db.one('select 1 where false')).then((e) => e === 0))
await c.step('cancel by SQL', async () => db.task(async (t) => {
  const { pid } = await t.one('select pg_backend_pid() pid')
  const other = new Promise((ok) => setTimeout(ok, 300)).then(() => db.one('select pg_cancel_backend($1)', [pid]))
  const s = await fails(() => t.any('select pg_sleep(20)'))
  await other
  return s === '57014'
}))
await c.step('listen and notify', async () => {
  const o = await db.connect()
  const got = new Promise((ok) => o.client.once('notification', (m) => ok([m.channel, m.payload])))
  await o.none('listen $1~', ['ch'])
  await o.none('notify $1~, $2', ['ch', 'hello'])
  const r = await got
  o.done(true)
  return r
})
if (!control) {
  await c.step('insert returning, update, delete', async () => {
    const { resourceId, accountId } = await db.one(RESOURCE)
    const row = { resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/pg-promise/', region: 'us-east-1' }
    const { flowLogId } = await db.one(pgp.helpers.insert(row, null, { schema: 'ec2', table: 'flow_logs' }) + ' returning "flowLogId"')
    await db.none(pgp.helpers.update({ tags: { ci: 'pg-promise' } }, ['tags:json'], { schema: 'ec2', table: 'flow_logs' }) + pgp.as.format(' where "flowLogId" = $1', [flowLogId]))
    return (await db.one('select tags from flow_logs where "flowLogId" = $1', [flowLogId])).tags.ci === 'pg-promise' && (await db.result('delete from flow_logs where "flowLogId" = $1', [flowLogId])).rowCount === 1
  })
}
pgp.end()
c.done()
