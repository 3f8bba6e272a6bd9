import { expect, test } from 'vitest'
import { createAttemptLog, logLinesMax } from '../../src/engine/pump/attempt-log.ts'
import {
  mask,
  maskSecrets,
  mergePatch,
  restoreMasked,
  scrubber,
  secretsOf,
} from '../../src/engine/connector/configuration.ts'
import { parseExact } from '../../src/std/exact-json.ts'
import { nameStreams } from '../../src/engine/connection/naming.ts'
import { jobRetryPolicy, retryDelayMs } from '../../src/engine/job/retry.ts'
import { cronSchedule, nextRunMs } from '../../src/engine/connection/schedule.ts'
import { createStateLedger } from '../../src/engine/pump/state-ledger.ts'
import { stateFile } from '../../src/engine/connection/state-file.ts'

/** Thursday. */
const start = Date.parse('2026-01-01T00:00:30Z')

function next(cronExpression: string, times = 1): string[] {
  const found: string[] = []
  let at: number | undefined = start
  for (let i = 0; i < times && at !== undefined; i++) {
    at = nextRunMs({ scheduleType: 'cron', cronExpression }, at)
    if (at !== undefined) found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

test.each([
  ['0 0 */6 * * ?', ['2026-01-01T06:00', '2026-01-01T12:00']],
  ['0 0 0/5 * * ?', ['2026-01-01T05:00', '2026-01-01T10:00']],
  ['0 0 12 ? * 1', ['2026-01-04T12:00', '2026-01-11T12:00']], // Sunday is 1
  ['0 0 12 ? * 7', ['2026-01-03T12:00']], // and Saturday 7
  ['0 0 12 ? * 2-6', ['2026-01-01T12:00', '2026-01-02T12:00', '2026-01-05T12:00']],
  ['0 0 12 ? * MON', ['2026-01-05T12:00']],
  ['0 0 12 ? * SAT-MON', ['2026-01-03T12:00', '2026-01-04T12:00', '2026-01-05T12:00']],
  ['0 0 12 ? * 6#3', ['2026-01-16T12:00']], // the third Friday
  ['0 0 12 ? * 6L', ['2026-01-30T12:00']], // the last Friday
  ['0 0 12 ? * L', ['2026-01-03T12:00']],
  ['0 0 12 L * ?', ['2026-01-31T12:00', '2026-02-28T12:00']],
  ['0 0 12 LW * ?', ['2026-01-30T12:00']],
  ['0 0 22-2 * * ?', ['2026-01-01T01:00', '2026-01-01T02:00', '2026-01-01T22:00']],
  ['0 30 8 1 NOV-FEB ?', ['2026-01-01T08:30', '2026-02-01T08:30', '2026-11-01T08:30']],
  ['0 0 12 1 1 ? 2028', ['2028-01-01T12:00']],
  ['0 0 12 1 1 ? 2027/2', ['2027-01-01T12:00', '2029-01-01T12:00']],
  ['0 */4 * * *', ['2026-01-01T04:00', '2026-01-01T08:00']], // five fields: standard cron
  ['0 12 * * 1', ['2026-01-05T12:00']], // whose Monday is 1
  ['0 12 * * 7', ['2026-01-04T12:00']], // and whose Sunday is 0 and 7
  ['0 6 * * * Europe/Paris', ['2026-01-01T05:00']],
  ['0 0 6 * * ? UTC', ['2026-01-01T06:00']],
])('the cron expression %s runs at %j', (expression, times) => {
  expect(cronSchedule(expression, start)).toEqual({
    scheduleType: 'cron',
    cronExpression: expression,
  })
  expect(next(expression, times.length)).toEqual(times)
})

const sixOrSeven = /has \d fields. Quartz has six or seven/
test.each([
  ['0 * * * * ?', /one hour minimum/],
  ['* 0 * * * ?', /one hour minimum/],
  ['0 0/30 * * * ?', /one hour minimum/],
  ['0 0,30 * * * ?', /one hour minimum/],
  ['*/5 * * * *', /one hour minimum/],
  ['0 */5 * * * ? Europe/Paris', /one hour minimum/],
  ['hourly', sixOrSeven],
  ['', sixOrSeven],
  ['0 0 25 * * ?', /not valid: its hour is 25, of 0 to 23/],
  ['0 0 6 ? * 8', /not valid: its weekday is 8, of 1 to 7/],
  ['0 0 6 ? * 2-8', /its weekday is 8/],
  ['0 0 6 ? * 8L', /its weekday is 8/],
  ['0 0 6 ? * 8#2', /its weekday is 8/],
  ['0 0 6 ? * 0', /its weekday is 0/],
  ['0 0 6 * 13 ?', /its month is 13, of 1 to 12/],
  ['0 0 6 32 * ?', /its day of the month is 32/],
  ['0 6 * * 8', /not valid: .*: 8/],
  ['CRON_TZ=Europe/Paris 0 0 6 * * ?', /behind them: 0 0 6 \* \* \? Europe\/Paris$/],
  ['TZ=UTC 0 6 * * *', /behind them: 0 6 \* \* \* UTC$/],
  ['0 0 12 30 2 ?', /never runs again/],
  ['0 0 12 1 1 ? 1999', /never runs again/],
  ['0 0 12 * * ? 2026 7', sixOrSeven],
  ['0 20 0 * * ? Europe/Pari', /names the time zone Europe\/Pari, which is none/],
])('the cron expression "%s" is refused, and the reason is true', (expression, reason) => {
  expect(() => cronSchedule(expression, start)).toThrow(reason)
})

const runs = (cronExpression: string, from: string, times: number): string[] => {
  let at = Date.parse(from)
  return Array.from({ length: times }, () => {
    at = nextRunMs({ scheduleType: 'cron', cronExpression }, at) ?? NaN
    return new Date(at).toISOString().slice(0, 16)
  })
}

test('a time zone behind the fields holds on both sides of a change of clocks', () => {
  const east = nextRunMs({ scheduleType: 'cron', cronExpression: '0 20 0 * * ? +02:00' }, 0)
  expect(new Date(east ?? 0).toISOString()).toBe('1970-01-01T22:20:00.000Z')
  for (const expression of ['0 20 0 * * ? Europe/Paris', '0 20 0 * * ? * europe/paris']) {
    expect(runs(expression, '2026-03-27T12:00Z', 3)).toEqual([
      '2026-03-27T23:20',
      '2026-03-28T23:20',
      '2026-03-29T22:20',
    ])
    expect(runs(expression, '2026-10-23T12:00Z', 3)).toEqual([
      '2026-10-23T22:20',
      '2026-10-24T22:20',
      '2026-10-25T23:20',
    ])
  }
})

test('a local time that does not exist, or exists twice, runs once that day', () => {
  const expression = '0 30 2 * * ? Europe/Paris'
  expect(runs(expression, '2026-03-28T12:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  expect(runs(expression, '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
})

test('a basic schedule runs after its interval', () => {
  const every = { scheduleType: 'basic', units: 6, timeUnit: 'hours' } as const
  expect(nextRunMs(every, start)).toBe(start + 6 * 3_600_000)
})

const complete = { kind: 'transient', partial: false } as const
const partial = { kind: 'transient', partial: true } as const
const times = <T>(n: number, one: T): T[] => Array.from({ length: n }, () => one)

test.each([
  ['the first failure waits 10 s', times(1, complete), 10_000],
  ['the second 30 s', times(2, complete), 30_000],
  ['the fourth 270 s', times(4, complete), 270_000],
  ['five in a row are the end', times(5, complete), undefined],
  ['progress waits for nothing', times(1, partial), 0],
  ['and begins the count again', [...times(4, complete), partial, complete], 10_000],
  [
    'ten in all are the end',
    [...times(4, complete), partial, ...times(4, complete), partial, ...times(2, complete)],
    undefined,
  ],
  ['twenty with progress are the end', times(20, partial), undefined],
  ['a wrong configuration is the end', [{ kind: 'config', partial: true } as const], undefined],
  ['so is a cancelled attempt', [{ kind: 'cancelled', partial: false } as const], undefined],
  ['a lost worker is replaced at once', [{ kind: 'lost', partial: false } as const], 0],
  ['but not for ever', times(2, { kind: 'lost', partial: false } as const), 10_000],
  ['an expired state is read anew at once', [{ kind: 'expired', partial: false } as const], 0],
])('retries: %s', (_what, attempts, delay) => {
  expect(retryDelayMs(jobRetryPolicy, attempts)).toBe(delay)
})

const schema = {
  type: 'object',
  properties: {
    host: { type: 'string' },
    password: { type: 'string', airbyte_secret: true },
    list: {
      type: 'array',
      items: { type: 'object', properties: { key: { airbyte_secret: true } } },
    },
    mode: {
      oneOf: [
        { properties: { mode: { const: 'a' } } },
        { properties: { mode: { const: 'b' }, token: { airbyte_secret: true } } },
      ],
    },
  },
}
const configuration = {
  host: 'h',
  port: 5,
  password: 'p4ssword',
  list: [{ key: 'k1-secret', name: 'x' }],
  mode: { mode: 'b', token: 't0k-secret' },
}

test('L5: secrets are masked wherever the specification puts them, and nothing else is', () => {
  expect(maskSecrets(schema, configuration)).toEqual({
    host: 'h',
    port: 5,
    password: mask,
    list: [{ key: mask, name: 'x' }],
    mode: { mode: 'b', token: mask },
  })
  expect(secretsOf(schema, configuration)).toEqual(['p4ssword', 'k1-secret', 't0k-secret'])
})

test('L5: without a specification every text is masked', () => {
  expect(maskSecrets(undefined, { a: 'x', n: 1, deep: [{ b: 'y' }] })).toEqual({
    a: mask,
    n: 1,
    deep: [{ b: mask }],
  })
})

test('a mask that comes back means the secret that is there', () => {
  expect(restoreMasked(configuration, maskSecrets(schema, configuration))).toEqual(configuration)
  expect(restoreMasked({}, { password: mask })).toEqual({ password: mask })
})

const [a, b] = ['a', 'b'].map((user) => ({ user, hosts: [user, 'h'], pw: `${user}-secret` }))
const [maskedA, maskedB] = [a, b].map((one) => ({ ...one, pw: mask }))
const more = { user: 'c', hosts: [], pw: 'c-secret' }

test.each([
  ['as it was', [a, b], [maskedA, maskedB], [a, b]],
  ['the first taken out', [a, b], [maskedB], [b]],
  ['turned round', [a, b], [maskedB, maskedA], [b, a]],
  ['one put before', [a, b], [more, maskedA, maskedB], [more, a, b]],
  [
    'an entry changed',
    [a, b],
    [{ ...maskedA, user: 'b' }, maskedB],
    [{ ...maskedA, user: 'b' }, b],
  ],
  ['a part of it gone', [a], [{ user: 'a', pw: mask }], [{ user: 'a', pw: mask }]],
  ['alike, as they were', ['s1', 's2'], [mask, mask], ['s1', 's2']],
  ['alike, one taken out', ['s1', 's2'], [mask], [mask]],
  ['alone, with one put after', ['s1'], [mask, 's2'], ['s1', 's2']],
  ['none there', undefined, [mask], [mask]],
])('a mask in a list is kept where it is certain whose it is: %s', (_what, old, sent, kept) => {
  expect(restoreMasked({ list: old }, { list: sent })).toEqual({ list: kept })
})

test('a patch merges objects, replaces the rest and takes nulls out', () => {
  const patch = { port: null, list: [], mode: { mode: 'a' } }
  expect(mergePatch(configuration, patch)).toEqual({
    host: 'h',
    password: 'p4ssword',
    list: [],
    mode: { mode: 'a', token: 't0k-secret' },
  })
})

test('L9: an attempt keeps so many lines, the last of them for warnings and errors', () => {
  const log = createAttemptLog(scrubber(['hush-hush']))
  for (let i = 0; i < 10_000; i++) log.write('source', 'INFO', `line ${i} hush-hush`)
  log.write('source', 'ERROR', 'bad\u0000')
  const { first, lines } = log.take()
  expect(first).toBe(0)
  expect(lines.length).toBeLessThanOrEqual(logLinesMax)
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d source INFO line 0 \*{10}$/)
  expect(lines.at(-1)).toMatch(/ source ERROR bad$/)
})

test('L3: a state that comes back proves the records before it, and only once', () => {
  const names = nameStreams(
    { namespaceDefinition: 'destination', namespaceFormat: null, prefix: '' },
    [{ name: 'a', namespace: 'n' }, { name: 'b' }],
  )
  const ledger = createStateLedger(names)
  const of = (name: string, n: number, namespace?: string) => ({
    type: 'STREAM' as const,
    stream: {
      stream_descriptor: { name, ...(namespace ? { namespace } : {}) },
      stream_state: { n },
    },
  })
  ledger.count(0, 5, 50)
  const first = ledger.send(of('a', 1, 'n'))
  expect(first).toMatchObject({
    id: 1,
    sourceStats: { recordCount: 5 },
    stream: { stream_descriptor: { name: 'a' } },
  })
  ledger.count(0, 2, 20)
  const second = ledger.send(of('a', 2, 'n'))
  expect(ledger.send(of('stranger', 1))).toBeUndefined()
  expect(ledger.accept(second!)).toEqual({
    kinds: ['stream'],
    rows: [{ kind: 'stream', name: 'a', namespace: 'n', state: '{"n":2}' }],
    tables: [{ index: 0, table: null }],
  })
  expect(ledger.accept(first!)).toBeUndefined()
  expect(ledger.accept({ ...first!, id: 99 })).toBeUndefined()
  expect(ledger.stats()[0]).toMatchObject({
    recordsEmitted: 7,
    recordsCommitted: 7,
    statesEmitted: 2,
  })
  expect(ledger.stats()[1]).toMatchObject({ recordsEmitted: 0, recordsCommitted: 0 })
})

test('what the destination says that it committed counts, with states or without', () => {
  const rule = { namespaceDefinition: 'destination', namespaceFormat: null, prefix: 'my_' } as const
  const ledger = createStateLedger(nameStreams(rule, [{ name: 'a' }, { name: 'b' }]))
  const told = (name: string, recordCount: number, rejectedRecordCount?: number) =>
    ledger.told(JSON.stringify({ stream_descriptor: { name }, recordCount, rejectedRecordCount }))
  ledger.count(0, 10, 1000)
  ledger.count(1, 4, 40)
  told('my_a', 6, 2)
  expect(ledger.stats()).toMatchObject([
    { recordsEmitted: 10, recordsCommitted: 6, bytesCommitted: 800, recordsRejected: 2 },
    { recordsCommitted: 0, recordsRejected: 0 },
  ])
  const nulled = [{ field: 'f', reason: 'r', count: 3 }, null, { field: 1 }]
  const of_ = { stream_descriptor: { name: 'my_a' }, recordCount: 6, rejectedRecordCount: 2 }
  ledger.told(JSON.stringify({ ...of_, nulled }))
  expect(ledger.stats()[0]?.nulled).toEqual([{ field: 'f', reason: 'r', count: 3 }])
  // Older, unknown, more than there was, and nonsense.
  told('my_a', 1, 2)
  told('a', 9)
  told('my_b', 99)
  ledger.told('{"recordCount":')
  const of = { stream_descriptor: { name: 'b' }, stream_state: {} }
  const sent = ledger.send({ type: 'STREAM', stream: of })
  ledger.accept({ ...sent, destinationStats: { recordCount: 3, rejectedRecordCount: 1 } })
  expect(ledger.stats()).toMatchObject([
    { recordsCommitted: 6 },
    { recordsCommitted: 3, recordsRejected: 1 },
  ])
  ledger.commitAll()
  expect(ledger.stats()).toMatchObject([{ recordsCommitted: 8 }, { recordsCommitted: 3 }])
})

test('L3: a state comes back with the tables of the streams that it speaks for', () => {
  const rule = { namespaceDefinition: 'destination', namespaceFormat: null, prefix: 'my_' } as const
  const ledger = createStateLedger(nameStreams(rule, [{ name: 'a' }, { name: 'b' }]))
  const table = { incarnation: 'i', commits: 2 }
  const of = { stream_descriptor: { name: 'a' }, stream_state: {} }
  const one = ledger.send({ type: 'STREAM', stream: of })
  expect(ledger.accept({ ...one, destination_table: table })?.tables).toEqual([{ index: 0, table }])
  const all = ledger.send({ type: 'GLOBAL', global: { stream_states: [] } })
  const destination_tables = [{ stream_descriptor: { name: 'my_b' }, ...table }]
  expect(ledger.accept({ ...all, destination_tables })?.tables).toEqual([
    { index: 0, table: null },
    { index: 1, table },
  ])
})

test('states of all kinds go back to the source as they were', () => {
  const big = '{"n":12345678901234567890,"x":1.0}'
  const stream = { kind: 'stream', name: 'a', namespace: '', state: big } as const
  const shared = { kind: 'shared', name: '', namespace: '', state: '{"lsn":1}' } as const
  const descriptor =
    '{"stream_descriptor":{"name":"a"},"stream_state":{"n":12345678901234567890,"x":1.0}}'
  expect(stateFile([])).toBeUndefined()
  expect(stateFile([stream])).toBe(`[{"type":"STREAM","stream":${descriptor}}]`)
  expect(stateFile([shared, stream])).toBe(
    `[{"type":"GLOBAL","global":{"shared_state":{"lsn":1},"stream_states":[${descriptor}]}}]`,
  )
  expect(stateFile([{ ...shared, kind: 'legacy' }])).toBe('{"lsn":1}')
  expect(JSON.stringify(parseExact(big))).toBe(big)
})
