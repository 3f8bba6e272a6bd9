// `setup --target`: an Airbyte elsewhere, brought to airbyte/connection.yaml over HTTP. Airbyte's
// own is modelled (support/fake-airbyte.ts); ours is in the journeys, by the command itself.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalog, streamsOf } from '../../src/catalog/catalog.ts'
import { airbyte } from '../../src/server/airbyte/client.ts'
import { definitionOf } from '../../src/server/airbyte/definition.ts'
import { sourceManifest } from '../../src/server/airbyte/manifest.ts'
import { setUpElsewhere } from '../../src/cli/commands/setup.ts'
import { findTarget } from '../../src/server/airbyte/target.ts'
import { makeKeys } from '../../src/server/keys.ts'
import { readSettings } from '../../src/server/settings.ts'
import { Secret } from '../../src/std/secrets.ts'
import { classify, type ErrorKind } from '../../src/std/errors.ts'
import { FakeAirbyte, fakeClient, type FakeOptions } from '../support/fake-airbyte.ts'

const folder = mkdtempSync(join(tmpdir(), 'tartan elsewhere '))
beforeAll(() => makeKeys(folder))
afterAll(() => rmSync(folder, { recursive: true }))

const env: Record<string, string> = {
  TARTAN_DATA_DIR: folder,
  PLAID_API_URL: 'https://plaid.example.com',
  TARTAN_WAREHOUSE_URL: 'postgres://me:canary-of-warehouse@db.example.com/w?sslmode=require',
  TARTAN_SYNC_CRON: '0 0 5 * * ?',
  AIRBYTE_CLIENT_ID: fakeClient.id,
  AIRBYTE_CLIENT_SECRET: fakeClient.secret,
}

interface Ran {
  said: string
  /** Where it failed. */
  kind?: ErrorKind
  why: string
}

async function setup(
  target: string,
  plan = false,
  more: Record<string, string> = {},
): Promise<Ran> {
  const lines: string[] = []
  const settings = await readSettings({}, { ...env, ...more, TARTAN_ENV_FILE: '/dev/null' })
  const say = (line: string) => void lines.push(line)
  const failure = await setUpElsewhere(settings, { target, plan }, say).then(
    () => undefined,
    (error: unknown) => classify(error),
  )
  const said = lines.join('\n')
  const why = failure?.message ?? ''
  expect(said + why).not.toContain('canary')
  return { said, why, ...(failure ? { kind: failure.kind } : {}) }
}

const made = [
  '✓ connector “Plaid (Tartan)” created',
  '✓ source “Plaid” created',
  '✓ destination “Warehouse” created',
  '✓ connection “Plaid to warehouse” created',
]

