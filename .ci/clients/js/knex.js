// Knex.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const c = new Client('knex')
const knex = require('knex')({ client: 'pg', connection: base, searchPath: ['public', 'ec2'], pool: { min: 0, max: 3 } })
const logs = () => knex.withSchema('ec2').from('flow_logs')

await c.step('columnInfo', async () => logs().columnInfo())
await c.step('hasTable, hasColumn', async () => [await knex.schema.withSchema('ec2').hasTable('flow_logs'), await knex.schema.withSchema('ec2').hasColumn('flow_logs', 'region'), await knex.schema.hasTable('nosuch')])
await c.step('select', async () => [await logs().count('* as n'), await logs().select('region').countDistinct('flowLogId as n').groupBy('region').orderBy('region'), await logs().where('region', 'us-east-1').whereIn('trafficType', ['ALL', 'REJECT']).whereNotNull('tags').orderBy('flowLogId').limit(2).offset(1).pluck('flowLogId'),
  await logs().first('region').orderBy('flowLogId'), await logs().distinct('region').orderBy('region'), await logs().whereILike('region', 'US-%').count(), await logs().whereBetween('maxAggregationInterval', [1, 100]).count()])
await c.step('json', async () => [await logs().whereJsonSupersetOf('tags', { env: 'prod' }).count(), await logs().jsonExtract('tags', '$.env', 'e').orderBy('flowLogId').limit(3), await logs().whereJsonPath('tags', '$.env', '=', 'prod').count()])
await c.step('with, window, union', async () => [await knex.with('x', logs().select('region').count('* as n').groupBy('region')).from('x').orderBy('region'), await logs().select('flowLogId').rowNumber('k', (q) => q.partitionBy('region').orderBy('flowLogId')).orderBy('flowLogId').limit(3),
  await knex.select(knex.raw('1 as a')).unionAll(knex.select(knex.raw('2'))), await logs().distinctOn('region').select('region', 'flowLogId').orderBy(['region', 'flowLogId'])])
await c.step('join', async () => knex('ec2.flow_logs as a').join('ec2.flow_logs as b', 'a.flowLogId', 'b.flowLogId').where('a.region', 'us-east-1').count())
await c.step('raw', async () => [(await knex.raw('select ?::int a, ? b, ?::jsonb c, ?::int[] d, ?? from ec2.flow_logs order by "flowLogId" limit 1', [1, 'é', { a: 1 }, [1, 2], 'region'])).rows, (await knex.raw('select :a::int a', { a: 5 })).rows])
await c.step('stream', async () => {
  let n = 0
  for await (const _ of logs().select('flowLogId').stream({ highWaterMark: 7 })) n++
  return n > 100
})
await c.step('transaction with savepoint', async () => knex.transaction(async (t) => {
  const s = await fails(() => t.transaction((u) => u.raw('select 1/0')))
  return [s, (await t.raw('show transaction_isolation')).rows]
}, { isolationLevel: 'repeatable read' }))
await c.step('error', async () => (await fails(() => logs().select('nope'))) === '42703')
await c.step('timeout with cancel', async () => (await fails(() => knex.raw('select pg_sleep(20)').timeout(500, { cancel: true }))) !== 'no error' && (await knex.raw('select 1 a')).rows[0].a === 1)
if (!control) {
  await c.step('insert returning, update, delete', async () => {
    const { resourceId, accountId } = (await knex.raw(RESOURCE)).rows[0]
    const [{ flowLogId }] = await knex.withSchema('ec2').into('flow_logs').insert({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/knex/', region: 'us-east-1' }).returning('flowLogId')
    const [r] = await logs().where({ flowLogId }).update({ tags: { ci: 'knex' } }).returning(['tags'])
    return r.tags.ci === 'knex' && await logs().where({ flowLogId }).del() === 1
  })
}
await knex.destroy()
c.done()
