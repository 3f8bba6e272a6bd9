// An attempt's two connectors: started with their inputs, joined by the pump. What they give back
// to be kept, states and configurations, is stored through the fence (L6).
import { type ConnectorProcess, startConnector } from '../../protocol/spawn.ts'
import { Secret } from '../../std/secrets.ts'
import type { Db } from '../../postgres/query.ts'
import type { AttemptStart } from '../connection/stream-life.ts'
import { sealConfiguration } from '../connector/actor-configuration.ts'
import { type Configuration, fingerprint } from '../connector/configuration.ts'
import { logged, withheld } from '../pump/data-line.ts'
import { pump, type PumpOutcome } from '../pump/pump.ts'
import { type ActorKind, replaceConfiguration } from '../store/actor.ts'
import type { ClaimedJob } from '../store/job.ts'
import { replaceEarnedConfiguration } from '../store/state.ts'
import type { AttemptReport } from './attempt-report.ts'
import { checkpoint } from './checkpoint.ts'
import { fenced } from './fence.ts'
import { type Prepared, type PreparedSide, type PrepareParts, secretsOfSide } from './prepare.ts'

export interface ReplicationParts extends PrepareParts {
  /** Holds the connectors' input files while they start; 0700. */
  runFolder: string
}

export async function replicate(
  parts: ReplicationParts,
  claimed: ClaimedJob,
  prepared: Prepared,
  report: AttemptReport,
  signal: AbortSignal,
): Promise<PumpOutcome> {
  signal.throwIfAborted()
  const { destination, source } = prepared
  const start = (
    kind: ActorKind,
    side: PreparedSide,
    inputs: { catalog: unknown; state?: string },
  ) =>
    startConnector({
      command: side.definition.command,
      verb: kind === 'source' ? 'read' : 'write',
      inputs: {
        config: new Secret(JSON.stringify(side.configuration)),
        catalog: new Secret(JSON.stringify(inputs.catalog)),
        ...(inputs.state === undefined ? {} : { state: new Secret(inputs.state) }),
      },
      runFolder: parts.runFolder,
      onStderr: (line) => report.log.write(kind, 'INFO', logged(line) ?? withheld),
    })
  const to = await start('destination', destination, { catalog: prepared.destinationCatalog })
  const from = await startSource(claimed, to, () =>
    start('source', source, {
      catalog: prepared.sourceCatalog,
      ...(prepared.state === undefined ? {} : { state: prepared.state }),
    }),
  )
  const sides: Record<ActorKind, PreparedSide> = { source, destination }
  return pump({
    source: from,
    destination: to,
    names: prepared.names,
    supportsRefreshes: destination.definition.supportsRefreshes,
    overwritesAtEnd:
      !destination.definition.supportsRefreshes &&
      prepared.destinationCatalog.streams.some((one) =>
        one.destination_sync_mode.startsWith('overwrite'),
      ),
    ledger: report.ledger,
    log: report.log,
    checkpoint: (state) => checkpoint(parts.pool, claimed, prepared.start, state),
    saveConfiguration: async (kind, configuration) => {
      const { actorId, definition } = sides[kind]
      const changed = { actorId, definition, configuration: configuration as Configuration }
      report.hide(kind, await secretsOfSide(parts, changed))
      const sealed = sealConfiguration(parts.sealingKey, actorId, configuration)
      const print = kind === 'source' ? undefined : await printOf(parts, destination, configuration)
      await fenced(parts.pool, claimed.attemptId, async (db) => {
        await replaceConfiguration(db, actorId, sealed)
        if (print !== undefined) await keepEarned(db, actorId, prepared.start, print)
      })
    },
    signal,
  })
}

async function printOf(
  parts: ReplicationParts,
  { definition }: PreparedSide,
  configuration: unknown,
): Promise<string> {
  const spec = await parts.commands.spec(definition)
  return fingerprint(spec.connectionSpecification, configuration as Configuration)
}

/** That a destination changed its own configuration puts its rows nowhere else. */
async function keepEarned(
  db: Db,
  destinationId: string,
  { streams }: AttemptStart,
  print: string,
): Promise<void> {
  const before = streams[0]?.version.configuration ?? print
  await replaceEarnedConfiguration(db, destinationId, before, print)
  for (const stream of streams) stream.version = { ...stream.version, configuration: print }
}

/** A job that clears reads nothing. A source that does not start leaves no destination behind. */
async function startSource(
  claimed: ClaimedJob,
  destination: ConnectorProcess,
  start: () => Promise<ConnectorProcess>,
): Promise<ConnectorProcess | undefined> {
  if (claimed.type === 'clear') return undefined
  try {
    return await start()
  } catch (error) {
    await destination.stop()
    throw error
  }
}
