// Sequelize: its query interface, models and transactions.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const { Sequelize, DataTypes, Op, QueryTypes, Transaction } = require('sequelize')
const c = new Client('sequelize')
const db = new Sequelize(base.database, base.user, base.password, { host: base.host, port: base.port, dialect: 'postgres', logging: false, pool: { max: 3 } })
const qi = db.getQueryInterface()
const Log = db.define('Log', {
  flowLogId: { type: DataTypes.TEXT, primaryKey: true }, resourceId: DataTypes.TEXT, trafficType: DataTypes.TEXT, logDestinationType: DataTypes.TEXT, logDestination: DataTypes.TEXT,
  maxAggregationInterval: DataTypes.INTEGER, creationTime: DataTypes.DATE, tags: DataTypes.JSONB, region: DataTypes.TEXT, accountId: DataTypes.TEXT,
}, { schema: 'ec2', tableName: 'flow_logs', timestamps: false })

await c.step('authenticate', () => db.authenticate())
await c.step('databaseVersion', async () => (await db.databaseVersion()).startsWith('16'))
await c.step('showAllSchemas', async () => (await qi.showAllSchemas()).map((s) => s.name ?? s).filter((s) => s !== 'public'))
await c.step('showAllTables', async () => qi.showAllTables())
await c.step('describeTable', async () => qi.describeTable({ tableName: 'flow_logs', schema: 'ec2' }))
await c.step('showIndex', async () => qi.showIndex({ tableName: 'flow_logs', schema: 'ec2' }))
await c.step('constraints', async () => [await qi.showConstraint({ tableName: 'flow_logs', schema: 'ec2' }), await qi.getForeignKeyReferencesForTable({ tableName: 'flow_logs', schema: 'ec2' })])
await c.step('tableExists', async () => qi.tableExists({ tableName: 'flow_logs', schema: 'ec2' }))
await c.step('find', async () => [await Log.count(), (await Log.findAll({ where: { region: { [Op.in]: ['us-east-1'] }, trafficType: { [Op.ne]: 'ALL' } }, order: [['flowLogId', 'DESC']], limit: 2, offset: 1 })).map((x) => x.flowLogId),
  (await Log.findOne({ order: [['flowLogId', 'ASC']] })).toJSON(), await Log.findByPk('fl-nosuch')])
await c.step('operators', async () => [await Log.count({ where: { region: { [Op.iLike]: 'US-%' } } }), await Log.count({ where: { tags: { env: 'prod' } } }), await Log.count({ where: { tags: { [Op.contains]: { env: 'prod' } } } }),
  await Log.count({ where: { creationTime: { [Op.gt]: new Date(0) } } }), await Log.count({ where: { [Op.or]: [{ region: 'us-east-1' }, { maxAggregationInterval: { [Op.between]: [1, 100] } }] } }), await Log.count({ where: { region: { [Op.regexp]: '^eu' } } })])
await c.step('group', async () => Log.findAll({ attributes: ['region', [db.fn('COUNT', db.col('*')), 'n']], group: ['region'], order: ['region'], raw: true }))
await c.step('findAndCountAll', async () => { const r = await Log.findAndCountAll({ limit: 1, order: ['flowLogId'] }); return [r.count, r.rows.length] })
await c.step('raw with replacements and binds', async () => [await db.query('select :a::int a, :b b', { replacements: { a: 1, b: "é'" }, type: QueryTypes.SELECT }), await db.query('select $1::int a, $2::text b', { bind: [1, 'x'], type: QueryTypes.SELECT })])
await c.step('error', async () => (await fails(() => db.query('select nope from ec2.flow_logs'))) === '42703')
await c.step('transaction with savepoint', async () => db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE }, async (t) => {
  await db.query('select 1', { transaction: t })
  const s = await fails(() => db.transaction({ transaction: t }, (u) => db.query('select 1/0', { transaction: u })))
  return [s, (await db.query('show transaction_isolation', { transaction: t, type: QueryTypes.SELECT }))]
}))
if (!control) {
  await c.step('insert returning, update, delete', async () => {
    const [{ resourceId, accountId }] = await db.query(RESOURCE, { type: QueryTypes.SELECT })
    const [[{ flowLogId }]] = await db.query('insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (:r, \'ALL\', \'s3\', \'arn:aws:s3:::flowgres-ci/sequelize/\', \'us-east-1\', :a) returning "flowLogId"',
      { replacements: { r: resourceId, a: accountId } })
    const x = await Log.findByPk(flowLogId)
    await x.update({ tags: { ci: 'sequelize' } })
    await x.reload()
    if (x.tags.ci !== 'sequelize') return false
    await x.destroy()
    return await Log.findByPk(flowLogId) === null
  })
}
await db.close()
c.done()
