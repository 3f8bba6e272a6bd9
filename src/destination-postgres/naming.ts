// Names as Airbyte's destination makes them, without its hole: two fields that
// would get one name get two.
import { createHash } from 'node:crypto'

/** PostgreSQL cuts identifiers after so many bytes, in silence. */
const identifierBytesMax = 63
const hashChars = 8

/** Letters, digits and underscores; not a digit first; not longer than PostgreSQL keeps. */
export function identifier(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
  const safe = /^\d/.test(plain) ? `_${plain}` : plain
  return fit(safe === '' ? `default_name_${hash(name)}` : safe, name)
}

/**
 * A name for each field, all different, and different from `reserved`. A field whose name is an
 * identifier already keeps it; of those that were changed into the same one, each gets a hash.
 */
export function identifiers(
  fields: readonly string[],
  reserved: ReadonlySet<string>,
): Map<string, string> {
  const uses = new Map<string, number>()
  for (const field of fields) {
    const name = identifier(field)
    uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  return new Map(
    fields.map((field) => {
      const name = identifier(field)
      const alone = uses.get(name) === 1 || name === field
      return [field, alone && !reserved.has(name) ? name : withHash(name, field)]
    }),
  )
}

/** Stable, and its table's own: index names live beside table names. */
export function indexName(table: string, columns: readonly string[]): string {
  return withHash(`${table}_${columns.join('_')}`, JSON.stringify([table, columns]))
}

function fit(name: string, original: string): string {
  return name.length <= identifierBytesMax ? name : withHash(name, original)
}

function withHash(name: string, original: string): string {
  return `${name.slice(0, identifierBytesMax - hashChars - 1)}_${hash(original)}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, hashChars)
}
