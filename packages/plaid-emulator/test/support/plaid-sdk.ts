// Plaid's SDK as a witness: it is newer than the OpenAPI document, so what the document does not
// name must at least be found here.
import { readFileSync } from 'node:fs'

const folder = new URL('../../../../node_modules/plaid/dist/', import.meta.url)

/**
 * Fields that only Plaid's Python client names, which is newer still (1.778.0, where the npm one is
 * of 1.740.1): test/long/plaid-python.test.ts holds every request and answer to its models.
 */
const PYTHON_FIELDS = ['connection_availability', 'cra_report_parameter']

/** Every field of every object that the SDK's types describe. */
export function sdkFields(): Set<string> {
  const types = readFileSync(new URL('api.d.ts', folder), 'utf8')
  const names = Array.from(types.matchAll(/^ {4}'?(\w+)'?\??: /gm), ([, name]) => name ?? '')
  return new Set([...names, ...PYTHON_FIELDS])
}

/** Every path that the SDK calls. */
export function sdkPaths(): Set<string> {
  const code = readFileSync(new URL('api.js', folder), 'utf8')
  return new Set(Array.from(code.matchAll(/localVarPath = `([^`]+)`/g), ([, path]) => path ?? ''))
}
