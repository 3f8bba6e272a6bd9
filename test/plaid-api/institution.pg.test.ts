// A bank's name, colour and logo come from here: Plaid is asked once, and nobody's page asks it.
import { expect, test } from 'vitest'
import { exec, sql } from '../../src/postgres/query.ts'
import { GINGHAM, LinkedWorld } from '../support/linked-world.ts'

interface Institution {
  institution_id: string
  name: string
  primary_color: string | null
  url: string | null
  has_logo: boolean
}

test('a linked bank is described, by one question to Plaid, and its logo is a picture', async () => {
  await using w = await LinkedWorld.make()
  const path = `/institutions/${GINGHAM}`
  expect((await w.caller.call(path)).status).toBe(404)
  expect((await w.caller.bare(path)).status).toBe(401)
  await w.sandbox()
  let asked = 0
  const { plaid } = w.api.context
  const ask = plaid.institutionsGetById
  plaid.institutionsGetById = (...given) => {
    asked += 1
    return ask(...given)
  }
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => w.caller.call<Institution>(path)),
  )
  const [first] = answers.map(({ body }) => body)
  expect(first).toMatchObject({
    institution_id: GINGHAM,
    name: 'First Gingham Credit Union',
    primary_color: expect.stringMatching(/^#[0-9a-f]{6}$/),
    has_logo: true,
  })
  for (const { body } of answers) expect(body).toEqual(first)
  const logo = await fetch(`http://127.0.0.1:${w.caller.port}${path}/logo`, {
    headers: { authorization: `Bearer ${w.caller.key}` },
  })
  expect(logo.headers.get('content-type')).toBe('image/png')
  const bytes = Buffer.from(await logo.arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  expect(asked).toBe(1)
})

test('what Plaid does not tell now is told as it is known, and asked again', async () => {
  await using w = await LinkedWorld.make()
  await w.sandbox()
  const path = `/institutions/${GINGHAM}`
  const { plaid } = w.api.context
  const ask = plaid.institutionsGetById
  plaid.institutionsGetById = () => Promise.reject(new Error('away'))
  const unknown = { name: 'First Gingham Credit Union', primary_color: null, has_logo: false }
  expect((await w.caller.call(path)).body).toMatchObject(unknown)
  expect((await w.caller.call(`${path}/logo`)).status).toBe(404)
  plaid.institutionsGetById = async (...given) => {
    const answer = await ask(...given)
    const logo = Buffer.from('<svg onload="alert(1)"/>').toString('base64')
    return { ...answer, institution: { ...answer.institution, logo, url: 'javascript:1' } }
  }
  expect((await w.caller.call(path)).body).toMatchObject({ has_logo: false, url: null })
  plaid.institutionsGetById = ask
  await exec(
    w.api.context.pool,
    sql`update plaid.institution set read_at = now() - interval '40 d'`,
  )
  expect((await w.caller.call(path)).body).toMatchObject({ has_logo: true })
})

test('how a bank does for everybody is asked of Plaid when somebody looks', async () => {
  await using w = await LinkedWorld.make()
  const path = `/institutions/${GINGHAM}/status`
  expect((await w.caller.call(path)).status).toBe(404)
  await w.sandbox()
  const { plaid } = w.api.context
  const ask = plaid.institutionsGetById
  let asked = 0
  plaid.institutionsGetById = (id, countries, more) => {
    if (more !== 'status') return ask(id, countries, more)
    asked += 1
    return asked === 1 ? Promise.reject(new Error('away')) : ask(id, countries, more)
  }
  const unknown = { institution_id: GINGHAM, products: [], read_at: null }
  expect((await w.caller.call(path)).body).toEqual(unknown)
  await w.plaid.command({ institution: { institution_id: GINGHAM, health: 'down' } })
  const answers = await Promise.all([1, 2, 3].map(() => w.caller.call(path)))
  for (const { body } of answers) {
    expect(body).toEqual({
      institution_id: GINGHAM,
      products: [
        { product: 'item_logins', status: 'down', since: expect.stringMatching(/^2026-03-15T/) },
        { product: 'transactions_updates', status: 'down', since: expect.any(String) },
      ],
      read_at: expect.any(String),
    })
  }
  expect(asked).toBe(2)
})
