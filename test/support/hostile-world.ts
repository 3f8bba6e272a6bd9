// A world in which everything that somebody can name has a name that means harm: what a bank, a
// merchant, a colleague or a table's owner wrote, by the way that it really takes where there is
// one.
import type { System } from './system.ts'

const long = 'W'.repeat(10_000)
const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>'

export const hostileNames = [
  html,
  // a direction that is turned round, and a script that is written so
  '\u202Egnp.exe \u05E9\u05DC\u05D5\u05DD',
  long,
  'a\u200B\u200Bb\uFEFF\u2066c',
  `Robert'); drop table students; --`,
  'javascript:alert(3)',
]

/** More the form of the emulated bank does not take. */
const formTextMax = 1_000

/** An account and a transaction for each name, through the bank's page, the store and a sync. */
async function linkCustomBank(system: System): Promise<void> {
  const accounts = hostileNames.map((name, i) => ({
    type: 'depository',
    subtype: 'checking',
    starting_balance: 10,
    meta: { name: name.slice(0, formTextMax), official_name: html },
    transactions: [
      {
        date_transacted: '2026-03-14',
        date_posted: '2026-03-14',
        amount: 100 + i,
        description: name.slice(0, formTextMax),
        currency: 'USD',
      },
    ],
  }))
  const { session_id: id, hosted_link_url: page } = await system.post<{
    session_id: string
    hosted_link_url: string
  }>('/link/sessions', {})
  await fetch(page, {
    method: 'POST',
    body: new URLSearchParams({
      institution_id: 'ins_109508',
      username: 'user_custom',
      password: JSON.stringify({ override_accounts: accounts }),
    }),
  })
  const { status } = await system.get<{ status: string }>(`/link/sessions/${id}`)
  if (status !== 'finished') throw new Error(`the session at the bank is ${status}`)
  await system.tartan('plaid-sync')
  await system.tartan('sync')
}

/** No emulated institution is called so; a real one may be tomorrow. */
async function nameBanks({ store }: System): Promise<void> {
  await store.query(
    `update plaid.item set institution_name = ($1::text[])[n]
     from (select item_id as id, row_number() over (order by created_at) as n from plaid.item) all_
     where item_id = id`,
    [hostileNames],
  )
  await store.query(
    `update plaid.institution set name = ($1::text[])[n]
     from (select institution_id as id, row_number() over (order by institution_id) as n
           from plaid.institution) all_
     where institution_id = id`,
    [hostileNames],
  )
}

async function makeConnections({ airbyte, settings }: System): Promise<void> {
  const [kept] = await airbyte.list<{ workspaceId: string; definitionId: string }>('/sources')
  const [target] = await airbyte.list<{ definitionId: string }>('/destinations')
  if (!kept || !target) throw new Error('the system has no source, or no destination')
  const { workspaceId } = kept
  const base_url = `http://127.0.0.1:${settings.options.plaidApiPort}`
  const warehouse = { host: '127.0.0.1', port: 1, database: 'none', username: 'nobody' }
  for (const [i, name] of hostileNames.entries()) {
    const { sourceId } = await airbyte.publicApi<{ sourceId: string }>('POST', '/sources', {
      name,
      workspaceId,
      definitionId: kept.definitionId,
      configuration: { base_url, api_key: 'none' },
    })
    const { destinationId } = await airbyte.publicApi<{ destinationId: string }>(
      'POST',
      '/destinations',
      {
        name,
        workspaceId,
        definitionId: target.definitionId,
        configuration: { ...warehouse, schema: `hostile_${i}` },
      },
    )
    await airbyte.publicApi('POST', '/connections', { name, sourceId, destinationId })
  }
}

/** People, invitations and what they did are rows that an admin's page shows. */
async function namePeople(system: System): Promise<void> {
  for (const [i, name] of hostileNames.entries()) {
    const short = name.slice(0, 200)
    const email = `${i}${short.replaceAll(/\s/g, '').toLowerCase()}@example.com`
    await system.post('/keys', { name: name.slice(0, 100) })
    await system.store.query(
      `insert into web.person (kind, name, email, role, password)
       values ('member', $1, $2, 'viewer', 'none')`,
      [short, email],
    )
    await system.store.query(
      `insert into web.invite (hash, email, role, invited_by, expires_at)
       values ($1, $2, 'viewer', $3, now() + interval '1 day')`,
      [`hash ${i}`, `i${email}`, short],
    )
    await system.store.query(
      `insert into audit.entry (place, person, action, detail, status)
       values ('web', $1, 'POST /web/sql', jsonb_build_object('query', $2::text), 200)`,
      [short, name],
    )
  }
}

/** Schemas, tables, columns and rows; and a table of 500 columns. */
async function fillWarehouse({ warehouse }: System): Promise<void> {
  const quoted = (name: string) => `"${name.slice(0, 60).replaceAll('"', '""')}"`
  for (const name of hostileNames) {
    await warehouse.query(`create schema ${quoted(name)}`)
    await warehouse.query(`create table ${quoted(name)}.${quoted(name)} (${quoted(name)} text)`)
    await warehouse.query(`insert into ${quoted(name)}.${quoted(name)} values ($1)`, [name])
  }
  const columns = Array.from({ length: 500 }, (_, i) => `column_${i} text default 'value ${i}'`)
  await warehouse.query(`create table airbyte_plaid.wide (${columns.join(', ')})`)
  await warehouse.query(
    `insert into airbyte_plaid.wide (column_0) select n::text from generate_series(1, 1000) n`,
  )
  await warehouse.query('analyze')
}

export async function nameWithHarm(system: System): Promise<void> {
  await linkCustomBank(system)
  await nameBanks(system)
  await makeConnections(system)
  await namePeople(system)
  await fillWarehouse(system)
}
