// Cube's PostgreSQL driver, as its server calls it.
import { Client, base, control, fails, require } from './compat.js'

const PostgresDriver = require('@cubejs-backend/postgres-driver')
const c = new Client('cube', '@cubejs-backend/postgres-driver')
const db = new PostgresDriver({ ...base, ssl: false, dataSource: 'default', executionTimeout: 30 })

await c.step('testConnection', async () => db.testConnection())
await c.step('tablesSchema', async () => { const s = await db.tablesSchema(); return s.ec2 })
await c.step('getSchemas, getTablesForSpecificSchemas, getColumnsForSpecificTables', async () => [(await db.getSchemas()).map((s) => s.schema_name).filter((s) => s !== 'flowgres').sort(), await db.getTablesForSpecificSchemas([{ schema_name: 'ec2' }]), await db.getColumnsForSpecificTables([{ schema_name: 'ec2', table_name: 'flow_logs' }])])
await c.step('tableColumnTypes', async () => db.tableColumnTypes('ec2.flow_logs'))
await c.step('query of a cube', async () => db.query(`SELECT "l"."region" "l__region", "l"."trafficType" "l__type", date_trunc('month', ("l"."creationTime"::timestamptz AT TIME ZONE 'UTC')) "l__month", count(*) "l__count"
  FROM ec2.flow_logs AS "l" WHERE ("l"."creationTime" >= $1::timestamptz AND "l"."creationTime" <= $2::timestamptz) AND ("l"."region" = $3 OR "l"."region" = $4) GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 10000`, ['2000-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z', 'us-east-1', 'eu-west-1']))
await c.step('rolling window', async () => db.query(`SELECT d.date_from, count(l."flowLogId") FROM (SELECT generate_series($1::timestamp, $2::timestamp, '1 month'::interval) date_from) d LEFT JOIN ec2.flow_logs l ON l."creationTime" >= d.date_from - interval '3 month' AND l."creationTime" < d.date_from GROUP BY 1 ORDER BY 1`, ['2024-01-01', '2024-12-01']))
await c.step('downloadQueryResults', async () => { const r = await db.downloadQueryResults('select region, count(*) n, max("creationTime") t, 1.5::numeric x, true b from ec2.flow_logs group by 1 order by 1', [], { highWaterMark: 100 }); return [r.types, r.rows] })
await c.step('stream', async () => {
  const { rowStream, types, release } = await db.stream('select "flowLogId", region from ec2.flow_logs', [], { highWaterMark: 100 })
  let n = 0
  for await (const _ of rowStream) n++
  await release()
  return n > 100 && types
})
await c.step('error', async () => (await fails(() => db.query('select nope from ec2.flow_logs', []))) === '42703')
await c.step('timeout', async () => (await fails(() => new PostgresDriver({ ...base, ssl: false, dataSource: 'default', executionTimeout: 1 }).query('select pg_sleep(20)', []))) === '57014')
if (!control) await c.step('no tables are created', async () => (await fails(() => db.createSchemaIfNotExists('pre_aggregations'))) === '0A000')
await db.release()
c.done()
