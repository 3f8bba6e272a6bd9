import { expect, test } from 'vitest'
import { roomFor } from '../../src/cli/check/checks.ts'

const tight = 0.4 * 1024 ** 3

test('little room stops a start, and what runs already is told of it only', () => {
  expect(roomFor(tight, '/data', false).trouble).toContain('at least 1 GiB is needed')
  expect(roomFor(tight, '/data', true)).toEqual({
    what: 'disk space, 0.4 GiB free at /data: less than 1 GiB, make room soon',
  })
  expect(roomFor(2 ** 31, '/data', false)).toEqual({ what: 'disk space, 2.0 GiB free at /data' })
})
