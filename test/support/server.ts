// Vitest's global set-up: one embedded PostgreSQL for all test files, gone afterwards. Its
// durability is off, which no test relies on: the tests that kill servers start their own.
import { mkdtemp, rm } from 'node:fs/promises'
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
  const folder = await mkdtemp(join(tmpdir(), 'tartan test '))
  const server = await startServer(folder, {
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  })
  project.provide('adminUrl', server.url.reveal())
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
