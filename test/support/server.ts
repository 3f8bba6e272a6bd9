// Vitest's global set-up: one embedded PostgreSQL for all test files, gone afterwards. Its
// durability is off, which no test relies on: the tests that kill servers start their own. It lies
// in memory where there is enough: some file systems take long over the thousands of files that a
// database for each test makes and removes.
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startServer } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    adminUrl: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await roomyFolder(), 'tartan test '))
  const server = await startServer(folder, {
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_wal_size: '512MB',
    },
  })
  project.provide('adminUrl', server.url.reveal())
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const memoryFolder = '/dev/shm'
/** Of the largest store that a test fills, and as much again. */
const memoryBytesMin = 8 * 1024 ** 3

async function roomyFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(memoryFolder)
    return bavail * bsize >= memoryBytesMin ? memoryFolder : tmpdir()
  } catch {
    return tmpdir()
  }
}
