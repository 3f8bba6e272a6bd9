// SECURITY.md names the tests that hold each point: they are there, and so are all ten points.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const project = resolve(import.meta.dirname, '..')
const text = readFileSync(resolve(project, 'SECURITY.md'), 'utf8')
const points = text.split('\n').filter((line) => /^\| API\d+ /.test(line))

test('each of the ten points is walked through', () => {
  expect(points.map((line) => /^\| (API\d+) /.exec(line)?.[1])).toEqual(
    Array.from({ length: 10 }, (_, i) => `API${i + 1}`),
  )
})

const named = points.map((line) => [line.split('|')[1]?.trim(), line] as const)

test.each(named)('%s is held by tests that are there', (_, line) => {
  const held = [...(line.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path)
  expect(held).not.toEqual([])
  expect(held.filter((path = '') => !existsSync(resolve(project, path)))).toEqual([])
})

test('every file that it points to is there', () => {
  const linked = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path ?? '')
  const code = [...text.matchAll(/`(src\/[^`]+)`/g)].map(([, path]) => path ?? '')
  const missing = [...linked, ...code].filter((path) => !existsSync(resolve(project, path)))
  expect(missing).toEqual([])
})
