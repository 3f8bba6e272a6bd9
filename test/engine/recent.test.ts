// Who wrote the line that a destination could not take.
import { expect, test } from 'vitest'
import { createRecent } from '../../src/engine/pump/recent.ts'

const record = (data: string) =>
  Buffer.from(`{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":${data}}}\n`)
const many = (bytes: number) => {
  const one = record('{"x":1}')
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / one.length) }, () => one))
}

test.each([
  ['not JSON', '{"x":1 "y":2}'],
  ['a list', '[1]'],
  ['nothing', 'null'],
])('a record whose data is %s is found, with what pipes hold behind it', (_what, data) => {
  const recent = createRecent()
  recent.add(many(3 * 1024 * 1024))
  expect(recent.isBroken()).toBe(false)
  recent.add(Buffer.concat([many(1_000), record(data), many(1_000)]))
  for (let chunks = 0; chunks < 8; chunks++) recent.add(many(64 * 1024))
  expect(recent.isBroken()).toBe(true)
})

test('L9: what went by longer ago is let go', () => {
  const recent = createRecent()
  recent.add(record('[]'))
  for (let chunks = 0; chunks < 40; chunks++) recent.add(many(64 * 1024))
  expect(recent.isBroken()).toBe(false)
})

test('what lacks its instant is no record, and an empty line is nothing', () => {
  const recent = createRecent()
  recent.add(Buffer.from('\n\r\n'))
  expect(recent.isBroken()).toBe(false)
  recent.add(Buffer.from('{"type":"RECORD","record":{"stream":"a","data":{}}}\n'))
  expect(recent.isBroken()).toBe(true)
})
