// Plaid's categories, which are the same for everybody and need no Item: asked for once a day, so
// that they are there to join with.
import { categories } from '../../catalog/categories.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import { classify, isAbort } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { isRecord, Misfits } from '../door.ts'
import { publishRows } from '../store/stream-row.ts'
import { streamRows } from '../stream-row.ts'

interface TaxonomyContext {
  pool: Pool
  plaid: PlaidClient
}

const dayMs = 86_400_000
const againMs = 60_000

export async function keepTaxonomy(
  context: TaxonomyContext,
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  while (!signal.aborted) {
    const isRead = await readTaxonomy(context, signal).then(
      () => true,
      (error: unknown) => {
        if (!isAbort(error)) log.info({ code: classify(error).code }, 'no categories yet')
        return false
      },
    )
    await clock.sleep(isRead ? dayMs : againMs, signal).catch(() => {})
  }
}

export async function readTaxonomy(
  { pool, plaid }: TaxonomyContext,
  signal: AbortSignal,
): Promise<void> {
  const answer = await plaid.categoriesGet(signal)
  const list = isRecord(answer) ? answer['categories'] : undefined
  await publishRows(pool, categories.name, streamRows(categories, list, new Misfits()))
}
