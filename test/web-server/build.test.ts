// The app's build, by real processes over a project of its own, with a program in Vite's place that
// takes as long as a test wants: two at once, one that is killed, one that fails.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildFolder } from '../../src/web-server/build.ts'

const room = resolve(import.meta.dirname, '../../src/web-server/build.ts')

/** Writes a page; waits for `go` where it is told to; fails where the app is broken. */
const VITE = `
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const out = process.argv[process.argv.indexOf('--outDir') + 1]
const main = readFileSync('web/main.ts', 'utf8')
if (main.includes('broken')) { console.error('main.ts: it is broken'); process.exit(1) }
mkdirSync(join(out, 'assets'), { recursive: true })
writeFileSync(join(out, 'assets', 'main-1.js'), main)
writeFileSync(join(out, 'mode.txt'), process.env.NODE_ENV)
if (main.includes('wait')) while (!existsSync('go')) await new Promise((r) => setTimeout(r, 20))
writeFileSync(join(out, 'index.html'), '<head></head>')
`

let project: string

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'web project '))
  await mkdir(join(project, 'web'))
  await mkdir(join(project, 'node_modules/vite/bin'), { recursive: true })
  await writeFile(join(project, 'node_modules/vite/package.json'), '{"type":"module"}')
  await writeFile(join(project, 'node_modules/vite/bin/vite.js'), VITE)
  await writeFile(join(project, 'package-lock.json'), '{}')
  await writeFile(join(project, 'web/main.ts'), 'let a')
})

afterEach(() => rm(project, { recursive: true, force: true }))

function build(): ChildProcess {
  const text = `import { buildApp } from ${JSON.stringify(room)}; await buildApp(process.argv[1])`
  return spawn(process.execPath, ['--input-type=module', '-e', text, project], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

async function builds(): Promise<string[]> {
  return readdir(join(project, '.tartan/web')).catch(() => [])
}

describe('a build', () => {
  test('is whole, packed, and named by what it is made from', async () => {
    expect((await ended(build())).code).toBe(0)
    const folder = await buildFolder(project)
    expect(await builds()).toEqual([folder.split('/').at(-1)])
    expect(await readFile(join(folder, 'mode.txt'), 'utf8')).toBe('production')
    const files = await readdir(join(folder, 'assets'))
    expect(files.toSorted()).toEqual(['main-1.js', 'main-1.js.br', 'main-1.js.gz'])
    await writeFile(join(project, 'web/main.ts'), 'let b')
    expect(await buildFolder(project)).not.toBe(folder)
    expect((await ended(build())).code).toBe(0)
    expect(await readFile(join(await buildFolder(project), 'assets/main-1.js'), 'utf8')).toBe(
      'let b',
    )
    expect(await builds()).toHaveLength(1) // the older one has gone
  })

  test('is made once, however many begin at the same moment', async () => {
    await writeFile(join(project, 'web/main.ts'), 'wait')
    const both = [build(), build()]
    await expect
      .poll(async () => (await builds()).filter((name) => name.includes('.partial-')).length)
      .toBe(2)
    await writeFile(join(project, 'go'), '')
    expect((await Promise.all(both.map(ended))).map(({ code }) => code)).toEqual([0, 0])
    expect(await builds()).toEqual([(await buildFolder(project)).split('/').at(-1)])
  })

  test('that is killed leaves nothing that is taken for one, and the next is whole', async () => {
    await writeFile(join(project, 'web/main.ts'), 'wait')
    const killed = build()
    await expect.poll(async () => (await builds()).length).toBe(1)
    killed.kill('SIGKILL')
    await ended(killed)
    expect(existsSync(await buildFolder(project))).toBe(false)
    await writeFile(join(project, 'go'), '')
    expect((await ended(build())).code).toBe(0)
    expect(await builds()).toEqual([(await buildFolder(project)).split('/').at(-1)])
  })

  test('that fails says why', async () => {
    await writeFile(join(project, 'web/main.ts'), 'broken')
    const { code, said } = await ended(build())
    expect(code).not.toBe(0)
    expect(said).toContain('main.ts: it is broken')
    expect(await builds()).toEqual([])
  })

  test('of a project without an app says so', async () => {
    await rm(join(project, 'web'), { recursive: true })
    expect((await ended(build())).said).toContain('web/')
  })
})
