// Plaid's SDK as a witness: it is newer than the OpenAPI document, so what the document does not
// name must at least be found here.
import { readFileSync } from 'node:fs'

const folder = new URL('../../../../node_modules/plaid/dist/', import.meta.url)

/** Every field of every object that the SDK's types describe. */
export function sdkFields(): Set<string> {
  const types = readFileSync(new URL('api.d.ts', folder), 'utf8')
  return new Set(Array.from(types.matchAll(/^ {4}'?(\w+)'?\??: /gm), ([, name]) => name ?? ''))
}

/** Every path that the SDK calls. */
export function sdkPaths(): Set<string> {
  const code = readFileSync(new URL('api.js', folder), 'utf8')
  return new Set(Array.from(code.matchAll(/localVarPath = `([^`]+)`/g), ([, path]) => path ?? ''))
}