describe('one that somebody runs', () => {
  test('is brought there, and a second time nothing is changed but what nobody is shown', async () => {
    await using fake = await FakeAirbyte.start({ limited: 1 })
    const first = await setup(fake.url)
    expect(first.why).toBe('')
    const found = 'Airbyte 2.3.0 (community), workspace “Default”'
    expect(first.said.split('\n')).toEqual([found, ...made])
    expect(fake.manifests).toMatchObject([{ name: 'Plaid (Tartan)', manifest: sourceManifest() }])
    expect(fake.sources[0]?.configuration.base_url).toBe('https://plaid.example.com')
    expect(fake.destinations[0]?.configuration).toMatchObject({
      host: 'db.example.com',
      password: 'canary-of-warehouse',
      ssl_mode: { mode: 'require' },
    })
    expect(fake.connections).toMatchObject([
      {
        sourceId: fake.sources[0]?.sourceId,
        configurations: { streams: streamsOf([]).map(({ name }) => ({ name })) },
      },
    ])

    fake.changes.length = 0
    const second = await setup(fake.url)
    expect(second.said.match(/unchanged/g)).toHaveLength(2)
    expect(second.said).toMatch(/source “Plaid” as it was .* secrets, .* written again/)
    expect(fake.changes).toEqual(['PATCH /sources/ID', 'PATCH /destinations/ID'])
    expect(fake.manifests).toMatchObject([{ version: 1 }])
  })

  test('a plan says what differs and changes nothing; then it is so', async () => {
    await using fake = await FakeAirbyte.start()
    const nothing = await setup(fake.url, true)
    expect(nothing.said.match(/^\+ .* would be created$/gm)).toHaveLength(4)
    expect(fake.changes).toEqual([])

    await setup(fake.url)
    fake.changes.length = 0
    fake.manifests[0].manifest.streams.pop()
    fake.connections[0].configurations.streams.at(-1).syncMode = 'full_refresh_overwrite'
    const other = { TARTAN_SYNC_CRON: '0 0 6 * * ?', PLAID_API_URL: 'https://bank.example.com' }
    const plan = await setup(fake.url, true, other)
    expect(plan.said).toContain('~ connector “Plaid (Tartan)” would be updated')
    const { name } = catalog.at(-1)!
    const last = streamsOf([]).at(-1)!.name
    expect(plan.said).toContain(`    streams.${name}: nothing → there`)
    const sentences = [
      'base_url: "https://plaid.example.com" → "https://bank.example.com"',
      'schedule.cronExpression: "0 0 5 * * ? UTC" → "0 0 6 * * ?"',
      `streams.${last}.syncMode: "full_refresh_overwrite" → "incremental_deduped_history"`,
    ]
    for (const sentence of sentences) expect(plan.said).toContain(sentence)
    expect(fake.changes).toEqual([])

    const done = await setup(fake.url, false, other)
    expect(done.said.match(/ updated$/gm)).toHaveLength(3)
    expect(fake.manifests).toMatchObject([{ version: 2, manifest: sourceManifest() }])
    expect((await setup(fake.url, true, other)).said).not.toContain('~')
  })

  test('a connection that was renamed is not made a second time', async () => {
    await using fake = await FakeAirbyte.start()
    await setup(fake.url)
    fake.changes.length = 0
    fake.connections[0].name = 'My banks'
    const sentence =
      'the connection “My banks” writes these tables already: rename it to “Plaid to warehouse” ' +
      'there, or write “My banks” for “Plaid to warehouse” in airbyte/connection.yaml'
    for (const plan of [true, false]) {
      expect(await setup(fake.url, plan)).toMatchObject({ kind: 'config', why: sentence })
    }
    expect(fake.changes.filter((one) => one.includes('connections'))).toEqual([])
    fake.connections[0].prefix = 'old_' // other tables
    expect((await setup(fake.url)).said).toContain(made.at(-1))
  })

  test('one that knows no newer manifests gets an older one, and no other the next time', async () => {
    await using fake = await FakeAirbyte.start({ manifests: ['6'] })
    expect((await setup(fake.url)).said).toContain(made[0])
    expect(fake.manifests[0].manifest.version).toBe('6.0.0')
    expect((await setup(fake.url)).said).toContain('connector “Plaid (Tartan)” unchanged')
  })
})

test('one of your own may run an image, whose tag is followed', async () => {
  await using fake = await FakeAirbyte.start()
  const target = await findTarget(fake.url)
  const { id: clientId, secret } = fakeClient
  const client = airbyte({ ...target, clientId, clientSecret: new Secret(secret) })
  const workspace = { workspaceId: 'w', name: 'w' }
  const of = (tag: string) => {
    const actor = { name: 'Plaid', image: `registry:5000/tartan:${tag}`, configuration: {} }
    return definitionOf({ airbyte: client, target, workspace, plan: false }, 'source', actor)
  }
  const outcomes = [await of('1'), await of('1'), await of('2')].map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['created', 'unchanged', 'updated'])
  const [made] = fake.images
  expect(made).toMatchObject({ dockerRepository: 'registry:5000/tartan', dockerImageTag: '2' })
  expect((await of('2')).id).toBe(made?.id)
})

