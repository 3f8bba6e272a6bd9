// The README's way, as somebody takes it who has only git, make and Node: an empty clone, one
// command, the three queries, the curls, a month passing, and the question whether it is all
// there. As an ordinary user in a path with a space; and its first steps as whoever runs this (root
// under a folder that only root may enter).
import { execFile, execFileSync } from 'node:child_process'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freePort } from '../support/postgres.ts'
import { readmeQueries } from '../support/readme.ts'

const project = resolve(import.meta.dirname, '../..')
const MINUTES = 60_000

interface Newcomer {
  run(command: string): Promise<{ out: string }>
  plaidApi: string
}

async function arrive(parent: string, asUser: string | undefined): Promise<Newcomer> {
  const ports = await Promise.all(Array.from({ length: 5 }, freePort))
  // The Node that a newcomer has, not the one that this suite runs under.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((p) => !p.includes('.tartan'))
  const env: NodeJS.ProcessEnv = {
    ...inherited(),
    PATH: path.join(delimiter),
    HOME: asUser === undefined ? (process.env['HOME'] ?? parent) : parent,
    TARTAN_DATABASE_PORT: String(ports[0]),
    PLAID_API_PORT: String(ports[1]),
    TARTAN_API_PORT: String(ports[2]),
    TARTAN_EMULATOR_PORT: String(ports[3]),
    TARTAN_WEB_PORT: String(ports[4]),
  }
  const prefix =
    asUser === undefined ? [] : ['runuser', '-u', asUser, '--', 'env', `HOME=${parent}`]
  const run = async (command: string, cwd = join(parent, 'tartan')) => {
    const all = [...prefix, 'sh', '-c', command]
    const { stdout } = await promisify(execFile)(all[0] ?? 'sh', all.slice(1), { cwd, env })
    return { out: stdout }
  }
  execFileSync('git', ['clone', '-q', '--no-hardlinks', project, join(parent, 'tartan')])
  if (asUser !== undefined) execFileSync('chown', ['-R', asUser, join(parent, 'tartan')])
  return { run, plaidApi: `http://localhost:${ports[1]}` }
}

/** What a person's shell has, without what this suite's own runners put there. */
function inherited(): NodeJS.ProcessEnv {
  const ours = /^(TARTAN_|PLAID_|VITEST|NODE_OPTIONS|NODE_ENV|npm_(?!config_registry))/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}

async function walk(
  parent: string,
  asUser: string | undefined,
  further: (newcomer: Newcomer) => Promise<void>,
): Promise<void> {
  const newcomer = await arrive(parent, asUser)
  const { run, plaidApi } = newcomer
  try {
    await run('make airbyte-init')
    const before = await processes(run)
    await run('make airbyte-init')
    expect(await processes(run)).toEqual(before)
    for (const query of readmeQueries()) {
      const { out } = await run(`./tartan sql --json "${query}"`)
      expect((JSON.parse(out) as unknown[]).length).toBeGreaterThan(0)
    }
    for (const path of ['/health', '/stats', '/transactions?limit=1']) {
      expect((await run(`curl -sf '${plaidApi}${path}'`)).out).toMatch(/^\{/)
    }
    await further(newcomer)
  } finally {
    await run('make airbyte-stop').catch(() => {})
  }
}

async function liveOn({ run }: Newcomer): Promise<void> {
  const pendingBefore = await pending(run)
  await run('./tartan emulator advance 30d && make plaid-sync && make airbyte-sync')
  const pendingAfter = await pending(run)
  expect(pendingBefore.filter((id) => pendingAfter.includes(id))).toEqual([])
  await run('./tartan verify')
  await run('make airbyte-check && make airbyte-status && make plaid-accounts')
}

/** Their numbers: what was started anew has another. */
async function processes(run: Newcomer['run']): Promise<unknown[]> {
  const { out } = await run('./tartan status --json')
  return (JSON.parse(out) as { processes: { pid: number }[] }).processes.map(({ pid }) => pid)
}

async function pending(run: Newcomer['run']): Promise<string[]> {
  const query = 'select transaction_id from airbyte_plaid.transactions where pending'
  const rows = JSON.parse((await run(`./tartan sql --json "${query}"`)).out) as {
    transaction_id: string
  }[]
  return rows.map((row) => row.transaction_id)
}

test(
  'in an empty clone under a folder that only its owner may enter',
  { timeout: 8 * MINUTES },
  async () => {
    const parent = await mkdtemp(join(tmpdir(), 'owner-only-'))
    await chmod(parent, 0o700)
    await walk(parent, undefined, async ({ run }) => void (await run('./tartan verify')))
    await rm(parent, { recursive: true, force: true })
  },
)

test.runIf(process.getuid?.() === 0)(
  'as an ordinary user, in a path with a space',
  { timeout: 8 * MINUTES },
  async () => {
    const parent = await mkdtemp(join(tmpdir(), 'an ordinary user '))
    const uid = Number(execFileSync('id', ['-u', 'nobody']).toString())
    await chown(parent, uid, uid)
    await walk(parent, 'nobody', liveOn)
    await rm(parent, { recursive: true, force: true })
  },
)
