// The part of a log that a page holds moves over the whole of it, and stays small.
import { expect, test } from 'vitest'
import {
  createLogReader,
  type LogLine,
  type LogPlace,
  windowLinesMax,
} from '../../web/src/words/log-window.ts'

function logOf(count: number, every = 1) {
  const all: LogLine[] = []
  const write = (n: number) => all.push({ n, at: '', source: '', level: '', text: `line ${n}` })
  for (let i = 0; i < count; i++) write(i * every)
  const asked: LogPlace[] = []
  const page = async (place: LogPlace) => {
    asked.push(place)
    const { after = -1, before = Infinity, tail = false, limit } = place
    const fit = all.filter(({ n }) => n > after && n < before)
    return tail ? fit.slice(-limit) : fit.slice(0, limit)
  }
  return { reader: createLogReader(page), write, asked }
}

test('begins at the end, and goes back to the beginning, each line once and in order', async () => {
  const { reader } = logOf(12_345)
  await reader.go()
  expect(reader.window()).toMatchObject({ hasOlder: true, hasNewer: false })
  expect(reader.window()?.lines.at(-1)?.n).toBe(12_344)
  const seen = new Set(reader.window()?.lines.map(({ n }) => n))
  while (reader.window()?.hasOlder) {
    await reader.older()
    const { lines = [] } = reader.window() ?? {}
    expect(lines.length).toBeLessThanOrEqual(windowLinesMax)
    expect(lines.map(({ n }) => n)).toEqual(lines.map((_, i) => (lines[0]?.n ?? 0) + i))
    for (const { n } of lines) seen.add(n)
  }
  expect(seen.size).toBe(12_345)
  expect(reader.window()).toMatchObject({ hasOlder: false, hasNewer: true })
  while (reader.window()?.hasNewer) await reader.newer()
  expect(reader.window()?.lines.at(-1)?.n).toBe(12_344)
})

test('goes to a line, with what is around it', async () => {
  const { reader } = logOf(10_000, 3)
  await reader.go(15_000)
  const { lines, hasOlder, hasNewer } = reader.window()!
  expect(lines.map(({ n }) => n)).toContain(15_000)
  expect([lines.length, hasOlder, hasNewer]).toEqual([500, true, true])
  await reader.go(0)
  expect(reader.window()?.lines[0]?.n).toBe(0)
  expect(reader.window()?.hasOlder).toBe(false)
})

test('follows what is written, and is asked once for many calls', async () => {
  const { reader, write, asked } = logOf(0)
  await reader.go()
  expect(reader.window()).toEqual({ lines: [], hasOlder: false, hasNewer: false })
  for (let n = 0; n < 700; n++) write(n)
  const before = asked.length
  await Promise.all(Array.from({ length: 20 }, () => reader.newer()))
  expect(asked.length - before).toBeLessThanOrEqual(2)
  while (reader.window()?.hasNewer) await reader.newer()
  expect(reader.window()?.lines).toHaveLength(700)
})

test('a page that cannot be read leaves what there is, and says why', async () => {
  let fails = false
  const line = { n: 0, at: '', source: '', level: '', text: '' }
  const reader = createLogReader(async () => {
    if (fails) throw new Error('silent')
    return [line]
  })
  await reader.go()
  fails = true
  await reader.newer()
  expect([reader.window()?.lines, String(reader.failure())]).toEqual([[line], 'Error: silent'])
  fails = false
  await reader.newer()
  expect(reader.failure()).toBeUndefined()
})
