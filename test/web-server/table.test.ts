// What a session may ask of the services is what screens ask, and no more.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { passed } from '../../src/web-server/door/table.ts'

const app = resolve(import.meta.dirname, '../../web/src')

/** Every path of a service that the app's code writes, with `:id` for what is filled in. */
function written(): Set<string> {
  const files = readdirSync(app, { recursive: true, encoding: 'utf8' })
  const text = files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(app, file), 'utf8'))
    .join('\n')
    .replaceAll('${base}', 'web/engine/api/public/v1')
    .replaceAll('${config}', 'web/engine/api/v1')
  const ofKinds = ['source', 'destination'].map((kind) => text.replaceAll('${kind}', kind))
  const paths = [...ofKinds.join('\n').matchAll(/\bweb\/(?:engine|plaid)\/[^'`\s?]+/g)]
  return new Set(paths.map(([path]) => path.replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, ':id')))
}

test('every path that is handed on is one that a screen asks for', () => {
  const paths = written()
  const unused = passed.filter(({ url }) => !paths.has(url.slice(1)))
  expect(unused.map(({ url }) => url)).toEqual([])
})
