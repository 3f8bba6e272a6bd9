// A connector's configuration with its secrets (L5): masked when it is shown, kept when a masked
// value comes back, searched for when something is logged. What is secret stands in the
// connector's specification (`airbyte_secret`); without one every text is.
import { createHash } from 'node:crypto'

export type Configuration = Record<string, unknown>

export const mask = '**********'

export function maskSecrets(schema: unknown, value: Configuration): Configuration {
  return mapSecrets(schema, value, () => mask) as Configuration
}

/** Every text that the specification calls a secret. */
export function secretsOf(schema: unknown, value: Configuration): string[] {
  const found: string[] = []
  mapSecrets(schema, value, (secret) => {
    collect(secret, found)
    return secret
  })
  return found
}

/** The same for every two configurations that differ in their secrets alone. */
export function fingerprint(schema: unknown, value: Configuration): string {
  const open = mapSecrets(schema, value, () => undefined)
  return createHash('sha256')
    .update(JSON.stringify(sorted(open)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

/**
 * The new configuration with the old one's value wherever the new one has the mask. In a list an
 * entry's place says not whose secret it hides: entries are taken out and moved. A mask that hides
 * nothing, or nobody knows what, stays, for the door to refuse.
 */
export function restoreMasked(old: unknown, value: unknown): unknown {
  if (value === mask) return old ?? mask
  if (Array.isArray(value)) {
    const before: unknown[] = Array.isArray(old) ? old : []
    if (isAsShown(before, value)) return before
    const isLong = before.length * value.length > comparedMax
    return value.map((item) => restoreMasked(isLong ? undefined : meantBy(item, before), item))
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    restoreMasked(isObject(old) ? old[key] : undefined, item),
  ])
  return Object.fromEntries(entries)
}

/** Pairs of entries, which one request must not compare for seconds (L9). */
const comparedMax = 1_000_000

/** The only entry that it can be. */
function meantBy(item: unknown, before: unknown[]): unknown {
  const [meant, ...others] = before.filter((one) => isAsShown(one, item))
  return others.length === 0 ? meant : undefined
}

/** Whether it is the old one, whatever the masks hide. */
function isAsShown(old: unknown, value: unknown): boolean {
  if (value === mask) return old !== undefined
  if (Array.isArray(old) && Array.isArray(value)) {
    return old.length === value.length && old.every((one, i) => isAsShown(one, value[i]))
  }
  if (!isObject(old) || !isObject(value)) return old === value
  const keys = Object.keys({ ...old, ...value })
  return keys.every((key) => isAsShown(old[key], value[key]))
}

/** A PATCH: objects are merged, everything else is replaced, null takes a key out. */
export function mergePatch(old: unknown, patch: unknown): unknown {
  if (!isObject(patch) || !isObject(old)) return patch
  const merged: Record<string, unknown> = { ...old }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(old[key], value)
  }
  return merged
}

/** A text without any of the secrets. */
export function scrubber(secrets: string[]): (text: string) => string {
  // Shorter ones would black out ordinary words.
  const long = secrets
    .filter((secret) => secret.length >= secretLengthMin)
    .toSorted((a, b) => b.length - a.length) // one may hold another
  return (text) => long.reduce((rest, secret) => rest.replaceAll(secret, mask), text)
}

const secretLengthMin = 5

function mapSecrets(
  schema: unknown,
  value: unknown,
  change: (secret: unknown) => unknown,
): unknown {
  if (value === null || value === undefined || value === '') return value
  if (schema === undefined ? typeof value === 'string' : isSecret(schema)) return change(value)
  if (Array.isArray(value)) {
    return value.map((item) => mapSecrets(itemsOf(schema), item, change))
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    mapSecrets(propertyOf(schema, key), item, change),
  ])
  return Object.fromEntries(entries)
}

/** Stands for "described, and nothing secret about it". */
const PLAIN = {}

function isSecret(schema: unknown): boolean {
  return variants(schema).some((one) => one['airbyte_secret'] === true)
}

function propertyOf(schema: unknown, key: string): unknown {
  if (schema === undefined) return undefined
  const found = variants(schema).flatMap((one) => {
    const properties = one['properties']
    return isObject(properties) && Object.hasOwn(properties, key) ? [properties[key]] : []
  })
  return found.length === 0 ? PLAIN : { anyOf: found }
}

function itemsOf(schema: unknown): unknown {
  if (schema === undefined) return undefined
  return {
    anyOf: variants(schema).flatMap((one) => (isObject(one['items']) ? [one['items']] : [])),
  }
}

/** The schema and every alternative below it: a key is secret if any of them says so. */
function variants(schema: unknown): Record<string, unknown>[] {
  if (!isObject(schema)) return []
  const below = ['oneOf', 'anyOf', 'allOf'].flatMap((word) => {
    const list = schema[word]
    return Array.isArray(list) ? list.flatMap(variants) : []
  })
  return [schema, ...below]
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value)
  else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, into)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
