// Programs that write types from what they see of a database: kysely-codegen, PgTyped, Kanel, zapatos, sequelize-auto.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Client, base, env, require, url } from './compat.js'

const c = new Client('codegen', 'kysely-codegen')
const modules = path.join(env.COMPAT_NODE, 'node_modules')
const bin = (name) => path.join(modules, '.bin', name)
// inDir runs a program in a directory of its own and gives what it wrote there.
const inDir = async (f) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'codegen'))
  try {
    fs.symlinkSync(modules, path.join(dir, 'node_modules'))
    return await f(dir)
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}
const run = (dir, file, args, more = {}) => execFileSync(process.execPath, [fs.realpathSync(file), ...args], { cwd: dir, encoding: 'utf8', env: { ...env, DATABASE_URL: url, ...more } })
const files = (dir) => Object.fromEntries(fs.readdirSync(dir, { recursive: true }).map(String).sort().filter((f) => !f.startsWith('node_modules') && fs.statSync(path.join(dir, f)).isFile()).map((f) => [f, fs.readFileSync(path.join(dir, f), 'utf8')]))
const sees = (text) => text.includes('flowLogId') && /flow_?log_?id/.test(text) && text

await c.step('kysely-codegen', () => inDir((dir) => {
  run(dir, bin('kysely-codegen'), ['--dialect', 'postgres', '--url', url, '--out-file', 'db.d.ts'])
  return sees(fs.readFileSync(path.join(dir, 'db.d.ts'), 'utf8'))
}))
await c.step('kysely-codegen with domains and one schema', () => inDir((dir) => {
  run(dir, bin('kysely-codegen'), ['--dialect', 'postgres', '--url', url, '--out-file', 'db.d.ts', '--domains', '--include-pattern', 'ec2.*', '--camel-case'])
  return fs.readFileSync(path.join(dir, 'db.d.ts'), 'utf8').includes('flowLogId: string')
}))
await c.step('PgTyped', () => inDir((dir) => {
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ srcDir: './src', transforms: [{ mode: 'sql', include: '**/*.sql', emitTemplate: '{{dir}}/{{name}}.queries.ts' }], failOnError: true, dbUrl: url }))
  fs.mkdirSync(path.join(dir, 'src'))
  fs.writeFileSync(path.join(dir, 'src/logs.sql'), `/* @name LogsOf */
select "flowLogId", region, tags, "creationTime", "maxAggregationInterval" from ec2.flow_logs where region = :region and "maxAggregationInterval" > :least;
/* @name Counts */
select region, count(*) as n, max("creationTime") as newest from ec2.flow_logs group by region;
/* @name Viewed
   @param ids -> (...) */
select flow_log_id, title, akas from aws_vpc_flow_log where flow_log_id in :ids;
`)
  run(dir, bin('pgtyped'), ['-c', 'config.json'])
  const text = fs.readFileSync(path.join(dir, 'src/logs.queries.ts'), 'utf8')
  return text.includes('flowLogId: string;') && text.includes('n: string | null;') && text
}))
await c.step('zapatos', () => inDir(async (dir) => {
  await require('zapatos/generate').generate({ db: { ...base, connectionString: undefined }, outDir: dir, schemas: { ec2: { include: '*', exclude: [] }, public: { include: '*', exclude: [] } }, warningListener: false, progressListener: false })
  return sees(files(dir)['zapatos/schema.d.ts'])
}))
await c.step('Kanel', () => inDir(async (dir) => {
  const { processDatabase } = require('kanel')
  await processDatabase({ connection: url, schemaNames: ['ec2', 'public'], outputPath: path.join(dir, 'models') })
  return Object.keys(files(dir)).length > 0 && sees(Object.values(files(dir)).join('\n'))
}))
await c.step('sequelize-auto', () => inDir(async (dir) => {
  const { SequelizeAuto } = require('sequelize-auto')
  const auto = new SequelizeAuto(base.database, base.user, base.password, { host: base.host, port: base.port, dialect: 'postgres', directory: path.join(dir, 'models'), schema: 'ec2', views: true, logging: false, lang: 'esm', singularize: false })
  const data = await auto.run()
  return Object.keys(data.tables).join() === 'ec2.flow_logs' && Object.values(files(path.join(dir, 'models'))).join('\n')
}))
c.done()
