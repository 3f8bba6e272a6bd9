// `setup`: source, destination, connection and schedule, as airbyte/connection.yaml has them,
// through the Airbyte API only: of our own engine, or of an Airbyte elsewhere.
import type { Command } from 'commander'
import { alone } from '../../postgres/alone.ts'
import { databaseUrl } from '../../server/keys.ts'
import { readMasterKey } from '../../server/master-key.ts'
import { writeSetUp } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { ConfigError, must } from '../../std/errors.ts'
import { type Applied, apply, type StreamChange } from '../../server/airbyte/apply.ts'
import { desiredOf, ourSite, siteAt } from '../../server/airbyte/site.ts'
import { settingsOf, setUpSettings } from '../context.ts'
import { note, out } from '../print.ts'

interface Given {
  target?: string
  workspace?: string
  plan?: true
}

export function setupCommand(program: Command): void {
  program
    .command('setup')
    .description('Creates or updates source, destination, connection and schedule.')
    .option('--plan', 'only says what would be changed')
    .option('--target <url>', 'an Airbyte elsewhere: abctl’s, Helm’s or Cloud’s')
    .option('--workspace <id>', 'which of its workspaces is meant')
    .action(async ({ target, workspace, plan }: Given, command: Command) => {
      const isPlan = plan === true
      if (target !== undefined) {
        const of = { target, ...(workspace === undefined ? {} : { workspace }), plan: isPlan }
        await setUpElsewhere(await settingsOf(command), of, out)
      } else if (workspace !== undefined) {
        throw new ConfigError('TARGET_MISSING', '--workspace is of an Airbyte elsewhere: --target')
      } else if (isPlan) await planHere(await setUpSettings(command))
      else await setUp(await setUpSettings(command), out)
    })
}

/** What a change means for one stream. */
export function streamText({ name, namespace, decision, reason }: StreamChange): string {
  const stream = namespace === undefined ? name : `${namespace}.${name}`
  const why = reason === '' ? '' : `: ${reason}`
  if (decision === 'refuse') return `✗ stream “${stream}” refused${why}`
  if (decision === 'none') return `✓ stream “${stream}” nothing to do${why}`
  return `… stream “${stream}” is read again by the next sync${why}`
}

export async function setUp(
  settings: Settings,
  say: (line: string) => void,
): Promise<{ connectionId: string }> {
  const work = async () => apply(await ourSite(settings, false), await desiredOf(settings))
  // Two that look for what there is, and then make what lacks, would both make it.
  const applied = await alone(await databaseUrl(settings), 'tartan set-up', work, () =>
    note('… another set-up is at it: waiting for its end'),
  )
  tell(applied, false, say)
  await writeSetUp(settings, await readMasterKey(settings))
  return { connectionId: must(applied.connectionId, 'a set-up leaves a connection') }
}

async function planHere(settings: Settings): Promise<void> {
  tell(await apply(await ourSite(settings, true), await desiredOf(settings)), true, out)
}

export async function setUpElsewhere(
  settings: Settings,
  given: { target: string; workspace?: string; plan: boolean },
  say: (line: string) => void,
): Promise<void> {
  const desired = await desiredOf(settings)
  const site = await siteAt(settings, given)
  say(`${site.target.name}, workspace “${site.workspace.name}”`)
  const { postSyncCommand: step, followsSource } = desired.connection
  if (site.target.kind !== 'tartan' && (step || followsSource)) {
    say('… what runs after a sync, or with the source’s news, is Tartan’s engine’s: left out')
  }
  if (site.target.kind === 'cloud' && (desired.source.image ?? desired.destination.image)) {
    say('… Airbyte Cloud runs no images of others: its own connectors and the manifest instead')
  }
  tell(await apply(site, desired), given.plan, say)
}

function tell(applied: Applied, plan: boolean, say: (line: string) => void): void {
  for (const { what, name, outcome, differences } of applied.outcomes) {
    const [mark, done] = plan ? PLANNED[outcome] : DONE[outcome]
    say(`${mark} ${what} “${name}” ${done}`)
    if (!plan) continue
    for (const { path, actual, wished } of differences) say(`    ${path}: ${actual} → ${wished}`)
  }
  for (const stream of applied.streams) say(streamText(stream))
  if (plan || !applied.streams.some(({ decision }) => decision === 'refuse')) return
  const sentence = 'the change is refused for what is named above, which stays as it is'
  throw new ConfigError('STREAM_REFUSED', sentence)
}

type Words = Record<Applied['outcomes'][number]['outcome'], [string, string]>

const hidden = 'as it was to be seen; its secrets, which this Airbyte shows nobody,'
const DONE: Words = {
  created: ['✓', 'created'],
  updated: ['✓', 'updated'],
  unchanged: ['✓', 'unchanged'],
  rewritten: ['✓', `${hidden} written again`],
}
const PLANNED: Words = {
  created: ['+', 'would be created'],
  updated: ['~', 'would be updated'],
  unchanged: ['✓', 'unchanged'],
  rewritten: ['✓', `${hidden} would be written again`],
}
