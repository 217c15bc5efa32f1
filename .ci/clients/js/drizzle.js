// Drizzle: the ORM over node-postgres and postgres.js, and drizzle-kit's introspection.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import os from 'node:os'
import { Client, RESOURCE, base, control, env, fails, require, url } from './compat.js'

const { drizzle } = require('drizzle-orm/node-postgres')
const drizzleJs = require('drizzle-orm/postgres-js').drizzle
const { and, asc, count, desc, eq, gt, inArray, like, sql } = require('drizzle-orm')
const { integer, jsonb, pgSchema, text, timestamp } = require('drizzle-orm/pg-core')
const pg = require('pg')
const postgres = require('postgres')
const c = new Client('drizzle', 'drizzle-orm')
const logs = pgSchema('ec2').table('flow_logs', { flowLogId: text().primaryKey(), resourceId: text(), trafficType: text(), logDestinationType: text(), logDestination: text(), maxAggregationInterval: integer(), creationTime: timestamp({ withTimezone: true }), tags: jsonb(), region: text(), accountId: text() })
const pool = new pg.Pool(base)
const client = postgres(url, { max: 1 })

for (const [name, db] of [['node-postgres', drizzle(pool, { schema: { logs } })], ['postgres.js', drizzleJs(client, { schema: { logs } })]]) {
  await c.step(`${name}: select`, async () => [await db.select({ region: logs.region, n: count() }).from(logs).where(and(inArray(logs.trafficType, ['ALL', 'REJECT']), gt(logs.creationTime, new Date(0)))).groupBy(logs.region).orderBy(asc(logs.region)),
    await db.select().from(logs).where(like(logs.flowLogId, 'fl-%')).orderBy(desc(logs.flowLogId)).limit(2).offset(1), await db.$count(logs, eq(logs.region, 'us-east-1')), await db.selectDistinct({ r: logs.region }).from(logs).orderBy(logs.region)])
  await c.step(`${name}: relational query`, async () => db.query.logs.findMany({ where: eq(logs.region, 'us-east-1'), columns: { flowLogId: true, tags: true }, orderBy: asc(logs.flowLogId), limit: 2 }))
  await c.step(`${name}: prepared`, async () => db.select({ n: count() }).from(logs).where(eq(logs.region, sql.placeholder('r'))).prepare('by_region').execute({ r: 'us-east-1' }))
  await c.step(`${name}: sql template`, async () => { const r = await db.execute(sql`select ${1}::int a, ${'é'} b, ${logs.region} from ${logs} order by ${logs.flowLogId} limit 1`); return r.rows ?? [...r] })
  await c.step(`${name}: transaction with savepoint`, async () => db.transaction(async (t) => {
    const s = await fails(() => t.transaction((u) => u.execute(sql`select 1/0`)))
    await t.execute(sql`select 1`)
    return s
  }, { isolationLevel: 'serializable' }))
  await c.step(`${name}: error`, async () => (await fails(() => db.execute(sql`select nope from ec2.flow_logs`))) === '42703')
  if (!control) {
    await c.step(`${name}: insert returning, update, delete`, async () => {
      const { resourceId, accountId } = (await pool.query(RESOURCE)).rows[0]
      const [{ id }] = await db.insert(logs).values({ flowLogId: sql`default`, resourceId, accountId, trafficType: 'ALL', logDestinationType: 's3', logDestination: `arn:aws:s3:::flowgres-ci/drizzle-${name}/`, region: 'us-east-1' }).returning({ id: logs.flowLogId })
      const [r] = await db.update(logs).set({ tags: { ci: 'drizzle' } }).where(eq(logs.flowLogId, id)).returning()
      return r.tags.ci === 'drizzle' && (await db.delete(logs).where(eq(logs.flowLogId, id)).returning()).length === 1
    })
  }
}
await c.step('drizzle-kit pull', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drizzle'))
  fs.symlinkSync(path.join(env.COMPAT_NODE, 'node_modules'), path.join(dir, 'node_modules'))
  fs.writeFileSync(path.join(dir, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out: './out', schemaFilter: ['ec2', 'public'], dbCredentials: { url } }))
  const log = execFileSync(process.execPath, [path.join(env.COMPAT_NODE, 'node_modules/drizzle-kit/bin.cjs'), 'pull', '--config', 'drizzle.config.json'], { cwd: dir, encoding: 'utf8' })
  const f = path.join(dir, 'out/schema.ts')
  if (!fs.existsSync(f)) throw new Error(log)
  const out = fs.readFileSync(f, 'utf8')
  fs.rmSync(dir, { recursive: true })
  return out.includes('flowLogId') && out
})
await pool.end()
await client.end()
c.done()
