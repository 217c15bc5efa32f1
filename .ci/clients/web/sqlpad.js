// SQLPad in a real browser, as a person uses it: connect, browse the schema, run a query, build a chart. The
// last page goes to SCREENSHOT, if set. SQLPad 3.1's own pg does not connect on Node.js 14 and later: hence the
// overrides in package.json. See ../python/compat.py for the environment and for what a step is.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const env = process.env
const require = createRequire(path.join(env.COMPAT_WEB, 'x.js'))
const { chromium } = require('playwright-core')
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'sqlpad-'))
const port = await new Promise((ok) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)) })
})
const site = `http://127.0.0.1:${port}`
const server = spawn(process.execPath, ['--no-deprecation', path.join(env.COMPAT_WEB, 'node_modules/sqlpad/server.js')], {
  env: { ...env, SQLPAD_IP: '127.0.0.1', SQLPAD_PORT: port, SQLPAD_DB_PATH: tmp, SQLPAD_ADMIN: 'ci@example.com', PUBLIC_URL: site },
  stdio: ['ignore', 2, 2],
})
for (let i = 0; i < 120; i++) {
  if (await fetch(site).then((r) => r.ok, () => false)) break
  await new Promise((ok) => setTimeout(ok, 500))
}
const browser = await chromium.launch({
  executablePath: env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
page.setDefaultTimeout(30000)
const api = (name) => page.waitForResponse((r) => r.url().includes(`/api/${name}`)).then((r) => r.json())
let failed = 0
console.log(`sqlpad: version: ${JSON.parse(fs.readFileSync(path.join(env.COMPAT_WEB, 'node_modules/sqlpad/package.json'))).version}`)
const step = async (name, f) => {
  try {
    if (await f() === false) throw new Error('it gave false')
    console.log(`sqlpad: ${name}: ok`)
  } catch (e) {
    failed++
    console.log(`sqlpad: ${name}: FAILED`)
    console.error(String(e?.stack ?? e).slice(0, 900))
  }
}

await step('sign up', async () => {
  await page.goto(`${site}/signup`)
  await page.fill('input[name=email]', 'ci@example.com')
  await page.fill('input[name=password]', 'a password')
  await page.fill('input[name=passwordConfirmation]', 'a password')
  const [r] = await Promise.all([api('signup'), page.click('button[type=submit]')])
  await page.waitForURL((u) => !u.pathname.includes('signup'))
  return !r.error
})
await step('connect', async () => {
  await page.goto(`${site}/queries/new`)
  await page.selectOption('select', 'new')
  await page.fill('input[name=name]', 'flowgres')
  await page.selectOption('select[name=driver]', 'postgres')
  for (const [k, v] of Object.entries({ host: env.PGHOST, port: env.PGPORT, database: env.PGDATABASE, username: env.PGUSER, password: env.PGPASSWORD || 'x' })) await page.fill(`input[name=${k}]`, v)
  const [t] = await Promise.all([api('test-connection'), page.click('button:has-text("Test")')])
  const [c] = await Promise.all([api('connections'), page.click('button:has-text("Save")')])
  return t.success && !!c.connection
})
await step('browse the schema', async () => {
  await page.goto(`${site}/queries/new`)
  await page.waitForSelector('option:has-text("flowgres")', { state: 'attached' })
  await page.selectOption('select', { label: 'flowgres' })
  const [{ schemaInfo }] = await Promise.all([api('schema-info'), page.locator('button[aria-describedby="tooltip:2"]').click()])
  await page.locator('text=flow_logs').first().click()
  await page.waitForSelector('text=trafficType')
  const columns = schemaInfo.ec2.flow_logs
  return columns.length === 21 && columns.some((c) => c.column_name === 'creationTime' && c.data_type === 'timestamptz' && c.column_description)
})
await step('query', async () => {
  await page.fill('input[placeholder="Query name"]', 'Flow logs per region and traffic type')
  await page.click('#query-ace-editor')
  await page.keyboard.insertText(`select region, coalesce("trafficType", 'none') as traffic_type, count(*)::int as flow_logs
  from ec2.flow_logs
 group by 1, 2
 order by 1, 2`)
  const [{ queryResult }] = await Promise.all([api('query-result'), page.click('button:has-text("Run")')])
  return queryResult.rows.length > 3 && queryResult.rows.every((r) => r.region && r.flow_logs > 0)
})
await step('chart per region and traffic type', async () => {
  await page.locator('button[aria-describedby="tooltip:6"]').click()
  await page.locator('select:has(option[value=verticalbar])').selectOption('stacked-bar-vertical')
  const fields = page.locator('[aria-modal] label + select')
  for (const [i, column] of ['region', 'flow_logs', 'traffic_type'].entries()) await fields.nth(i).selectOption(column)
  await page.click('[aria-modal] button:has-text("OK")')
  await page.waitForSelector('svg text:has-text("us-east-1")')
  await page.mouse.move(1190, 690)
  await page.waitForTimeout(1500)
  return await page.locator('svg path.bar, svg rect.bar, svg .bar, svg rect[class*=bar]').count() > 10
})
if (env.SCREENSHOT) await page.screenshot({ path: env.SCREENSHOT })
await browser.close()
server.kill()
fs.rmSync(tmp, { recursive: true, force: true, maxRetries: 5 })
process.exit(failed ? 1 : 0)
