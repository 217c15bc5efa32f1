// Objection.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const { Model, initialize, raw, ref, transaction } = require('objection')
const c = new Client('objection')
const knex = require('knex')({ client: 'pg', connection: base, searchPath: ['public', 'ec2'], pool: { min: 0, max: 3 } })
class FlowLog extends Model {
  static tableName = 'ec2.flow_logs'
  static idColumn = 'flowLogId'
  static jsonAttributes = ['tags', 'tagSet', 'destinationOptions', 'tagFieldSpecifications']
  static relationMappings = {
    siblings: { relation: Model.HasManyRelation, modelClass: FlowLog, join: { from: 'ec2.flow_logs.resourceId', to: 'ec2.flow_logs.resourceId' } },
  }
}
FlowLog.knex(knex)
const q = () => FlowLog.query()

await c.step('fetchTableMetadata', async () => { await initialize(knex, [FlowLog]); return FlowLog.tableMetadata().columns })
await c.step('find', async () => [await q().resultSize(), await q().orderBy('flowLogId').first(), await q().findById((await q().orderBy('flowLogId').first()).flowLogId).select('region'), await q().where('region', 'us-east-1').whereIn('trafficType', ['ALL', 'REJECT']).orderBy('flowLogId').page(1, 3)])
await c.step('group', async () => q().select('region', raw('count(*)::int').as('n')).groupBy('region').orderBy('region'))
await c.step('json', async () => [await q().whereJsonSupersetOf('tags', { env: 'prod' }).resultSize(), await q().whereJsonHasAny('tags', ['env']).resultSize(), await q().select(ref('tags:env').castText().as('e')).orderBy('flowLogId').limit(3)])
await c.step('relations', async () => [(await q().where('region', 'us-east-1').orderBy('flowLogId').limit(3).withGraphFetched('siblings')).map((r) => r.siblings.length), (await q().where('ec2.flow_logs.region', 'us-east-1').withGraphJoined('siblings', { minimize: true })).length > 10])
await c.step('subquery', async () => q().whereIn('flowLogId', q().select('flowLogId').where('region', 'us-east-1')).resultSize())
await c.step('transaction with savepoint', async () => FlowLog.transaction(async (t) => {
  const s = await fails(() => transaction(t, (u) => u.raw('select 1/0')))
  return [s, await FlowLog.query(t).resultSize()]
}))
await c.step('error', async () => fails(() => q().select('nope')).then((s) => s === '42703' || s))
if (!control) {
  await c.step('insert, patch, delete', async () => {
    const { resourceId, accountId } = (await knex.raw(RESOURCE)).rows[0]
    const r = await q().insertAndFetch({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/objection/', region: 'us-east-1' })
    const p = await q().patchAndFetchById(r.flowLogId, { tags: { ci: 'objection' } })
    return r.creationTime instanceof Date && p.tags.ci === 'objection' && await q().deleteById(r.flowLogId) === 1
  })
}
await knex.destroy()
c.done()
