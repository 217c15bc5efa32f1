// Prisma: its client, generated here, on the WebAssembly query compiler and @prisma/adapter-pg, which need no binary
// of Prisma's own.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Client, RESOURCE, control, env, fails, require, url } from './compat.js'

const dir = path.join(env.COMPAT_NODE, 'prisma-gen')
fs.mkdirSync(dir, { recursive: true })
fs.writeFileSync(path.join(dir, 'schema.prisma'), `
generator client {
  provider = "prisma-client-js"
  output   = "./client"
}
datasource db {
  provider = "postgresql"
  schemas  = ["ec2"]
}
model FlowLog {
  flowLogId              String    @id
  resourceId             String
  trafficType            String?
  maxAggregationInterval Int?
  logDestinationType     String?
  logDestination         String?
  creationTime           DateTime? @db.Timestamptz(6)
  tags                   Json?
  tagSet                 Json?
  region                 String
  accountId              String
  @@map("flow_logs")
  @@schema("ec2")
}
`)
fs.writeFileSync(path.join(dir, 'prisma.config.ts'), `export default { schema: 'schema.prisma', datasource: { url: ${JSON.stringify(url)} } }\n`)
const c = new Client('prisma')
// The schema engine is a binary that generate does not run: naming one keeps it from looking for its own.
await c.step('generate', async () => {
  execFileSync(process.execPath, [require.resolve('prisma/build/index.js'), 'generate'], { cwd: dir, stdio: ['ignore', 'ignore', 2], env: { ...env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' } })
})
const { PrismaClient, Prisma } = require(path.join(dir, 'client'))
const { PrismaPg } = require('@prisma/adapter-pg')
const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { schema: 'ec2' }) })
const logs = db.flowLog

await c.step('findMany, findFirst, findUnique', async () => {
  const first = await logs.findFirst({ orderBy: { flowLogId: 'asc' } })
  return [first, await logs.findUnique({ where: { flowLogId: first.flowLogId }, select: { region: true } }), await logs.findMany({ where: { region: 'us-east-1', trafficType: { in: ['ALL', 'REJECT'] }, NOT: { logDestinationType: 's3' } }, orderBy: [{ region: 'asc' }, { flowLogId: 'desc' }], take: 3, skip: 1 })]
})
await c.step('where', async () => Promise.all([{ OR: [{ region: 'us-east-1' }, { maxAggregationInterval: { lt: 100 } }] }, { region: { startsWith: 'us-' } }, { region: { contains: 'EAST', mode: 'insensitive' } }, { trafficType: null }, { creationTime: { gte: new Date(0) } }, { tags: { path: ['env'], equals: 'prod' } }, { tags: { equals: Prisma.DbNull } }].map((where) => logs.count({ where }))))
await c.step('cursor pagination', async () => {
  const a = await logs.findMany({ orderBy: { flowLogId: 'asc' }, take: 5, select: { flowLogId: true } })
  return logs.findMany({ orderBy: { flowLogId: 'asc' }, take: 2, skip: 1, cursor: { flowLogId: a[2].flowLogId }, select: { flowLogId: true } }).then((b) => b[0].flowLogId === a[3].flowLogId)
})
await c.step('groupBy, aggregate, distinct', async () => [await logs.groupBy({ by: ['region', 'trafficType'], _count: { _all: true }, _max: { maxAggregationInterval: true }, orderBy: [{ region: 'asc' }, { trafficType: 'asc' }], having: { maxAggregationInterval: { _max: { gt: 1 } } } }), await logs.aggregate({ _count: true, _avg: { maxAggregationInterval: true }, _min: { creationTime: true } }), await logs.findMany({ distinct: ['region'], select: { region: true }, orderBy: { region: 'asc' } })])
await c.step('$queryRaw', async () => [await db.$queryRaw`select ${1}::int a, ${'é'} b, ${new Date(0)}::timestamptz c, ${[1, 2]}::int[] d, ${{ a: 1 }}::jsonb e, ${true} f, 5::bigint g, 1.5::numeric h, '\\xdead'::bytea i, null j`, await db.$queryRawUnsafe('select region, count(*) from ec2.flow_logs where region = $1 group by 1', 'us-east-1'), await db.$queryRaw(Prisma.sql`select count(*)::int n from ec2.flow_logs where region in (${Prisma.join(['us-east-1', 'eu-west-1'])})`)])
await c.step('transaction in one', async () => db.$transaction([logs.count(), logs.count({ where: { region: 'us-east-1' } })], { isolationLevel: 'RepeatableRead' }))
await c.step('interactive transaction', async () => db.$transaction(async (t) => [await t.flowLog.count(), await t.$queryRaw`show transaction_isolation`], { isolationLevel: 'Serializable', timeout: 20000 }))
await c.step('rollback', async () => (await fails(() => db.$transaction(async (t) => { await t.$queryRaw`select 1/0` }))) !== 'no error' && (await logs.count()) > 100)
await c.step('error', async () => db.$queryRaw`select nope from ec2.flow_logs`.then(() => false, (e) => e.meta?.code === '42703' || JSON.stringify(e.meta).includes('42703')))
if (!control) {
  await c.step('create, update, delete', async () => {
    const [{ resourceId, accountId }] = await db.$queryRawUnsafe(RESOURCE)
    const [{ flowLogId }] = await db.$queryRaw`insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region, "accountId") values (${resourceId}, 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/prisma/', 'us-east-1', ${accountId}) returning "flowLogId"`
    const u = await logs.update({ where: { flowLogId }, data: { tags: { ci: 'prisma' } } })
    const d = await logs.delete({ where: { flowLogId } })
    return u.tags.ci === 'prisma' && d.flowLogId === flowLogId
  })
}
await db.$disconnect()
c.done()
