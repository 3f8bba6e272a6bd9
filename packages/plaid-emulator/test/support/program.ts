// The emulator as a program, of its own or within another command line: started with flags and
// environment, steered from another process. What a test has started ends with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

const TOKEN = 'token-of-the-test'
let folder: string
const started: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-cli-'))
})

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.kill())
      await new Promise((done) => child.once('exit', done))
  }
})

afterAll(() => rm(folder, { recursive: true }))

function launch(script: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const { PATH } = process.env
  return spawn(process.execPath, [script, ...args], { cwd: folder, env: { PATH, ...env } })
}

interface Ended {
  code: number | null
  out: string
  error: string
}

export function run(
  script: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = launch(script, args, env)
  let [out, error] = ['', '']
  child.stdout?.on('data', (data) => (out += String(data)))
  child.stderr?.on('data', (data) => (error += String(data)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, error })))
}

function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? String(address?.port) : ''
      server.close(() => resolve(port))
    })
  })
}

/** Resolves when it has said where it answers. */
export async function start(script: string, args: string[], env: Record<string, string> = {}) {
  const port = await freePort()
  const child = launch(script, [...args, '--port', port], env)
  started.push(child)
  const url = `http://127.0.0.1:${port}`
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (data) => {
      said += String(data)
      if (said.includes(`answers at ${url};`)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
  return { url, port, child }
}

export const admin = { TARTAN_EMULATOR_ADMIN_TOKEN: TOKEN }

/** `words` come before its own, where it is part of another program. */
export async function runsAndSteers(script: string, words: string[]): Promise<void> {
  const args = [...words, '--date', '2026-02-01', '--data', join(folder, words.join('') + 'data')]
  const { url, port, child } = await start(script, args, admin)
  const there = await run(script, [...words, 'status'], { ...admin, TARTAN_EMULATOR_PORT: port })
  expect(JSON.parse(there.out)).toMatchObject({ now: '2026-02-01T12:00:00Z' })
  const say = (...more: string[]) => run(script, [...words, ...more, '--url', url], admin)
  expect(JSON.parse((await say('advance', '36h')).out)).toEqual({ now: '2026-02-03T00:00:00Z' })
  const done = await say('do', 'fault: {endpoint: /item/*, error_code: RATE_LIMIT, times: 3}')
  expect(JSON.parse(done.out)).toEqual({ fault_id: 1, waiting: 1 })
  expect(JSON.parse((await say('faults')).out)).toMatchObject({
    faults: [{ fault_id: 1, endpoint: '/item/*', times_left: 3 }],
  })
  expect(JSON.parse((await say('status')).out)).toMatchObject({ clock: 'stands', faults: 1 })
  const wrong = await say('do', 'fault: {error_code: NO_SUCH}')
  expect([wrong.code, wrong.error]).toEqual([3, expect.stringContaining('fault.error_code')])
  const noYaml = await say('do', 'fault: {')
  expect([noYaml.code, noYaml.error]).toEqual([3, expect.stringContaining('not YAML')])
  child.kill('SIGTERM')
  expect(await new Promise((ended) => child.once('exit', ended))).toBe(0)
  const silent = await say('status')
  expect([silent.code, silent.error]).toEqual([4, expect.stringContaining('no emulator answers')])
}
