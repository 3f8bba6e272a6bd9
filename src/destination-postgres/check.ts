// Whether a configuration works: everything that a sync will need is tried out, and rolled back.
import type { ConnectorContext } from '../protocol/runner.ts'
import { uuid } from '../std/ids.ts'
import type { DestinationConfig } from './config.ts'
import { identifier } from './naming.ts'
import { Session } from './session.ts'
import { tryOut } from './sql.ts'

export async function check(config: DestinationConfig, context: ConnectorContext): Promise<void> {
  await using session = await Session.open(config, context.signal)
  const schema = identifier(config.schema)
  await session
    .transaction(async () => {
      await session.ensureSchema(schema)
      await session.ensureFence()
      await session.run(tryOut(schema, `tartan_check_${uuid().replaceAll('-', '')}`))
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
}

/** Rolls the trial back. */
class Undone extends Error {}
