// Steps of a client's program, shared by the JavaScript clients; see ../python/compat.py.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

export const env = process.env
export const control = !!env.COMPAT_CONTROL
export const base = { host: env.PGHOST, port: +env.PGPORT, user: env.PGUSER, password: env.PGPASSWORD || 'x', database: env.PGDATABASE }
export const url = `postgres://${base.user}:${encodeURIComponent(base.password)}@${base.host}:${base.port}/${base.database}`
// The packages are installed elsewhere (COMPAT_NODE), not beside the programs.
export const require = createRequire(path.join(env.COMPAT_NODE, 'x.js'))
export const RESOURCE = `select "resourceId", "accountId" from ec2.flow_logs where "resourceId" like 'eni-%' and region = 'us-east-1'
  group by 1, 2 having count(*) = 1 order by 1 limit 1`

export class Client {
  constructor(name, pkg = name) {
    this.name = name
    this.failed = 0
    const p = path.join(env.COMPAT_NODE, 'node_modules', pkg, 'package.json')
    console.log(`${name}: version: ${JSON.parse(fs.readFileSync(p)).version}`)
    if (env.COMPAT_OUT) {
      this.out = path.join(env.COMPAT_OUT, name)
      fs.writeFileSync(this.out, '')
    }
  }

  async step(name, f) {
    try {
      const v = await f()
      if (v === false) throw new Error('it gave false')
      console.log(`${this.name}: ${name}: ok`)
      if (this.out && v !== undefined && v !== true) fs.appendFileSync(this.out, `${name}: ${JSON.stringify(v, (_, x) => typeof x === 'bigint' ? `${x}` : x, 1)}\n`)
    } catch (e) {
      this.failed++
      console.log(`${this.name}: ${name}: FAILED`)
      console.error(String(e?.stack ?? e).slice(0, 900), e?.sql ?? e?.parent?.sql ?? '')
    }
  }

  done() {
    process.exit(this.failed ? 1 : 0)
  }
}

// fails gives the SQLSTATE that f fails with.
export async function fails(f) {
  try {
    await f()
  } catch (e) {
    return e.code ?? e.original?.code ?? e.parent?.code ?? e.driverError?.code ?? e.cause?.code ?? String(e)
  }
  return 'no error'
}
