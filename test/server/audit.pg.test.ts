// One audit for every door: what a key and a client change is written down, what they read is not,
// and for whom somebody acts is believed of the installation itself alone.
import { expect, test } from 'vitest'
import { createApplication, ownApplication } from '../../src/engine/api/application.ts'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import { listAudit, migrateAudit, sweepAudit } from '../../src/postgres/audit.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { Secret } from '../../src/std/secrets.ts'
import { migrateWeb } from '../../src/web-server/store/schema.ts'
import { testDatabase } from '../support/database.ts'
import { startEngine, tokenOf } from '../support/engine.ts'
import { serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { testPlaidApi } from '../support/plaid-api.ts'

const nobody = '99999999-9999-4999-8999-999999999999'

test('what a key changes at plaid-api is written down, with whose key it was', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const caller = await serve(api)
  const { pool } = api.context
  await registerApiKey(pool, 'own', new Secret('own-key'), { own: true })
  const send = async (method: string, path: string, headers: Record<string, string> = {}) =>
    (await caller.call(path, { method, headers })).status
  expect(await send('GET', '/items')).toBe(200)
  expect(await send('DELETE', '/items/i-1', { 'x-tartan-by': 'somebody else' })).toBe(404)
  const own = { authorization: 'Bearer own-key' }
  expect(await send('POST', '/items/i-2/erase', { ...own, 'x-tartan-by': 'ada@host' })).toBe(404)
  expect(await send('POST', '/items/i-3/erase', { ...own, 'x-tartan-by': 'web' })).toBe(404)
  expect(await send('DELETE', `/keys/${nobody}`)).toBe(403)
  await expect
    .poll(() => listAudit(pool, null, 9))
    .toMatchObject([
      {
        place: 'plaid-api',
        person: 'test',
        action: 'DELETE /keys/:id',
        detail: { id: nobody },
        status: 403,
      },
      {
        place: 'command line',
        person: 'ada@host',
        action: 'POST /items/:item_id/erase',
        detail: { item_id: 'i-2' },
        status: 404,
      },
      {
        place: 'plaid-api',
        person: 'test',
        action: 'DELETE /items/:item_id',
        detail: { item_id: 'i-1' },
        status: 404,
      },
    ])
})

test('what a client changes at the engine is written down too', async () => {
  await using engine = await startEngine()
  const path = `/api/public/v1/sources/${nobody}`
  await engine.call('GET', `/sources/${nobody}`)
  await engine.call('DELETE', `/sources/${nobody}`)
  const own = await createApplication(engine.pool, ownApplication)
  const authorization = `Bearer ${await tokenOf(engine.url, own)}`
  for (const by of ['ada@host', 'web']) {
    const headers = { authorization, 'x-tartan-by': by }
    await fetch(engine.url + path, { method: 'DELETE', headers })
  }
  const action = 'DELETE /api/public/v1/sources/:sourceId'
  await expect
    .poll(async () =>
      (await listAudit(engine.pool, null, 9)).map((one) => [one.place, one.person, one.action]),
    )
    .toEqual([
      ['command line', 'ada@host', action],
      ['engine', 'test', action],
    ])
})

test('what the web app wrote down before there was one audit is in it', async () => {
  await using db = await testDatabase()
  const pool = db.pool()
  await migrateWeb(pool)
  await exec(pool, sql`delete from web.migration where name like '0002%'`)
  await exec(
    pool,
    sql`create table web.audit (id bigint generated always as identity primary key,
        at timestamptz not null default now(), person text not null, action text not null,
        detail jsonb not null, status integer not null)`,
  )
  const line = {
    person: 'Eve',
    action: 'POST /web/sql',
    detail: { query: 'select 1' },
    status: 200,
  }
  await exec(
    pool,
    sql`insert into web.audit (at, person, action, detail, status)
        values (now() - interval '179 days', ${line.person}, ${line.action},
                ${JSON.stringify(line.detail)}, 200),
               (now() - interval '181 days', 'Old', 'enter', '{}', 200)`,
  )
  await migrateWeb(pool)
  await migrateAudit(pool)
  await sweepAudit(pool)
  const [entry, ...rest] = await listAudit(pool, null, 9)
  expect(entry).toMatchObject({ ...line, place: 'web' })
  expect(rest).toEqual([])
})
