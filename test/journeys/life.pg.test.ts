// A bank through its life as a person has it at the command line: linked twice, repaired, taken
// away. What was spent there is counted once after each step, in the warehouse (L1, L4).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { one, sql } from '../../src/postgres/query.ts'
import { startSystem, type System } from '../support/system.ts'

const GINGHAM = 'ins_109509'
let system: System

beforeAll(async () => {
  system = await startSystem()
}, 240_000)

afterAll(() => system[Symbol.asyncDispose](), 120_000)

interface Spent {
  rows: number
  total: string
  accounts: number
}

function spent(): Promise<Spent> {
  return one(
    system.warehouse,
    sql`select count(*)::int as rows, coalesce(sum(t.amount), 0)::text as total,
               (select count(*)::int from airbyte_plaid.accounts
                where institution_id = ${GINGHAM}) as accounts
        from airbyte_plaid.transactions t join airbyte_plaid.accounts a using (account_id)
        where a.institution_id = ${GINGHAM} and amount > 0`,
  )
}

async function visit(text: string): Promise<void> {
  const [url = ''] = /http\S+\/link\/\S+/.exec(text) ?? []
  const login = { institution_id: GINGHAM, username: 'user_good', password: 'pass_good' }
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(login) })
  expect(answer.status).toBe(200)
}

async function pullAndSync(): Promise<void> {
  await system.tartan('plaid-sync')
  await system.tartan('sync')
}

async function refused(command: string[], sentence: string, code = 3): Promise<void> {
  await expect(system.tartan(...command)).rejects.toMatchObject({
    code,
    stderr: expect.stringContaining(sentence) as string,
  })
}

async function itemOf(status: string): Promise<string> {
  for await (const item of system.plaidApi.items()) {
    if (item.institution_id === GINGHAM && item.status === status) return item.item_id
  }
  throw new Error(`no Item is ${status}`)
}

describe('a bank that wants its owner', () => {
  test('is repaired: the same Item, counted once', async () => {
    const before = await spent()
    const id = await itemOf('healthy')
    await system.emulator({ reset_login: { item_id: id } })
    const failed = await system.tartan('plaid-sync').catch((error: { stderr: string }) => error)
    expect(failed).toMatchObject({ stderr: expect.stringContaining(`./tartan repair ${id}`) })
    // `make` would run nothing behind it: the good banks' rows are asked for by a command apart
    expect(failed).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('1 Item could not be read; the others could: make airbyte'),
    })
    expect(await system.tartan('status')).toContain(`./tartan repair ${id}`)
    await visit(await system.tartan('repair', '--no-wait'))
    await expect.poll(() => itemOf('healthy'), { timeout: 20_000 }).toBe(id)
    await pullAndSync()
    expect(await spent()).toEqual(before)
  })
})

describe('a bank that is linked a second time', () => {
  test('counts once, whatever is done with the one and the other', async () => {
    const before = await spent()
    const old = await itemOf('healthy')
    await visit(await system.tartan('link-token', '--no-wait'))
    // Nobody waits: the service takes it in by itself.
    await expect.poll(() => itemOf('held').catch(() => ''), { timeout: 20_000 }).not.toBe('')
    const held = await itemOf('held')
    expect(await system.tartan('resolve')).toContain(`./tartan resolve ${held} --replace`)
    expect(await system.tartan('status')).toContain(`second link of Item ${old}`)
    await pullAndSync()
    expect(await spent()).toEqual(before)
    await system.tartan('disconnect', old)
    await pullAndSync()
    expect(await system.tartan('plaid-accounts')).toMatch(/Gingham .* \d{4}-\d\d-\d\dT\S+Z$/m)
    await refused(['repair', old], 'is removed: it is not followed any more')
    await refused(['resolve', 'platypus', '--discard'], 'is healthy: it is not a second link')
    expect(await spent()).toEqual(before)
    await system.tartan('resolve', held, '--replace')
    await system.tartan('sync')
    expect(await spent()).toEqual(before)
    await expect.poll(() => itemOf('erased').catch(() => ''), { timeout: 20_000 }).toBe(old)
    await pullAndSync()
    expect(await spent()).toEqual(before)
    await system.tartan('verify')
  }, 240_000) // bounds a hang, not a slow machine

  test('and is erased: the warehouse forgets it', async () => {
    const before = await spent()
    // Nobody can be asked here, and nothing is said: nothing is done.
    await refused(['erase', 'gingham'], '--yes', 8)
    await pullAndSync()
    expect(await spent()).toEqual(before)
    const erased = await itemOf('healthy')
    await system.tartan('erase', 'gingham', '--yes')
    await pullAndSync()
    const listed = await system.tartan('plaid-accounts')
    expect(listed).not.toContain(erased)
    expect(listed).toContain('Items erased before')
    await refused(['disconnect', erased], 'is erased: it is not there any more')
    expect(await spent()).toEqual({ rows: 0, total: '0', accounts: 0 })
    const { n } = await one<{ n: number }>(
      system.warehouse,
      sql`select count(*)::int as n from airbyte_plaid.transactions t
          where not exists (select 1 from airbyte_plaid.accounts a
                            where a.account_id = t.account_id)`,
    )
    expect(n).toBe(0)
    await system.tartan('verify')
  })
})
