// Kysely.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client, RESOURCE, base, control, env, fails, require } from './compat.js'

const { CompiledQuery, Kysely, PostgresDialect, sql } = await import(pathToFileURL(require.resolve('kysely')))
const pg = require('pg')
const c = new Client('kysely')
const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(base), cursor: require('pg-cursor') }) })
const logs = () => db.withSchema('ec2').selectFrom('flow_logs')

await c.step('getSchemas', async () => (await db.introspection.getSchemas()).map((s) => s.name).filter((s) => !s.startsWith('pg_')).sort())
await c.step('getTables', async () => (await db.introspection.getTables()).map((t) => [t.schema, t.name, t.isView, t.columns.map((x) => [x.name, x.dataType, x.dataTypeSchema, x.isNullable, x.isAutoIncrementing, x.hasDefaultValue, x.comment ?? null])]))
await c.step('select', async () => [await logs().select(['region', (e) => e.fn.countAll().as('n')]).where('trafficType', 'in', ['ALL', 'REJECT']).groupBy('region').having((e) => e.fn.countAll(), '>', 1).orderBy('region').execute(),
  await logs().select('flowLogId').where((e) => e.or([e('region', '=', 'us-east-1'), e('maxAggregationInterval', '<', 100)])).orderBy('flowLogId', 'desc').limit(2).offset(1).execute(), await logs().selectAll().orderBy('flowLogId').executeTakeFirst()])
await c.step('json', async () => logs().select(sql`tags->>'env'`.as('e')).distinct().orderBy('e').execute())
await c.step('cte and subquery', async () => db.with('x', (d) => d.selectFrom('ec2.flow_logs').select(['region', sql`count(*)`.as('n')]).groupBy('region')).selectFrom('x').selectAll().orderBy('region').execute())
await c.step('sql template', async () => (await sql`select ${1}::int a, ${'é'}::text b, ${[1, 2]}::int[] c, ${new Date(0)}::timestamptz d, ${sql.ref('region')} from ec2.flow_logs order by "flowLogId" limit 1`.execute(db)).rows)
await c.step('stream', async () => {
  let n = 0
  for await (const _ of logs().select('flowLogId').stream(7)) n++
  return n > 100
})
await c.step('transaction', async () => db.transaction().setIsolationLevel('serializable').execute(async (t) => (await sql`show transaction_isolation`.execute(t)).rows))
await c.step('savepoints', async () => {
  const t = await db.startTransaction().execute()
  const a = await t.savepoint('a').execute()
  const s = await fails(() => sql`select 1/0`.execute(a))
  const b = await a.rollbackToSavepoint('a').execute()
  await sql`select 1`.execute(b)
  await b.commit().execute()
  return s
})
await c.step('error', async () => (await fails(() => logs().select('nope').execute())) === '42703')
if (!control) {
  await c.step('insert returning, update, delete', async () => {
    const { resourceId, accountId } = (await db.executeQuery(CompiledQuery.raw(RESOURCE))).rows[0]
    const { flowLogId } = await db.withSchema('ec2').insertInto('flow_logs').values({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/kysely/', region: 'us-east-1' }).returning('flowLogId').executeTakeFirst()
    const r = await db.withSchema('ec2').updateTable('flow_logs').set({ tags: JSON.stringify({ ci: 'kysely' }) }).where('flowLogId', '=', flowLogId).returning('tags').executeTakeFirst()
    return r.tags.ci === 'kysely' && (await db.withSchema('ec2').deleteFrom('flow_logs').where('flowLogId', '=', flowLogId).executeTakeFirst()).numDeletedRows === 1n
  })
}
await db.destroy()
c.done()
