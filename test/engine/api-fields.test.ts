// Every field that a body may have: no other is taken, and docs/api-fields.md says what it changes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bodies, type Schema } from '../support/engine-bodies.ts'

/** Free by their nature: the connector's own specification says what they may hold. */
const FREE = new Set(['configuration'])
/** Documented as one: what is in it is refused unless it asks for nothing. */
const WHOLE = new Set(['notifications'])

function fieldsOf(schema: Schema, path: string): string[] {
  if (schema.items) return fieldsOf(schema.items, `${path}[]`)
  if (!schema.properties) return []
  expect([path, schema.additionalProperties]).toEqual([path, false])
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    const within = FREE.has(name) ? [] : fieldsOf(field, at)
    return WHOLE.has(name) ? [at] : [at, ...within]
  })
}

const page = readFileSync(join(import.meta.dirname, '../../docs/api-fields.md'), 'utf8')

/** By endpoint: the fields that stand in the tables under its name. */
const documented = new Map<string, string[]>()
for (const section of page.split(/^##+ /m)) {
  const [heading = '', ...lines] = section.split('\n')
  const fields = lines.flatMap((line) => /^\| `([^`]+)` +\|/.exec(line)?.[1] ?? [])
  for (const one of heading.split(', ').filter((text) => /^[A-Z]+ \//.test(text))) {
    documented.set(one, [...(documented.get(one) ?? []), ...fields])
  }
}

test.each(bodies())('$method $path takes the fields that are documented, and no other', (one) => {
  const fields = fieldsOf(one.schema, '')
  expect([...(documented.get(`${one.method} ${one.path}`) ?? [])].sort()).toEqual(fields.sort())
})

test('nothing is documented that is not there', () => {
  const there = new Set(bodies().map(({ method, path }) => `${method} ${path}`))
  expect([...documented.keys()].filter((heading) => !there.has(heading))).toEqual([])
})