const cloud: FakeOptions = { kind: 'cloud' }

describe('what is not allowed, or not in reach, is said before anything is made', () => {
  test.each<[string, FakeOptions, Record<string, string>, RegExp]>([
    ['no connectors for a reader', { role: 'reader' }, {}, /by hand: .*Import a YAML file/],
    ['none in an old one', { hasDefinitions: false }, {}, /upgrade it to 1\.6 .*by hand:/],
    ['other credentials', {}, { AIRBYTE_CLIENT_ID: 'x' }, /answers 401/],
    ['no credentials', {}, { AIRBYTE_CLIENT_SECRET: '' }, /set AIRBYTE_CLIENT_SECRET: /],
    ['two workspaces', { workspaces: ['a', 'b'] }, {}, /--workspace:\n {2}0{8}-.* a\n.* b/],
    ['loopback', {}, { PLAID_API_URL: 'http://127.0.0.1:8080' }, /set PLAID_API_URL to where/],
    ['no warehouse', {}, { TARTAN_WAREHOUSE_URL: '' }, /set TARTAN_WAREHOUSE_URL to a database/],
    ['the Cloud, a private net', cloud, { PLAID_API_URL: 'https://10.1.2.3' }, /PLAID_API_URL/],
    ['the Cloud, no TLS', cloud, { PLAID_API_URL: 'http://plaid.example.com' }, /by https only/],
    [
      'the Cloud, a database without TLS',
      cloud,
      { TARTAN_WAREHOUSE_URL: 'postgres://me:x@db.example.com/w' },
      /by TLS only: set TARTAN_WAREHOUSE_URL to the address with \?sslmode=require/,
    ],
  ])('%s', async (_, options, more, sentence) => {
    await using fake = await FakeAirbyte.start(options)
    const { kind, why } = await setup(fake.url, false, more)
    expect(why).toMatch(sentence)
    expect([kind, fake.changes.filter((one) => !one.includes('definitions'))]).toEqual([
      'config',
      [],
    ])
    expect([fake.manifests, fake.sources]).toEqual([[], []])
  })

  test('something that is no Airbyte, and a source by our name of another connector', async () => {
    await using fake = await FakeAirbyte.start()
    expect((await setup('http://127.0.0.1:9/')).why).toContain('does not answer')
    expect((await setup('airbyte.example.com')).why).toContain('is no address')
    const others = { name: 'Plaid', sourceId: 'x', definitionId: 'other', configuration: {} }
    fake.sources.push(others)
    expect((await setup(fake.url)).why).toContain('of another connector: rename it')
    expect(fake.sources).toEqual([others])
  })

  test('what a person did by hand is gone on from', async () => {
    await using fake = await FakeAirbyte.start({ hasDefinitions: false })
    const byHand = { sourceId: 's', sourceType: '', definitionId: 'by-hand', configuration: {} }
    fake.sources.push({ name: 'Plaid', ...byHand })
    const { said } = await setup(fake.url)
    expect(said).toContain('✓ source “Plaid” updated')
    expect(said).toContain('✓ connection “Plaid to warehouse” created')
  })

  test('what it cannot reach it says itself', async () => {
    const check = { status: 'failed', message: 'plaid.example.com: no such host' }
    await using fake = await FakeAirbyte.start({ check })
    const { kind, why } = await setup(fake.url)
    expect([kind, why]).toEqual([
      'config',
      expect.stringContaining('“Plaid”, and it does not work: plaid.example.com: no such host'),
    ])
    expect(fake.connections).toEqual([])
  })
})

test('the Cloud is brought there with the manifest', async () => {
  await using fake = await FakeAirbyte.start(cloud)
  const { said } = await setup(fake.url)
  expect(said.split('\n')).toEqual(['Airbyte Cloud, workspace “Default”', ...made])
})
