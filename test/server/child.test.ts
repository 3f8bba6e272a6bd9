// What a process that is kept alive leaves to be done once it has ended (a real one).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createChild } from '../../src/server/supervisor/child.ts'
import { openLogFile } from '../../src/server/supervisor/log-file.ts'

test('what is to follow a process’s end follows it, before the stop is done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tartan child '))
  const seen: unknown[] = []
  const child = createChild(
    {
      name: 'test',
      stopSignal: 'SIGTERM',
      stopMsMax: 10_000,
      launch: async () => ({
        command: process.execPath,
        args: ['-e', `process.send('ready'); setInterval(() => {}, 1000)`],
        env: {},
        channel: true,
      }),
      afterStop: async () => void seen.push(child.status.lastEnd),
    },
    openLogFile(join(folder, 'test.log')),
    new AbortController().signal,
    () => {},
  )
  await child.start()
  await child.stop()
  expect(seen).toEqual([expect.stringMatching(/SIGTERM$/)])
  await rm(folder, { recursive: true })
})
