// What a person chooses from: everything that a source has, what is new in it, and when a schedule
// would run.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const ask = async (engine: Engine, path: string, body: object): Promise<Loose> => {
  const answer = await engine.config(path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

test('a connection is shown with every stream and field, chosen or not', async () => {
  await using engine = await startEngine()
  const streams = [
    {
      name: 'numbers',
      syncMode: 'incremental_deduped_history',
      selectedFields: [{ fieldPath: ['n'] }],
    },
  ]
  const connectionId = await engine.connect({ things: true }, {}, { configurations: { streams } })
  const body = await ask(engine, '/web_backend/connections/get', { connectionId })
  const [numbers, things] = body.syncCatalog.streams
  expect(Object.keys(numbers.stream.jsonSchema.properties)).toContain('note')
  expect(numbers.config).toMatchObject({
    selected: true,
    syncMode: 'incremental',
    destinationSyncMode: 'append_dedup',
    fieldSelectionEnabled: true,
  })
  const fields = numbers.config.selectedFields.map((one: Loose) => one.fieldPath[0])
  expect(fields).toContain('n')
  expect(fields).not.toContain('note')
  expect(things).toMatchObject({
    stream: { name: 'things' },
    config: { selected: false, syncMode: 'full_refresh', destinationSyncMode: 'overwrite' },
  })
  expect(body.catalogDiff).toBeUndefined()
  expect(
    (await ask(engine, '/connections/get', { connectionId })).syncCatalog.streams,
  ).toHaveLength(1)
})

test('asked again, a source tells what is new, what is gone, and whether that breaks a sync', async () => {
  await using engine = await startEngine()
  const offers = join(engine.folder, 'offers')
  const connectionId = await engine.connect({ offers })
  const refreshed = { connectionId, withRefreshedCatalog: true }
  const same = await ask(engine, '/web_backend/connections/get', refreshed)
  expect(same).toMatchObject({
    catalogDiff: { transforms: [] },
    breakingChange: false,
    schemaChange: 'no_change',
  })
  await writeFile(
    offers,
    JSON.stringify({ fields: { extra: { type: 'string' } }, gone: ['note'], streams: ['more'] }),
  )
  const changed = await ask(engine, '/web_backend/connections/get', refreshed)
  expect(changed).toMatchObject({ breakingChange: false, schemaChange: 'non_breaking' })
  expect(changed.catalogDiff.transforms).toEqual([
    {
      transformType: 'update_stream',
      streamDescriptor: { name: 'numbers' },
      updateStream: {
        fieldTransforms: [
          { transformType: 'remove_field', fieldName: ['note'] },
          { transformType: 'add_field', fieldName: ['extra'] },
        ],
      },
    },
    { transformType: 'add_stream', streamDescriptor: { name: 'more' } },
  ])
  expect(
    changed.syncCatalog.streams.map((one: Loose) => [one.stream.name, one.config.selected]),
  ).toEqual([
    ['numbers', true],
    ['more', false],
  ])
  await writeFile(offers, JSON.stringify({ gone: ['id'] }))
  const [source] = (await engine.call('GET', '/sources')).body.data
  const broken = await ask(engine, '/sources/discover_schema', {
    sourceId: source.sourceId,
    connectionId,
    disable_cache: true,
  })
  expect(broken).toMatchObject({ breakingChange: true, schemaChange: 'breaking' })
  expect(broken.breakingReason).toContain('numbers')
  await writeFile(offers, JSON.stringify({ without: ['numbers'], streams: ['more'] }))
  const gone = await ask(engine, '/web_backend/connections/get', refreshed)
  expect(gone.breakingChange).toBe(true)
  expect(gone.catalogDiff.transforms).toContainEqual({
    transformType: 'remove_stream',
    streamDescriptor: { name: 'numbers' },
  })
  const after = await ask(engine, '/connections/get', { connectionId })
  expect([after.status, after.breakingChange]).toEqual(['active', false])
})

test('a source alone says what it offers, without a difference to anything', async () => {
  await using engine = await startEngine()
  await engine.connect({ things: true })
  const [{ sourceId }] = (await engine.call('GET', '/sources')).body.data
  const body = await ask(engine, '/sources/discover_schema', { sourceId })
  expect(body.catalog.streams.map((one: Loose) => one.stream.name)).toEqual(['numbers', 'things'])
  expect(body.catalogDiff).toBeUndefined()
  expect(body.jobInfo).toMatchObject({ configType: 'discover_schema', succeeded: true })
})

test('a cron expression tells its next runs, in its zone, or why it is none', async () => {
  await using engine = await startEngine()
  const describe = (cronExpression: string, more = {}) =>
    ask(engine, '/web_backend/describe_cron_expression', { cronExpression, ...more })
  const daily = await describe('0 30 9 * * ?', { cronTimeZone: 'America/New_York' })
  expect(daily).toMatchObject({ isValid: true, cronTimeZone: 'America/New_York' })
  expect(daily.nextExecutions).toHaveLength(5)
  const hours = new Intl.DateTimeFormat('en', {
    timeZone: 'America/New_York',
    timeStyle: 'short',
    hourCycle: 'h23',
  })
  for (const at of daily.nextExecutions) expect(hours.format(at * 1000)).toBe('09:30')
  expect(await describe('0 30 9 * * ? Europe/Paris')).toMatchObject({
    cronTimeZone: 'Europe/Paris',
  })
  const fast = await describe('0 * * * * ?')
  expect(fast).toMatchObject({ isValid: false, nextExecutions: [], cronTimeZone: 'UTC' })
  expect(fast.validationErrorMessage).toContain('less than the one hour minimum')
  expect(await describe('0 0 9 * * ?', { cronTimeZone: 'Mars/Base' })).toMatchObject({
    isValid: false,
  })
  const last = await describe('0 0 0 31 12 ? 2098-2099')
  expect(last.nextExecutions).toHaveLength(2)
})
