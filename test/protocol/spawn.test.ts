import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type ConnectorStart, startConnector, sweepRunFolder } from '../../src/protocol/spawn.ts'
import { Secret } from '../../src/std/secrets.ts'

async function runFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tartan spawn '))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

function program(code: string, folder: string, more: Partial<ConnectorStart> = {}) {
  return startConnector({
    command: [process.execPath, '-e', code, '--'],
    verb: 'read',
    inputs: { config: new Secret('{"key":"canary"}') },
    runFolder: folder,
    onStderr: () => {},
    ...more,
  })
}

test('L5: inputs are files that only we may read, gone when forgotten and when it ends', async () => {
  await using place = await runFolder()
  const code = 'console.log(process.argv.slice(1).join("\\n")); process.stdin.resume()'
  const child = await program(code, place.folder)
  const [chunk] = await child.stdout.take(1).toArray()
  const [verb, flag, file] = String(chunk).trim().split('\n')
  expect([verb, flag]).toEqual(['read', '--config'])
  expect(await readFile(file!, 'utf8')).toBe('{"key":"canary"}')
  expect((await stat(file!)).mode & 0o777).toBe(0o600)
  expect((await stat(place.folder)).mode & 0o777).toBe(0o700)
  expect((await stat(join(file!, '..'))).mode & 0o777).toBe(0o700)
  await child.forgetInputs()
  await expect(stat(file!)).rejects.toThrow(/ENOENT/)
  child.stdin.end()
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(await readdir(place.folder)).toEqual([])
})

test('L5: a connector gets nothing of our environment that could be a secret', async () => {
  await using place = await runFolder()
  process.env['TARTAN_SPAWN_CANARY'] = 'secret'
  try {
    const child = await program('console.log(JSON.stringify(process.env))', place.folder)
    const env = JSON.parse(await text(child.stdout))
    expect(env.PATH).toBe(process.env['PATH'])
    expect(Object.keys(env)).not.toContain('TARTAN_SPAWN_CANARY')
  } finally {
    delete process.env['TARTAN_SPAWN_CANARY']
  }
})

test('a connector that ignores SIGTERM is killed, with its children', async () => {
  await using place = await runFolder()
  const code = `
    process.on('SIGTERM', () => {})
    const child = require('node:child_process').spawn(
      process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'])
    child.on('spawn', () => console.log(child.pid))
    setInterval(() => {}, 1000)`
  const child = await program(code, place.folder)
  const [chunk] = await child.stdout.take(1).toArray()
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGKILL' })
  await expect.poll(() => isAlive(Number(String(chunk)))).toBe(false)
})

test('a program that is not there is a configuration error and leaves nothing', async () => {
  await using place = await runFolder()
  const start = program('', place.folder, { command: ['/nowhere/connector'] })
  await expect(start).rejects.toMatchObject({ kind: 'config', code: 'CONNECTOR_NOT_STARTED' })
  expect(await readdir(place.folder)).toEqual([])
})

test('a sweep leaves the folders of living processes alone', async () => {
  await using place = await runFolder()
  const child = await program('process.stdin.resume()', place.folder)
  expect(await sweepRunFolder(place.folder)).toBe(0)
  expect(await readdir(place.folder)).toHaveLength(1)
  await child.stop()
})

test('a sweep ends nobody who only has the number of a connector that is gone', async () => {
  await using place = await runFolder()
  await using other = await runFolder()
  const child = await program('process.stdin.resume()', other.folder)
  const left = join(place.folder, `${2 ** 30}.0.left`)
  await mkdir(left)
  await writeFile(join(left, 'child'), `${child.pid}.0`)
  expect(await sweepRunFolder(place.folder)).toBe(1)
  expect(await readdir(place.folder)).toEqual([])
  expect(isAlive(child.pid)).toBe(true)
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' })
})

test('stderr comes line by line', async () => {
  await using place = await runFolder()
  const said: string[] = []
  const code = 'process.stderr.write("one\\ntw"); process.stderr.write("o\\n")'
  const child = await program(code, place.folder, { onStderr: (line) => said.push(line) })
  await child.exited
  await expect.poll(() => said).toEqual(['one', 'two'])
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
