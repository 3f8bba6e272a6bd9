// The supervisor's parts, on this machine's real files, ports and processes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keysFolder, makeKeys, readKey } from '../../src/server/keys.ts'
import { end, identify, isAlive } from '../../src/std/process.ts'
import {
  holdsLock,
  lockHolder,
  lockPath,
  releaseLock,
  takeLock,
} from '../../src/server/supervisor/lock.ts'
import { openLogFile } from '../../src/server/supervisor/log-file.ts'
import { portTrouble, requirePorts } from '../../src/server/supervisor/port.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor '))
  mkdirSync(join(folder, 'run'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('a process’s identity', () => {
  test('is not that of another process with its number', () => {
    const me = identify(process.pid)!
    expect(isAlive(me)).toBe(true)
    expect(isAlive({ ...me, started: 'before the reboot' })).toBe(false)
    expect(identify(2 ** 22 + 1)).toBeUndefined()
  })

  test('a process that does not heed the signal is ended all the same', async () => {
    const script = 'process.on("SIGTERM", () => {}); console.log(1); setInterval(() => {}, 1000)'
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    const identity = identify(child.pid!)!
    expect(await end(identity, 'SIGTERM', 200)).toBe(false)
    expect(isAlive(identity)).toBe(false)
  })
})

describe('the lock', () => {
  test('is held by one, and refused to a second while the first lives', async () => {
    const other = spawn('sleep', ['60'])
    writeFileSync(lockPath(folder), JSON.stringify(identify(other.pid!)))
    await expect(takeLock(folder)).rejects.toThrow(`pid ${other.pid}`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(lockHolder(folder)).toBeUndefined()
    await takeLock(folder)
    expect(holdsLock(folder)).toBe(true)
    releaseLock(folder)
    expect(readdirSync(join(folder, 'run'))).toEqual([])
  })

  test('of a holder whose number another process has now is free', async () => {
    writeFileSync(lockPath(folder), JSON.stringify({ pid: process.ppid, started: 'long ago' }))
    await takeLock(folder)
    expect(lockHolder(folder)?.pid).toBe(process.pid)
  })

  test('that a full disk cut short is free', async () => {
    writeFileSync(lockPath(folder), '{"pid":')
    await takeLock(folder)
    expect(holdsLock(folder)).toBe(true)
  })
})

test('L9: logs are rotated and bounded, and the newest line is there', () => {
  const log = openLogFile(join(folder, 'logs', 'x.log'), 1_000)
  for (let i = 0; i < 500; i++) log.write(`line ${i}\n`)
  log.close()
  const files = readdirSync(join(folder, 'logs')).toSorted()
  expect(files).toEqual(['x.log', 'x.log.1', 'x.log.2'])
  for (const file of files) expect(statSync(join(folder, 'logs', file)).size).toBeLessThan(1_001)
  expect(readFileSync(join(folder, 'logs', 'x.log'), 'utf8')).toMatch(/line 499\n$/)
})

test('a port in use names its holder and the option that changes it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const needed = { port, host: '127.0.0.1', service: 'server', option: 'TARTAN_API_PORT' }
  const trouble = await portTrouble(needed)
  expect(trouble).toContain(`(pid ${process.pid})`)
  expect(trouble).toContain('TARTAN_API_PORT')
  server.close()
  await once(server, 'close')
  expect(await portTrouble(needed)).toBeUndefined()
})

test('a port that fetch never calls is refused before anything starts on it', async () => {
  const needed = { port: 10_080, host: '127.0.0.1', service: 'server', option: 'TARTAN_API_PORT' }
  await expect(requirePorts([needed])).rejects.toThrow(
    'port 10080 (server) is one that browsers and fetch never call: choose another with TARTAN_API',
  )
  expect(await portTrouble({ ...needed, service: 'postgres' })).toBeUndefined()
})

test('L5: keys are made once, for their owner’s eyes only', async () => {
  expect(await makeKeys(folder)).toBe(true)
  const before = (await readKey(folder, 'master.key')).reveal()
  rmSync(join(keysFolder(folder), 'plaid-api.key')) // as a set-up killed half-way left it
  expect(await makeKeys(folder)).toBe(true)
  expect(await makeKeys(folder)).toBe(false)
  expect((await readKey(folder, 'master.key')).reveal()).toBe(before)
  expect(statSync(keysFolder(folder)).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(keysFolder(folder))) {
    expect(statSync(join(keysFolder(folder), name)).mode & 0o777).toBe(0o600)
  }
})
