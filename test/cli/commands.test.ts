// What holds for every command, as they are registered, so that none can be forgotten: its help
// names what it takes, what it does not know is refused, a list has JSON, and where nothing runs
// that is said in a sentence.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exitCodeOf, exitCodes } from '../../src/cli/exit.ts'
import { createProgram, nameOf } from '../../src/cli/program.ts'
import { showProgress } from '../../src/cli/progress.ts'
import { lists, registered } from '../support/commands.ts'
import { ConfigError, SystemError, TransientError } from '../../src/std/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'tartan commands '))
const given = process.env['TARTAN_DATA_DIR']
beforeEach(() => void (process.env['TARTAN_DATA_DIR'] = folder))
afterAll(() => {
  if (given === undefined) delete process.env['TARTAN_DATA_DIR']
  else process.env['TARTAN_DATA_DIR'] = given
  rmSync(folder, { recursive: true })
})

const names = registered().map(nameOf)

/** Runs it in this process; what it wrote, and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  const program = await createProgram(args)
  const written = { out: '', said: '' }
  const write = (to: 'out' | 'said') => (chunk: string | Uint8Array) => {
    written[to] += String(chunk)
    return true
  }
  const output = { writeOut: write('out'), writeErr: write('said') }
  const all = [program, ...program.commands.flatMap((one) => [one, ...one.commands])]
  for (const one of all) one.configureOutput(output)
  vi.spyOn(process.stdout, 'write').mockImplementation(write('out'))
  vi.spyOn(process.stderr, 'write').mockImplementation(write('said'))
  try {
    await program.parseAsync(args, { from: 'user' })
    return { code: 0, ...written }
  } catch (error) {
    return { code: exitCodeOf(error), ...written }
  } finally {
    vi.restoreAllMocks()
  }
}

/** What stands for each of its arguments. */
function argsOf(name: string): string[] {
  const command = registered().find((one) => nameOf(one) === name)
  return (command?.registeredArguments ?? []).map(({ argChoices }) => argChoices?.[0] ?? '2')
}

describe.each(names)('%s', (name) => {
  const words = name.split(' ')

  test('has help that names all that it takes, with what it is for', async () => {
    const { code, out } = await run(...words, '--help')
    expect(code).toBe(0)
    expect(out).toContain('--help, with exit codes')
    const command = registered().find((one) => nameOf(one) === name)!
    for (const option of command.options.filter(({ hidden }) => !hidden)) {
      expect(out).toContain(option.flags)
      expect(option.description).not.toBe('')
    }
    for (const { description } of command.registeredArguments) expect(description).not.toBe('')
  })

  test('refuses an option that it does not know, and arguments beyond its own', async () => {
    expect(await run(...words, '--nonsense')).toMatchObject({ code: 2, out: '' })
    const isOpen = registered().some((one) => {
      return nameOf(one) === name && one.registeredArguments.some(({ variadic }) => variadic)
    })
    if (isOpen) return
    expect(await run(...words, ...argsOf(name), 'more')).toMatchObject({ code: 2, out: '' })
  })
})

test('every list has JSON', () => {
  expect(lists().length).toBeGreaterThan(10)
  for (const one of lists()) expect([nameOf(one), isJson(one)]).toEqual([nameOf(one), true])
})

function isJson({ options }: Command): boolean {
  return options.some(({ long }) => long === '--json')
}

/** They begin something, here or in the foreground, whether anything runs or not. */
const beginners = ['init', 'start', 'restore', 'prepare', 'serve', 'test', 'bench']
const needy = names.filter((name) => !beginners.includes(name))

test.each(needy)('%s, where nothing runs, says so in a sentence, or does without', async (name) => {
  const options = name === 'alerts silence' ? ['--reason', 'a', '--hours', '1'] : []
  const json = isJson(registered().find((one) => nameOf(one) === name)!) ? ['--json'] : []
  const { code, out, said } = await run(...name.split(' '), ...argsOf(name), ...options, ...json)
  expect([0, 3, 4, 7], said).toContain(code)
  if (json.length > 0 && out !== '') JSON.parse(out)
  expect(out + said).not.toMatch(/\n\s+at |Error:/)
})

test('exit codes go by the kind of failure, and help tells each', async () => {
  const codes = [
    new SystemError('X', ''),
    new ConfigError('X', ''),
    new TransientError('X', ''),
    new ConfigError('NOT_RUNNING', ''),
    new ConfigError('NOT_CONFIRMED', ''),
    new ConfigError('FORBIDDEN', '', { status: 403 }),
    new Error('nobody classified it'),
  ].map(exitCodeOf)
  expect(codes).toEqual([1, 3, 4, 7, 8, 8, 1])
  const { out } = await run('--help')
  for (const [code, what] of Object.entries(exitCodes)) expect(out).toContain(`${code}  ${what}`)
  expect((await run('keys')).code).toBe(7)
})

test('a number that is none is usage, before anything is asked', async () => {
  for (const args of [
    ['jobs', '--limit', 'x'],
    ['jobs', 'x'],
    ['logs', '--tail', '-1'],
    ['webhooks', '--limit', '1.5'],
    ['audit', '--limit', '0'],
    ['partition', '257'],
    ['alerts', 'silence', 'rule', '--reason', 'a', '--hours', 'x'],
  ]) {
    expect([args, await run(...args)]).toMatchObject([args, { code: 2, out: '' }])
  }
})

test('whoever reads no further ends a command quietly', async () => {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  for (const to of ['stdout', 'stderr'] as const) {
    const args = to === 'stdout' ? ['options', '--json'] : ['nonsense']
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args])
    child[to].destroy()
    const said = text(to === 'stdout' ? child.stderr : child.stdout)
    const [code] = (await once(child, 'exit')) as [number]
    expect([await said, code]).toEqual(['', to === 'stdout' ? 0 : expect.any(Number)])
  }
})

describe('at a terminal', () => {
  afterEach(() => void vi.useRealTimers())

  function terminal(isTTY = true) {
    vi.useFakeTimers()
    const seen: string[] = []
    const write = (chunk: string) => seen.push(chunk) > 0
    const stream = { write, isTTY } as unknown as NodeJS.WriteStream
    return { seen, stream }
  }

  test('work over a second shows that it goes on, until something is said', () => {
    const { seen, stream } = terminal()
    const end = showProgress('verify', stream, stream)
    vi.advanceTimersByTime(2_100)
    expect(seen).toEqual(['\r\u001B[K… verify: 1.0 s', '\r\u001B[K… verify: 2.0 s'])
    stream.write('✓ one bank\n')
    expect(seen.slice(2)).toEqual(['\r\u001B[K', '✓ one bank\n'])
    vi.advanceTimersByTime(900)
    expect(seen).toHaveLength(4)
    end()
    vi.advanceTimersByTime(5_000)
    expect(seen).toHaveLength(4)
  })

  test('a question waits in peace, and a file gets none of it', () => {
    const { seen, stream } = terminal()
    showProgress('erase', stream, stream)
    stream.write('Type its name: ')
    vi.advanceTimersByTime(5_000)
    expect(seen).toEqual(['Type its name: '])
    const file = terminal(false)
    showProgress('erase', file.stream, file.stream)
    vi.advanceTimersByTime(5_000)
    expect(file.seen).toEqual([])
  })
})
