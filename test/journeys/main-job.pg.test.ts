// The whole journey over real processes, as a user makes it: from nothing to the three queries, a
// month later, and through what can go wrong on the way.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recentJobs } from '../../src/server/airbyte/job.ts'
import { findConnection } from '../../src/server/airbyte/connection.ts'
import type { Report } from '../../src/server/status/report.ts'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { readEngineClient } from '../../src/server/keys.ts'
import { lockHolder } from '../../src/server/supervisor/lock.ts'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
let system: System

beforeAll(async () => {
  system = await startSystem()
}, 3 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

interface Failed {
  code: number
  stdout: string
  stderr: string
}

/** What a command that fails says, and its exit code. */
async function failing(...args: string[]): Promise<Failed> {
  const failed = await system.tartan(...args).then(
    () => undefined,
    (error: unknown) => error as Failed,
  )
  expect(failed, `${args.join(' ')} should fail`).toBeDefined()
  return failed!
}

/** Does what a verification says that helps, in its order. */
async function follow(said: string): Promise<void> {
  const [, steps = ''] = said.split('What helps, in this order:\n')
  for (const step of steps.trim().split(/\n */)) {
    const [, name, command = '', text] = /^(make airbyte-|\.\/tartan )([^"]+)(?:"(.*)")?$/.exec(
      step,
    )!
    expect(name, step).toBeDefined()
    await system.tartan(...command.trim().split(' '), ...(text === undefined ? [] : [text]))
  }
}

async function query(text: string): Promise<Record<string, unknown>[]> {
  return JSON.parse(await system.tartan('sql', '--json', text)) as Record<string, unknown>[]
}

async function status(): Promise<Report> {
  return JSON.parse(await system.tartan('status', '--json')) as Report
}

describe('after the first command', () => {
  test('a second one changes nothing and answers the third query', async () => {
    const connection = (await findConnection(system.airbyte))!
    const before = await recentJobs(system.airbyte, connection.connectionId, 10)
    const processes = (await status()).processes.map((one) => one.pid)
    const said = await system.tartan('init')
    expect((await status()).processes.map((one) => one.pid)).toEqual(processes)
    expect(said).toMatch(/In the warehouse: \d,\d{3} transactions of \d+ accounts/)
    expect(said).toMatch(/FOOD_AND_DRINK +\d{4}-\d{2}-01 +\d+/)
    expect(await recentJobs(system.airbyte, connection.connectionId, 10)).toEqual(before)
  })

  test('the three queries answer', async () => {
    const accounts = await query(
      'select name, type, institution_name, mask from airbyte_plaid.accounts',
    )
    expect(accounts.length).toBeGreaterThan(5)
    const recent = await query(
      `select t.date, t.name, t.amount, t.category, a.name as account_name
       from airbyte_plaid.transactions t
       join airbyte_plaid.accounts a on t.account_id = a.account_id
       order by t.date desc limit 20`,
    )
    expect(recent).toHaveLength(20)
    const monthly = await query(
      `select t.category, date_trunc('month', t.date) as month, sum(t.amount) as total_amount,
              count(*) as transaction_count
       from airbyte_plaid.transactions t where t.amount > 0
       group by t.category, date_trunc('month', t.date)
       order by month desc, total_amount desc`,
    )
    expect(monthly.length).toBeGreaterThan(50)
  })

  test('plain requests from this machine are answered without a key', async () => {
    for (const path of ['/health', '/stats', '/transactions?limit=1']) {
      const answer = await fetch(plaidApiUrl(system.settings) + path)
      expect(answer.status, path).toBe(200)
    }
  })

  test('setting up again leaves everything as it is', async () => {
    const said = await system.tartan('setup')
    expect(said.match(/unchanged/g)).toHaveLength(3)
  })

  test('nor does setting it up as one elsewhere, over HTTP; a plan changes nothing', async () => {
    const { clientId, clientSecret } = await readEngineClient(system.settings.dataFolder)
    const url = engineUrl(system.settings)
    const given = ['--target', url, '--airbyte-client-id', clientId]
    process.env['AIRBYTE_CLIENT_SECRET'] = clientSecret.reveal()
    try {
      const said = await system.tartan('setup', ...given)
      expect(said).toContain('Tartan’s engine, workspace ')
      expect(said.match(/unchanged/g)).toHaveLength(3)
      const other = ['--sync-cron', '0 0 1 1 1 ?', '--plaid-api-url', 'http://127.0.0.1:1']
      const plan = await system.tartan('setup', '--plan', ...given, ...other)
      expect(plan).toMatch(/~ source .*\n {4}base_url: .* → "http:\/\/127\.0\.0\.1:1"/)
      expect(plan).toMatch(/~ connection .*\n {4}schedule\.cronExpression: /)
    } finally {
      delete process.env['AIRBYTE_CLIENT_SECRET']
    }
    const plan = await system.tartan('setup', '--plan')
    expect(plan.match(/unchanged/g)).toHaveLength(3)
  })

  test('the status tells of processes, databases, Items, the last job and the next run', async () => {
    const report = await status()
    expect(report.phase).toBe('running')
    expect(report.processes.map((one) => one.name)).toEqual([
      'postgres',
      'plaid-emulator',
      'plaid-api',
      'server',
      'worker',
      'web',
    ])
    expect(report.items?.map((item) => item.status)).toEqual(['healthy', 'healthy', 'healthy'])
    expect(report.connection?.last_job?.status).toBe('succeeded')
    expect(report.connection?.next_run).toMatch(/-01-01T00:00:00/)
    expect(JSON.stringify(report)).not.toMatch(/:[^/@]+@127/) // no password (L5)
  })

  test('the jobs are listed, and one of them is shown with its log', async () => {
    const listed = JSON.parse(await system.tartan('jobs', '--json')) as { jobId: number }[]
    const { jobId } = listed.at(-1)!
    expect(await system.tartan('jobs')).toMatch(
      new RegExp(`^ *${jobId} +sync +succeeded .+ by a command$`, 'm'),
    )
    const shown = await system.tartan('jobs', String(jobId))
    expect(shown).toMatch(new RegExp(`^Job ${jobId}: succeeded. Begun by .+ by a command.$`, 'm'))
    expect(shown).toMatch(/INFO +platform +the sync is done/)
    expect(shown).toMatch(/transactions +\d+ +\d+/)
    const { attempts } = JSON.parse(await system.tartan('jobs', String(jobId), '--json')) as {
      attempts: { lines: { n: number }[] }[]
    }
    expect(attempts[0]?.lines[0]?.n).toBe(0)
    expect((await failing('jobs', '999999')).code).toBe(3)
  })

  test('everything that a start needs is there, by its own word', async () => {
    expect(await system.tartan('check')).not.toContain('✗')
  })
})

describe('a month later', () => {
  test('warehouse, store and banks are equal, and what was pending is settled', async () => {
    const pending = 'select transaction_id from airbyte_plaid.transactions where pending'
    const before = (await query(pending)).map((row) => row['transaction_id'])
    expect(before.length).toBeGreaterThan(0)
    await system.tartan('emulator', 'advance', '30d')
    expect(await system.tartan('plaid-sync')).toContain('First Platypus Bank')
    expect(await system.tartan('sync')).toMatch(/Job \d+ succeeded/)
    const after = (await query(pending)).map((row) => row['transaction_id'])
    expect(after.filter((id) => before.includes(id))).toEqual([])
    await system.tartan('verify')
  })

  test('what the store has and the warehouse has not yet is in flight', async () => {
    await system.tartan('emulator', 'advance', '10d')
    await system.tartan('plaid-sync')
    const report = JSON.parse(await system.tartan('verify', '--json')) as {
      warehouse: { transactions: { inFlight: number; different: number } }
    }
    expect(report.warehouse.transactions.inFlight).toBeGreaterThan(0)
    expect(report.warehouse.transactions.different).toBe(0)
    await system.tartan('sync')
    await system.tartan('verify')
  })

  test('a row that somebody changed or deleted in the warehouse is named: exit code 5', async () => {
    const [changed, deleted] = await many<{ transaction_id: string }>(
      system.warehouse,
      sql`select transaction_id from airbyte_plaid.transactions
          where not pending order by updated_at limit 2`,
    )
    await system.warehouse.query(
      'update airbyte_plaid.transactions set amount = amount + 1 where transaction_id = $1',
      [changed!.transaction_id],
    )
    await system.warehouse.query(
      'update airbyte_plaid.transactions set transaction_id = $2 where transaction_id = $1',
      [deleted!.transaction_id, 'unknown-to-the-bank'],
    )
    const { code, stderr } = await failing('verify')
    expect(code).toBe(5)
    expect(stderr).toContain(`${changed!.transaction_id}: differs in amount\n`)
    expect(stderr).toContain(`${deleted!.transaction_id}: missing in the warehouse`)
    expect(stderr).toContain('unknown-to-the-bank: not in the store')
    await follow(stderr)
    await system.tartan('verify')
  })

  test('L7: an Item that cannot be read stops no other: exit code 6', async () => {
    const [item] = await Array.fromAsync(system.plaidApi.items())
    const order = { endpoint: '/transactions/sync', item_id: item!.item_id, times: 2 }
    await system.emulator({ fault: { ...order, error_code: 'ITEM_LOGIN_REQUIRED' } })
    const pulled = await failing('plaid-sync')
    expect([pulled.code, pulled.stderr]).toEqual([6, expect.stringContaining('1 Item')])
    const verified = await failing('verify')
    expect([verified.code, verified.stderr]).toEqual([
      6,
      expect.stringContaining('a user login is required'),
    ])
    await system.tartan('plaid-sync')
    await system.tartan('verify')
  })
})

describe('what can go wrong', () => {
  test('of several statements each answers, and one without rows says what it did', async () => {
    const said = await system.tartan(
      'sql',
      'create temp table t (n int); insert into t values (1), (2); delete from t where n = 1; ' +
        'table t; truncate t; select 3 as three',
    )
    expect(said).toBe('CREATE\nINSERT 2\nDELETE 1\nn\n─\n2\nTRUNCATE\nthree\n─────\n    3\n')
    expect(await query('select 1 as a; select 2 as a')).toEqual([[{ a: 1 }], [{ a: 2 }]])
    expect(await query('create temp table t (n int)')).toEqual([])
  })

  test('a bank is said by its name, and one that is not linked is none without webhooks', async () => {
    const pulled = await system.tartan('plaid-sync', '--item', 'platypus')
    expect(pulled.match(/First|Tattersall/g)).toEqual(['First'])
    expect(await system.tartan('webhooks', '--item', 'platypus')).toContain('None has come')
    for (const command of ['plaid-sync', 'webhooks']) {
      expect(await failing(command, '--item', 'nope')).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('no linked bank is called “nope”') as string,
      })
    }
  })

  test('a query that is wrong says so in one sentence: exit code 3', async () => {
    const { code, stderr } = await failing('sql', 'select nonsense')
    expect(code).toBe(3)
    expect(stderr).toContain('column "nonsense" does not exist')
    expect(stderr).not.toContain('    at ')
  })

  test('a sync begins although the server dies before it, and a pull although plaid-api does', async () => {
    for (const [name, command] of [
      ['server', 'sync'],
      ['plaid-api', 'plaid-sync'],
    ] as const) {
      const { processes } = readStatus(system.settings.dataFolder)!
      process.kill(processes.find((one) => one.name === name)!.identity!.pid, 'SIGKILL')
      await system.tartan(command)
    }
  })

  test('a process that is killed runs again, and the status shows it', async () => {
    const worker = () =>
      readStatus(system.settings.dataFolder)!.processes.find((one) => one.name === 'worker')!
    const before = worker()
    process.kill(before.identity!.pid, 'SIGKILL')
    await expect.poll(() => worker().restarts).toBe(before.restarts + 1)
    await expect.poll(() => worker().state).toBe('running')
    const shown = (await status()).processes.find((one) => one.name === 'worker')!
    expect(shown).toMatchObject({ restarts: 1, last_end: expect.stringContaining('SIGKILL') })
  })

  test('a supervisor that is killed is replaced by the next start, its orphans ended', async () => {
    const before = await status()
    process.kill(lockHolder(system.settings.dataFolder)!.pid, 'SIGKILL')
    await system.tartan('start')
    const after = await status()
    for (const one of before.processes) {
      expect(after.processes.map((other) => other.pid)).not.toContain(one.pid)
      expect(() => process.kill(one.pid!, 0)).toThrow('ESRCH')
    }
    await system.tartan('verify')
  })

  test('stop ends everything, start brings it back', async () => {
    const before = await status()
    await system.tartan('stop')
    for (const { pid } of before.processes) expect(() => process.kill(pid!, 0)).toThrow('ESRCH')
    expect((await failing('status')).code).toBe(7)
    expect(await failing('sync')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('make airbyte-start') as string,
    })
    await system.tartan('start')
    await system.tartan('sync')
    await system.tartan('verify')
  })
})
