// TypeORM: its query runner's schema loading, repositories and query builder.
import { Client, RESOURCE, base, control, fails, require } from './compat.js'

const { DataSource, EntitySchema, In, Like, MoreThan, Not } = require('typeorm')
const c = new Client('typeorm')
const col = (type, o = {}) => ({ type, nullable: true, ...o })
const Log = new EntitySchema({
  name: 'Log', tableName: 'flow_logs', schema: 'ec2',
  columns: { flowLogId: col('text', { primary: true, nullable: false }), resourceId: col('text'), trafficType: col('text'), logDestinationType: col('text'), logDestination: col('text'), maxAggregationInterval: col('int'),
    creationTime: col('timestamptz'), tags: col('jsonb'), region: col('text'), accountId: col('text') },
})
const ds = new DataSource({ type: 'postgres', host: base.host, port: base.port, username: base.user, password: base.password, database: base.database, schema: 'ec2', entities: [Log], installExtensions: false, synchronize: false })
await c.step('initialize', async () => { await ds.initialize(); return ds.options.database !== undefined })
const repo = ds.getRepository(Log)
const qr = ds.createQueryRunner()
await c.step('schemas and databases', async () => [await qr.getCurrentSchema(), await qr.hasSchema('ec2'), await qr.hasTable('ec2.flow_logs'), await qr.hasTable('ec2.nosuch'), await qr.hasColumn('ec2.flow_logs', 'region'), await qr.hasDatabase(base.database), (await qr.getSchemas?.().catch(() => null)) ?? null])
await c.step('getTable', async () => {
  const t = await qr.getTable('ec2.flow_logs')
  return [t.name, t.comment, t.columns.map((x) => [x.name, x.type, x.isNullable, x.isPrimary, x.comment, x.default ?? null, x.length]), t.indices.length, t.foreignKeys.length, t.uniques.length, t.checks.length, t.primaryColumns.map((x) => x.primaryKeyConstraintName)]
})
await c.step('getTables and getViews', async () => [(await qr.getTables(['ec2.flow_logs'])).length, (await qr.getViews([])).length, (await qr.getTables()).length > 0])
await c.step('schema builder log', async () => (await ds.driver.createSchemaBuilder().log()).upQueries.length >= 0)
await c.step('find', async () => [await repo.count(), await repo.find({ where: { region: In(['us-east-1']), trafficType: Not('ALL'), creationTime: MoreThan(new Date(0)) }, order: { flowLogId: 'DESC' }, take: 2, skip: 1, select: { flowLogId: true } }),
  await repo.findOneBy({ flowLogId: 'fl-nosuch' }), await repo.countBy({ flowLogId: Like('fl-%') }), await repo.exists({ where: { region: 'us-east-1' } }), (await repo.findAndCount({ take: 1, order: { flowLogId: 'ASC' } }))[1]])
await c.step('query builder', async () => [await repo.createQueryBuilder('l').select('l.region', 'region').addSelect('count(*)', 'n').where('l.trafficType = :t', { t: 'REJECT' }).groupBy('l.region').having('count(*) > :k', { k: 1 }).orderBy('l.region').getRawMany(),
  await repo.createQueryBuilder('l').where("l.tags ->> 'env' = :e", { e: 'prod' }).andWhere('l.region IN (:...r)', { r: ['us-east-1', 'eu-west-1'] }).getCount(),
  (await repo.createQueryBuilder('l').where((q) => 'l.region = ' + q.subQuery().select('min(m.region)').from(Log, 'm').getQuery()).orderBy('l.flowLogId').limit(1).getOne()).flowLogId])
await c.step('stream', async () => {
  const s = await repo.createQueryBuilder('l').select('l.flowLogId').stream()
  let n = 0
  for await (const _ of s) n++
  return n > 100
})
await c.step('parameters', async () => ds.query('select $1::int a, $2::jsonb b, $3::text[] c, $4::timestamptz d', [1, { a: 1 }, ['x', null], new Date(0)]))
await c.step('error', async () => (await fails(() => ds.query('select nope from ec2.flow_logs'))) === '42703')
await c.step('transaction with savepoint', async () => ds.transaction('REPEATABLE READ', async (m) => {
  const s = await fails(() => m.transaction((n) => n.query('select 1/0')))
  return [s, await m.query('show transaction_isolation')]
}))
if (!control) {
  await c.step('insert returning, update, delete', async () => {
    const [{ resourceId, accountId }] = await ds.query(RESOURCE)
    const r = await repo.createQueryBuilder().insert().values({ resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: 'arn:aws:s3:::flowgres-ci/typeorm/', region: 'us-east-1' }).returning(['flowLogId']).execute()
    const id = r.raw[0].flowLogId
    await repo.update({ flowLogId: id }, { tags: { ci: 'typeorm' } })
    if ((await repo.findOneBy({ flowLogId: id })).tags.ci !== 'typeorm') return false
    return (await repo.delete({ flowLogId: id })).affected === 1
  })
}
await qr.release()
await ds.destroy()
c.done()
