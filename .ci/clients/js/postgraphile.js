// PostGraphile: introspection, a GraphQL schema of it, queries and mutations.
import { Client, RESOURCE, base, control, env, require, url } from './compat.js'

// PostGraphile is written for Node 22; this is all that 20 lacks.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}
env.GRAPHILE_ENV ??= 'production'
const { postgraphile } = require('postgraphile')
const { PostGraphileAmberPreset } = require('postgraphile/presets/amber')
const { makeV4Preset } = require('postgraphile/presets/v4')
const { makePgService } = require('postgraphile/adaptors/pg')
const { grafast } = require('postgraphile/grafast')
const pg = require('pg')
const c = new Client('postgraphile')
const pool = new pg.Pool(base)
const service = makePgService({ connectionString: url, schemas: ['ec2', 'public'] })
// As version 4 made its schemas: every column a condition and an order, node ids.
const pgl = postgraphile({ extends: [PostGraphileAmberPreset, makeV4Preset({ disableDefaultMutations: false })], pgServices: [service] })
let schema, resolvedPreset
const query = (source, variableValues) => grafast({ schema, source, variableValues, resolvedPreset, requestContext: {} })
const ask = async (source, variables = {}) => {
  const r = JSON.parse(JSON.stringify(await query(source, variables)))
  if (r.errors) throw new Error(JSON.stringify(r.errors))
  return r.data
}

await c.step('schema', async () => {
  ({ schema, resolvedPreset } = await pgl.getSchemaResult())
  return [Object.keys(schema.getQueryType().getFields()).sort(), ['FlowLog', 'AwsVpcFlowLog'].map((t) => Object.entries(schema.getType(t).getFields()).map(([n, f]) => [n, String(f.type), f.description]))]
})
await c.step('comments are descriptions', async () => schema.getType('FlowLog').description.startsWith('VPC flow logs') && schema.getType('FlowLog').getFields().region.description.length > 0)
await c.step('connection', async () => {
  const r = await ask('{ allFlowLogs(first: 3, orderBy: FLOW_LOG_ID_ASC) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { flowLogId region tags maxAggregationInterval } } }')
  return r.allFlowLogs.totalCount > 100 && r.allFlowLogs.pageInfo.hasNextPage && r
})
await c.step('pages', async () => {
  let after = null, n = 0
  do {
    const { allFlowLogs: p } = await ask('query ($after: Cursor) { allFlowLogs(first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { flowLogId } } }', { after })
    n += p.nodes.length
    after = p.pageInfo.hasNextPage ? p.pageInfo.endCursor : null
  } while (after)
  return n === +(await pool.query('select count(*) n from ec2.flow_logs')).rows[0].n
})
await c.step('by key, by node id', async () => {
  const { allFlowLogs: { nodes: [{ flowLogId, nodeId }] } } = await ask('{ allFlowLogs(first: 1, orderBy: FLOW_LOG_ID_ASC) { nodes { flowLogId nodeId } } }')
  const r = await ask('query ($id: String!, $node: ID!) { a: flowLogByFlowLogId(flowLogId: $id) { flowLogId } b: flowLog(nodeId: $node) { flowLogId } none: flowLogByFlowLogId(flowLogId: "fl-nosuch") { flowLogId } }', { id: flowLogId, node: nodeId })
  return r.a.flowLogId === flowLogId && r.b.flowLogId === flowLogId && r.none === null
})
await c.step('condition, offset, last', async () => {
  const { allFlowLogs: { nodes } } = await ask('{ allFlowLogs(last: 2, orderBy: FLOW_LOG_ID_ASC) { nodes { flowLogId } } }')
  const r = await ask('query ($id: String) { allFlowLogs(condition: {flowLogId: $id}) { totalCount nodes { flowLogId } } }', { id: nodes[1].flowLogId })
  return r.allFlowLogs.totalCount === 1 && r.allFlowLogs.nodes[0].flowLogId === nodes[1].flowLogId && nodes
})
await c.step('view', async () => (await ask('{ allAwsVpcFlowLogs(first: 2, offset: 1) { totalCount nodes { title } } }')).allAwsVpcFlowLogs.nodes.length === 2)
await c.step('error', async () => {
  const r = await query('{ allFlowLogs(first: 1) { nodes { nope } } }')
  return /nope/.test(r.errors[0].message)
})
if (!control) {
  await c.step('update, delete', async () => {
    const { resourceId, accountId } = (await pool.query(RESOURCE)).rows[0]
    const { flowLogId } = (await pool.query(`insert into ec2.flow_logs ("resourceId", "accountId", "trafficType", "logDestinationType", "logDestination", region) values ($1, $2, 'ALL', 's3', 'arn:aws:s3:::flowgres-ci/postgraphile/', 'us-east-1') returning "flowLogId"`, [resourceId, accountId])).rows[0]
    const u = await ask('mutation ($id: String!, $tags: JSON) { updateFlowLogByFlowLogId(input: {flowLogId: $id, flowLogPatch: {tags: $tags}}) { flowLog { flowLogId tags } } }', { id: flowLogId, tags: JSON.stringify({ ci: 'postgraphile' }) })
    const d = await ask('mutation ($id: String!) { deleteFlowLogByFlowLogId(input: {flowLogId: $id}) { deletedFlowLogId } }', { id: flowLogId })
    return JSON.stringify(u).includes('postgraphile') && !!d.deleteFlowLogByFlowLogId.deletedFlowLogId
  })
}
await pgl.release()
await pool.end()
c.done()
