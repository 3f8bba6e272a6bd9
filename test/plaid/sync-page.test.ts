// A page that is cut into records says what the page says that is parsed whole, whatever it is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutPage, parseAnswer, Records } from '../../src/plaid/sync-page.ts'
import { exactText } from '../../src/std/exact-json.ts'

interface Told {
  page?: unknown
  refused?: true
}

/**
 * With each number as its digits, every one of them. Where a text has a number that a double would
 * change, all of its numbers keep their own text, 12.50 too; of a page that is cut that text is a
 * record.
 */
function inDigits(value: unknown): unknown {
  const number = exactText(value)
  if (number !== undefined) return { digits: digitsOf(number) }
  if (Array.isArray(value)) return value.map(inDigits)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inDigits(each)]))
}

function digitsOf(number: string): string {
  const [, sign, whole, part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const all = `${whole}${part}`.replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  const scale = Number(exponent) - part.length + all.length - digits.length
  return digits === '' ? '0' : `${sign}${digits}e${scale}`
}

function told(read: () => unknown): Told {
  try {
    return { page: inDigits(read()) }
  } catch (error) {
    expect(error).toMatchObject({ code: 'PLAID_NOT_JSON' })
    return { refused: true }
  }
}

/** With its records; undefined where it is to be parsed whole. */
function cut(bytes: Buffer): Told | undefined {
  let isCut = true
  const answer = told(() => {
    const page = cutPage(bytes)
    if (page === undefined) isCut = false
    return Object.fromEntries(
      Object.entries(page ?? {}).map(([name, value]) => {
        if (!(value instanceof Records)) return [name, value as unknown]
        const records = [...value]
        expect(records).toHaveLength(value.length)
        return [name, records]
      }),
    )
  })
  return isCut ? answer : undefined
}

const whole = (bytes: Buffer) => told(() => parseAnswer(bytes))

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('"', '\\', '\\"', '}', ']', '{"added":[', 'é', '\u2028', 'added'),
)
// No backslash in a name: behind an object that has one alone for a name, the JSON.parse of
// Node.js 24 takes a quote for it, so what it says depends on what it has read before.
const key = text.filter((each) => !each.includes('\\'))
const json = fc.jsonValue({ maxDepth: 3 }).filter((each) => !JSON.stringify(each).includes('\\'))
const value = fc.oneof(text, json, fc.double({ noNaN: true }))
const record = fc.dictionary(key, value, { maxKeys: 4 })
const list = fc.oneof(
  { weight: 8, arbitrary: fc.array(record, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }) },
  { weight: 1, arbitrary: value },
)
const name = fc.oneof(fc.constantFrom('added', 'modified', 'removed', 'has_more'), key)
const entries = fc.array(fc.tuple(name, list), { maxLength: 6 })
const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n')

/** Names may come twice, as in JSON they may; numbers with more digits than a double has. */
const pages = fc.tuple(entries, space, space, fc.boolean()).map(([pairs, a, b, isLong]) => {
  const fields = pairs.map(([called, each]) => {
    const plain = JSON.stringify(each)
    const written = isLong
      ? plain.replaceAll(/(?<=[:,[])(\d+)(?=[,\]}])/g, '$1.00000000000000000001')
      : plain
    return `${a}${JSON.stringify(called)}${b}:${a}${written.replaceAll('},{', `}${b},${a}{`)}${b}`
  })
  return Buffer.from(`${b}{${a}${fields.join(',')}}${b}`)
})

const runs = { numRuns: 3_000 }

describe('a page, cut', () => {
  test('says the same as one that is parsed whole', () => {
    let cuts = 0
    fc.assert(
      fc.property(pages, (bytes) => {
        const answer = cut(bytes)
        if (answer) cuts++
        if (answer) expect(answer).toEqual(whole(bytes))
      }),
      runs,
    )
    expect(cuts).toBeGreaterThan(runs.numRuns / 4)
  })

  test('says the same where one record alone has a number that is kept to the last digit', () => {
    for (const other of ['12.50', '-6.5423543993270', '1e2', '0.0', '-0']) {
      const long = '0.00000000000000000001'
      const bytes = Buffer.from(`{"":[${other}],"added":[{"a":${long}},{"b":${other}}]}`)
      expect(cut(bytes)).toBeDefined()
      expect(cut(bytes)).toEqual(whole(bytes))
    }
    expect(digitsOf('12.50')).toBe(digitsOf('125e-1'))
    expect(digitsOf('0.00000000000000000001')).not.toBe(digitsOf('0.000000000000000000011'))
  })

  test('is refused where that one is, whichever bytes are missing, changed or too many', () => {
    const damage = fc.record({
      at: fc.nat(400),
      removed: fc.nat(3),
      put: fc.oneof(
        fc
          .constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', '\ufeff', '\0')
          .map((char) => Buffer.from(char)),
        fc.uint8Array({ maxLength: 2 }).map((each) => Buffer.from(each)),
      ),
    })
    fc.assert(
      fc.property(pages, damage, (bytes, { at, removed, put }) => {
        const place = at % (bytes.length + 1)
        const damaged = Buffer.concat([
          bytes.subarray(0, place),
          put,
          bytes.subarray(place + removed),
        ])
        const answer = cut(damaged)
        if (answer) expect(answer).toEqual(whole(damaged))
      }),
      runs,
    )
  })

  test('is cut where Plaid writes it, and no list is taken from within', () => {
    const page = {
      accounts: [{ added: [{ a: 1 }] }],
      added: [{ transaction_id: 'a', amount: 1.5, location: { added: [] } }, { name: '"}],{' }],
      modified: [],
      removed: [{ transaction_id: 'r' }],
      next_cursor: 'c',
      has_more: false,
    }
    for (const indent of [0, 2]) {
      const bytes = Buffer.from(JSON.stringify(page, null, indent))
      expect(cutPage(bytes)).toMatchObject({ added: expect.any(Records) as Records })
      expect(cut(bytes)).toEqual({ page: inDigits(page) })
    }
  })
})
