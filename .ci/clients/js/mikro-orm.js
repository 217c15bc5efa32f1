// MikroORM.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const { EntitySchema, MikroORM, raw } = require('@mikro-orm/postgresql')
const c = new Client('mikro-orm', '@mikro-orm/postgresql')
const text = (o) => ({ type: 'string', columnType: 'text', nullable: true, ...o })
const names = ['logDestinationType', 'logDestination', 'flowLogStatus', 'trafficType']
const FlowLog = new EntitySchema({
  name: 'FlowLog', tableName: 'flow_logs', schema: 'ec2',
  properties: {
    flowLogId: text({ primary: true, fieldName: 'flowLogId', nullable: false }),
    resourceId: text({ fieldName: 'resourceId', nullable: false }),
    ...Object.fromEntries(names.map((n) => [n, text({ fieldName: n })])),
    maxAggregationInterval: { type: 'integer', fieldName: 'maxAggregationInterval', nullable: true },
    creationTime: { type: 'datetime', fieldName: 'creationTime', nullable: true },
    tags: { type: 'json', nullable: true },
    region: text({ nullable: false }),
    accountId: text({ fieldName: 'accountId', nullable: false }),
  },
})
const orm = await MikroORM.init({ entities: [FlowLog], dbName: base.database, host: base.host, port: base.port, user: base.user, password: base.password, discovery: { warnWhenNoEntities: false } })
const em = () => orm.em.fork()

await c.step('isConnected', async () => orm.isConnected())
await c.step('schema from the database', async () => {
  const { DatabaseSchema } = require('@mikro-orm/knex')
  const s = await DatabaseSchema.create(orm.em.getConnection(), orm.em.getPlatform(), orm.config, undefined, ['ec2'])
  const t = s.getTable('flow_logs') ?? s.getTable('ec2.flow_logs')
  return [t.comment, t.getColumns().map((x) => [x.name, x.type, x.nullable, x.primary, x.comment]), t.getIndexes().map((i) => [i.keyName, i.columnNames, i.primary, i.unique])]
})
await c.step('find', async () => [await em().count(FlowLog), (await em().findOneOrFail(FlowLog, { region: 'us-east-1' }, { orderBy: { flowLogId: 'asc' } })).flowLogId, (await em().find(FlowLog, { region: { $in: ['us-east-1', 'eu-west-1'] }, trafficType: { $ne: 'ALL' }, $or: [{ maxAggregationInterval: 60 }, { maxAggregationInterval: { $gt: 100 } }] }, { orderBy: { flowLogId: 'asc' }, limit: 3, offset: 1 })).map((x) => x.flowLogId)])
await c.step('json', async () => em().count(FlowLog, { tags: { env: 'prod' } }))
await c.step('like, date', async () => [await em().count(FlowLog, { region: { $ilike: 'US-%' } }), await em().count(FlowLog, { creationTime: { $gt: new Date(0) } })])
await c.step('query builder', async () => em().createQueryBuilder(FlowLog, 'l').select(['l.region', raw('count(*)::int as n')]).groupBy('l.region').orderBy({ region: 'asc' }).execute('all', false))
await c.step('findAndCount', async () => (await em().findAndCount(FlowLog, { region: 'us-east-1' }, { limit: 2 }))[1])
await c.step('execute', async () => em().getConnection().execute('select ?::int a, ?::text b, ?::jsonb c', [1, 'é', '{"a": 1}']))
await c.step('transaction with savepoint', async () => em().transactional(async (t) => {
  const s = await fails(() => t.transactional((u) => u.execute('select 1/0')))
  return [s, await t.execute('show transaction_isolation')]
}, { isolationLevel: 'repeatable read' }))
await c.step('error', async () => fails(() => em().execute('select nope from ec2.flow_logs')).then((s) => s === '42703' || s))
if (!control) {
  await c.step('persist, update, remove', async () => {
    const e = em()
    const [{ resourceId, accountId }] = await e.execute(RESOURCE)
    const { flowLogId } = await e.createQueryBuilder(FlowLog).insert({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/mikro-orm/', region: 'us-east-1' }).returning('flowLogId').execute('get')
    const l = await e.findOneOrFail(FlowLog, flowLogId)
    l.tags = { ci: 'mikro-orm' }
    await e.flush()
    const again = await em().findOneOrFail(FlowLog, flowLogId)
    await e.remove(l).flush()
    return again.tags.ci === 'mikro-orm' && await em().count(FlowLog, flowLogId) === 0
  })
}
await orm.close()
c.done()
