// pg-structure: the database as objects.
import { Client, base, require } from './compat.js'

const { default: pgStructure } = require('pg-structure')
const c = new Client('pg-structure')
const all = await pgStructure(base, { includeSystemSchemas: false, includeSchemas: ['ec2', 'public'] })

await c.step('schemas', async () => all.schemas.map((s) => s.name).sort())
const table = all.get('ec2.flow_logs')
await c.step('columns', async () => table.columns.map((x) => [x.name, x.type.name, x.notNull, x.comment, x.attributeNumber, x.length, x.default]))
await c.step('primary key', async () => [table.primaryKey.name, table.primaryKey.columns.map((x) => x.name)])
await c.step('indexes', async () => table.indexes.map((i) => [i.name, i.isUnique, i.isPrimaryKey, i.columnsAndExpressions.map((x) => x.name ?? x)]))
await c.step('comment', async () => table.comment)
await c.step('relations', async () => [table.foreignKeys.length, table.relations.length])
await c.step('views', async () => all.entities.map((e) => e.name).includes('aws_vpc_flow_log'))
await c.step('system schemas', async () => {
  const s = await pgStructure(base, { includeSystemSchemas: true, includeSchemas: ['pg_catalog'] })
  return s.schemas.get('pg_catalog').tables.get('pg_class').columns.map((x) => [x.name, x.type.name])
})
c.done()
