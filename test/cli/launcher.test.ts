// The launcher, with an npm that fails as the real one does: what it says, and that the same
// command repairs it. npm ends with 0 in two of these cases, which is why they are here.
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const project = resolve(import.meta.dirname, '../..')
const platform = { optional: true, os: [process.platform], cpu: [process.arch] }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'a launcher '))
  for (const file of ['tartan', 'src/cli/installed.ts']) {
    cpSync(join(project, file), join(folder, file))
  }
  write('package.json', '{"type":"module"}')
  write('src/cli/main.ts', `process.stdout.write('it runs')`)
  const packages = { '': {}, 'node_modules/one': {}, 'node_modules/two': platform }
  write('package-lock.json', JSON.stringify({ packages }))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text, { mode })
}

const install = (name: string) =>
  `mkdir -p node_modules/${name}; echo {} > node_modules/${name}/package.json`
const WHOLE = `${install('one')}; ${install('two')}`

/** Runs `./tartan` where `npm` is these commands of a shell, and has its cache there. */
function tartan(
  npm: string,
  { cache = folder, args = [] }: { cache?: string; args?: string[] } = {},
): Promise<{ code: unknown; out: string; said: string }> {
  const config = `if [ "$1" = config ]; then echo '${cache}'; exit; fi`
  write('bin/npm', `#!/bin/sh\n${config}\n${npm}\n`, 0o755)
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(':')
  const env = { ...process.env, PATH: path }
  return new Promise((resolve) => {
    execFile(join(folder, 'tartan'), args, { env }, (error, out, said) =>
      resolve({ code: error?.code ?? 0, out, said }),
    )
  })
}

describe('an install that did not succeed says why, and the same command repairs it', () => {
  test.each([
    [
      'a full disk',
      `${WHOLE}; echo npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left`,
      'disk is full',
    ],
    ['a full cache', 'echo npm error code ENOSPC; exit 1', 'the disk is full'],
    ['no network', 'echo npm error code EAI_AGAIN; exit 1', 'mend the network'],
    [
      'a network that went before the optional packages came',
      `${install('one')}; echo npm http fetch GET two attempt 3 failed with ECONNRESET`,
      'node_modules/two',
    ],
    ['a file in the way', 'echo npm error EISDIR; exit 1', 'Mend what it says above'],
  ])('%s', async (_, npm, sentence) => {
    const first = await tartan(npm)
    expect(first).toMatchObject({ code: 1, out: '', said: expect.stringContaining(sentence) })
    expect(await tartan(WHOLE)).toMatchObject({ code: 0, out: 'it runs' })
    expect(await tartan('exit 1')).toEqual({ code: 0, out: 'it runs', said: '' })
  })
})

test('a cache that cannot be written is not npm’s: it has one of its own', async () => {
  const npm = `echo "$npm_config_cache" > cache; ${WHOLE}`
  expect(await tartan(npm, { cache: '/proc/none' })).toMatchObject({ code: 0, out: 'it runs' })
  expect(readFileSync(join(folder, 'cache'), 'utf8')).toBe(`${join(folder, '.tartan/npm-cache')}\n`)
})

test('an option that Node has too is ours', async () => {
  write('src/cli/main.ts', `process.stdout.write(process.argv.slice(2).join(' '))`)
  const args = ['check', '--env-file', '/nope', '--title', 'x']
  expect(await tartan(WHOLE, { args })).toMatchObject({ code: 0, out: args.join(' ') })
})

describe('one install at a time', () => {
  test.each([
    ['nobody has', '4194305:1 4194306:1'],
    ['another process has now', `${process.pid}:1`],
  ])(
    'the lock of an installer that was killed, whose number %s, is taken over',
    async (_, held) => {
      mkdirSync(join(folder, '.tartan'))
      symlinkSync(held, join(folder, '.tartan/install.lock'))
      expect(await tartan(WHOLE)).toMatchObject({ code: 0, out: 'it runs' })
      expect(existsSync(join(folder, '.tartan/install.lock'))).toBe(false)
    },
  )

  test('two at once install once', async () => {
    const npm = `echo x >> count; sleep 0.3; ${WHOLE}`
    const both = await Promise.all([tartan(npm), tartan(npm)])
    expect(both.map(({ code, out }) => [code, out])).toEqual([
      [0, 'it runs'],
      [0, 'it runs'],
    ])
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('x\n')
  })
})
