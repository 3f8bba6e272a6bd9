// A run that another line of `.env` left behind, in a data folder that the new line does not name.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stopMeant } from '../../src/cli/commands/stop.ts'
import { otherRuns } from '../../src/server/other-runs.ts'
import { portStates } from '../../src/server/ports.ts'
import { readSettings, type Settings } from '../../src/server/settings.ts'
import { lockPath } from '../../src/server/supervisor/lock.ts'
import { writeStatus } from '../../src/server/supervisor/status.ts'
import { identify, isAlive } from '../../src/std/process.ts'

let project: string
let supervisor: ChildProcess
let listening: Server

beforeEach(async () => {
  project = mkdtempSync(join(tmpdir(), 'other runs '))
  supervisor = spawn('sleep', ['60'])
  listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const emulated = join(project, '.tartan')
  mkdirSync(join(emulated, 'run'), { recursive: true })
  const identity = identify(supervisor.pid!)!
  writeFileSync(lockPath(emulated), JSON.stringify(identity))
  writeStatus(emulated, {
    phase: 'running',
    supervisor: identity,
    startedAt: '2026-01-01T00:00:00Z',
    processes: [
      {
        name: 'plaid-api',
        state: 'running',
        identity,
        restarts: 0,
        port: port(),
        stopSignal: 'SIGTERM',
      },
    ],
  })
})

afterEach(() => {
  supervisor.kill('SIGKILL')
  listening.close()
  rmSync(project, { recursive: true })
})

function port(): number {
  return (listening.address() as AddressInfo).port
}

/** What `.env` gives, and the environment. */
async function given(file: string, env: Record<string, string> = {}): Promise<Settings> {
  const path = join(project, 'env')
  writeFileSync(path, `PLAID_API_PORT=${port()}\n${file}`)
  const settings = await readSettings({}, { TARTAN_ENV_FILE: path, ...env })
  return { ...settings, dataFolder: join(project, '.tartan/sandbox') }
}

test('a port that the other run holds is said to be Tartan’s, with what ends it', async () => {
  const settings = await given('PLAID_ENV=sandbox\n')
  const states = await Array.fromAsync(portStates(settings, otherRuns(settings, project)))
  expect(states.find(({ needed }) => needed.service === 'plaid-api')?.trouble).toMatch(
    /is in use by Tartan itself, which runs with PLAID_ENV=emulator: .*stop --plaid-env emulator/,
  )
})

test('stop ends the other run where `.env` alone says which Plaid is meant', async () => {
  const settings = await given('PLAID_ENV=sandbox\n')
  const said = await stopMeant(settings, otherRuns(settings, project))
  expect(said).toBe('Stopped what ran with PLAID_ENV=emulator.')
  expect(supervisor.signalCode ?? (await once(supervisor, 'exit'))[1]).toBe('SIGTERM')
  expect(await stopMeant(settings, otherRuns(settings, project))).toBe('Nothing was running.')
})

test('stop of a Plaid that is asked for ends no other, and names it', async () => {
  const settings = await given('', { PLAID_ENV: 'sandbox' })
  const said = await stopMeant(settings, otherRuns(settings, project))
  expect(said).toBe('Nothing was running of that; Tartan runs with PLAID_ENV=emulator.')
  expect(isAlive(identify(supervisor.pid!))).toBe(true)
})

test('a chosen data folder has no others', async () => {
  const settings = await given('PLAID_ENV=sandbox\n', { TARTAN_DATA_DIR: project })
  expect(otherRuns(settings, project)).toEqual([])
})
