// The chart takes the options of the table that are a person's to set in a cluster, by their names
// and with their values; no secret, and nothing that the chart sets itself.
// `npx vitest run test/helm --update` writes its schema anew.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { table, type TartanOption } from '../../src/server/options.ts'

const file = resolve(import.meta.dirname, '../../deploy/helm/tartan/values.schema.json')
/** The chart's own, and those that count where a person sits. */
const OTHERS = [
  /_(PORT|FILE|DIR)$/,
  /^(AIRBYTE|PLAID_API)_/,
  /^TARTAN_(EMULATOR|DATABASE|BACKUP|HOST|SERVICES|API_URL|COMMAND)/,
  /^TARTAN_(DBT_SCHEMA|WEB_OPEN|POST_SYNC)$/,
]

interface Schema {
  properties: { options: object } & Record<string, object>
}

test('the schema of the chart’s options is the table’s', async () => {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema
  const specs: TartanOption[] = Object.values(table)
  const isOther = (env: string) => OTHERS.some((pattern) => pattern.test(env))
  const ours = specs.filter(({ env, type }) => type !== 'secret' && !isOther(env))
  schema.properties.options = {
    type: 'object',
    additionalProperties: false,
    required: ['PLAID_ENV', 'PLAID_CLIENT_ID'],
    properties: Object.fromEntries(ours.map((spec) => [spec.env, shapeOf(spec)])),
  }
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file)
})

function shapeOf(spec: TartanOption): object {
  const { doc: description } = spec
  // No emulator runs in a cluster.
  if (spec.env === 'PLAID_ENV') return { description, enum: ['sandbox', 'production'] }
  if (spec.type === 'choice') return { description, enum: spec.choices }
  if (spec.type === 'integer') {
    return { description, type: 'integer', minimum: spec.min, maximum: spec.max }
  }
  return { description, type: 'string' }
}
