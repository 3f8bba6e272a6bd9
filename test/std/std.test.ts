import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classify, ConfigError, TransientError } from '../../src/std/errors.ts'
import { lines } from '../../src/std/jsonl.ts'
import { readOptions } from '../../src/std/options.ts'
import { backoffMs, retry } from '../../src/std/retry.ts'
import { newSealingKeyText, seal, sealingKey, Secret, unseal } from '../../src/std/secrets.ts'

describe('L5 a secret', () => {
  test('prints as dots wherever it is printed', () => {
    const secret = new Secret('canary')
    const printed = [JSON.stringify({ secret }), inspect({ secret }), String(secret)]
    expect(printed.filter((text) => text.includes('canary'))).toEqual([])
  })

  test('opens only with its key and for its owner', () => {
    const key = sealingKey(newSealingKeyText())
    const sealed = seal(key, 'item-1', new Secret('access-token'))
    expect(sealed).not.toContain('access-token')
    expect(unseal(key, 'item-1', sealed).reveal()).toBe('access-token')
    expect(() => unseal(key, 'item-2', sealed)).toThrow(/does not belong/)
    expect(() => unseal(sealingKey(newSealingKeyText()), 'item-1', sealed)).toThrow(
      /right key file/,
    )
  })

  test('is sealed with another nonce each time', () => {
    const key = sealingKey(newSealingKeyText())
    const sealed = Array.from({ length: 50 }, () => seal(key, 'a', new Secret('same')))
    expect(new Set(sealed).size).toBe(50)
  })
})

describe('lines', () => {
  test('however the bytes are cut into chunks, the lines are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (wanted, cuts) => {
          const bytes = Buffer.from(wanted.map((line) => `${line}\n`).join(''))
          const seen: string[] = []
          for await (const line of lines(chunked(bytes, cuts))) seen.push(line.toString())
          expect(seen).toEqual(wanted)
        },
      ),
    )
  })

  test('a line without end is refused, not collected', async () => {
    const endless = lines(chunked(Buffer.alloc(100), [10]), 50)
    await expect(endless.next()).rejects.toMatchObject({ code: 'LINE_TOO_LONG' })
  })
})

async function* chunked(bytes: Buffer, cuts: number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = cuts[i % cuts.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

describe('trying again', () => {
  const policy = { triesMax: 4, firstDelayMs: 100, delayMsMax: 1000, factor: 3 }
  const still = { now: () => 0, sleep: async () => {} }

  test('the pause grows, stays within its bound and is never less than half', () => {
    const pauses = [1, 2, 3, 4].map((attempt) => backoffMs(policy, attempt, () => 0))
    expect(pauses).toEqual([50, 150, 450, 500])
    expect(backoffMs(policy, 4, () => 1)).toBe(1000)
  })

  test('only what is transient is tried again, and only so often', async () => {
    let tries = 0
    const failing = (error: Error) => () => {
      tries++
      throw error
    }
    await expect(
      retry(policy, failing(new TransientError('DOWN', 'down')), { clock: still }),
    ).rejects.toMatchObject({ code: 'DOWN' })
    expect(tries).toBe(4)
    tries = 0
    await expect(
      retry(policy, failing(new ConfigError('BAD', 'bad')), { clock: still }),
    ).rejects.toMatchObject({ code: 'BAD' })
    expect(tries).toBe(1)
  })

  test('a refused connection is transient even where fetch hides it', () => {
    const socket = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(classify(new TypeError('fetch failed', { cause: socket })).kind).toBe('transient')
  })
})

describe('options', () => {
  const table = {
    port: {
      type: 'integer',
      env: 'PORT',
      default: 80,
      min: 1,
      max: 65535,
      doc: 'a port',
      group: 'g',
    },
    mode: { type: 'choice', env: 'MODE', choices: ['a', 'b'], default: 'a', doc: 'm', group: 'g' },
    key: { type: 'secret', env: 'KEY', doc: 'k', group: 'g' },
  } as const

  test('what is not given has its default, what is empty counts as not given', () => {
    const options = readOptions(table, { PORT: ' ', KEY: 'hidden' })
    expect(options.port).toBe(80)
    expect(options.mode).toBe('a')
    expect(options.key?.reveal()).toBe('hidden')
  })

  test('a wrong value names its variable', () => {
    expect(() => readOptions(table, { PORT: '80a' })).toThrow(/PORT must be a whole number/)
    expect(() => readOptions(table, { MODE: 'c' })).toThrow(/MODE must be one of a, b/)
  })
})
