// What runs after a sync: within the job, with its log there, and whatever becomes of it the sync
// stays what it was.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identify } from '../../src/std/process.ts'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'tartan post-sync '))
const marks = join(folder, 'marks')
const node = (script: string) => [process.execPath, '-e', script, marks]
const mark = `require('fs').appendFileSync(process.argv[1], `

const commands = [
  {
    name: 'fine',
    command: node(
      `${mark}'ran for ' + process.env.TARTAN_JOB_ID + '\\n');
       console.log('one line'); console.error('another');
       console.log('key ' + (process.env.SECRET_OF_OURS ?? 'not seen'))`,
    ),
  },
  { name: 'broken', command: node(`console.log('a model failed'); process.exit(3)`) },
  { name: 'absent', command: ['/nowhere/program'] },
  {
    name: 'endless',
    // It has a child, which has to go with it.
    command: node(
      `const child = require('child_process').spawn('sleep', ['600']);
       ${mark}[process.pid, child.pid].join(' ') + '\\n');
       process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`,
    ),
  },
]

let engine: Engine

beforeAll(async () => {
  process.env['SECRET_OF_OURS'] = 'hunter2'
  engine = await startEngine(undefined, { commands, msMax: 60_000 })
  await engine.startWorker()
})

afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function synced(postSyncCommand: string): Promise<{ job: Loose; lines: string[] }> {
  const connectionId = await engine.connect({}, {}, { postSyncCommand })
  const id = await engine.sync(connectionId)
  await engine.until(id)
  const { body } = await engine.config('/jobs/get', { id })
  return { job: body, lines: body.attempts[0].logs.logLines }
}

/** The processes that the endless one has told of. */
function running(): (number | undefined)[] {
  const last = readFileSync(marks, 'utf8').trim().split('\n').at(-1) ?? ''
  return last.split(' ').map((pid) => identify(Number(pid))?.pid)
}

test('it runs after the sync, within the job, with its output in the log and no secret of ours', async () => {
  const { job, lines } = await synced('fine')
  expect(job.job.status).toBe('succeeded')
  expect(job.attempts[0].attempt.postSync).toEqual({ command: 'fine', status: 'succeeded' })
  const said = lines.map((line) => line.slice('0000-00-00 00:00:00 '.length))
  expect(said).toEqual(
    expect.arrayContaining([
      'platform INFO after the sync: fine',
      'platform INFO fine: one line',
      'platform INFO fine: another',
      'platform INFO fine: key not seen',
      'platform INFO fine is done',
    ]),
  )
  expect(readFileSync(marks, 'utf8')).toBe(`ran for ${job.job.id}\n`)
})

test.each([
  ['broken', 'it ended with exit code 3'],
  ['absent', expect.stringContaining('does not start')],
])('one that fails fails no sync: %s', async (name, message) => {
  const { job, lines } = await synced(name)
  expect(job.job.status).toBe('succeeded')
  expect(job.attempts).toHaveLength(1)
  const { attempt } = job.attempts[0]
  expect(attempt.recordsSynced).toBeGreaterThan(0)
  expect(attempt.postSync).toEqual({ command: name, status: 'failed', message })
  expect(lines.some((line) => line.includes(`platform ERROR ${name} failed: `))).toBe(true)
})

test('a cancel ends it with all that it started, and what the sync brought stays', async () => {
  const connectionId = await engine.connect({}, {}, { postSyncCommand: 'endless' })
  const before = readFileSync(marks, 'utf8')
  const id = await engine.sync(connectionId)
  await expect.poll(() => readFileSync(marks, 'utf8')).not.toBe(before)
  expect(running()).toEqual([expect.any(Number), expect.any(Number)])
  expect((await engine.call('DELETE', `/jobs/${id}`)).status).toBe(200)
  await expect.poll(running).toEqual([undefined, undefined])
  expect((await engine.until(id)).status).toBe('cancelled')
  const { body: state } = await engine.config('/state/get', { connectionId })
  expect(state.streamState).toHaveLength(1)
  // The next one reads on from there, and reads nothing again.
  await engine.call('PATCH', `/connections/${connectionId}`, { postSyncCommand: '' })
  const next = await engine.sync(connectionId)
  await engine.until(next)
  const { body } = await engine.config('/jobs/get', { id: next })
  expect(body.attempts[0].attempt.postSync).toBeUndefined()
  expect(JSON.stringify(body.attempts[0].logs)).not.toContain('is read again')
})

test('one that takes too long is ended', async () => {
  const quick = await startEngine(undefined, { commands, msMax: 300 })
  await using _ = quick
  await quick.startWorker()
  const connectionId = await quick.connect({}, {}, { postSyncCommand: 'endless' })
  const id = await quick.sync(connectionId)
  expect((await quick.until(id)).status).toBe('succeeded')
  const { body } = await quick.config('/jobs/get_without_logs', { id })
  expect(body.attempts[0].attempt.postSync).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('and was ended'),
  })
})

test('only a command that the machine names can be chosen, and it is told', async () => {
  const connectionId = await engine.connect()
  const path = `/connections/${connectionId}`
  const asked = async (postSyncCommand: unknown) =>
    (await engine.call('PATCH', path, { postSyncCommand })).body
  const refused = await asked('rm -rf /')
  expect(refused).toMatchObject({ status: 400 })
  expect(refused.detail ?? refused.message).toContain('fine, broken, absent, endless')
  expect(await asked(['sh', '-c', 'id'])).toMatchObject({ status: 400 })
  expect((await engine.call('GET', path)).body).not.toHaveProperty('postSyncCommand')
  expect(await asked('fine')).toMatchObject({
    postSyncCommand: 'fine',
    streamChanges: [expect.objectContaining({ decision: 'none' })],
  })
  const renamed = await engine.call('PATCH', path, { name: 'another' })
  expect(renamed.body).toMatchObject({ name: 'another', postSyncCommand: 'fine' })
  expect(await asked('')).not.toHaveProperty('postSyncCommand')
})
