// Every pull leaves a row, whoever asked for it and however it ends.
import { monotonicMs } from '../../std/clock.ts'
import { classify, isAbort } from '../../std/errors.ts'
import { count, observe } from '../../std/metrics.ts'
import type { Pool } from '../../postgres/pool.ts'
import { finishPull, insertPull } from '../store/pull.ts'
import { noteWebhookPull } from '../store/webhook.ts'
import type { PullTrigger } from '../shapes.ts'

interface Recorded {
  itemId: string
  trigger: PullTrigger
  mode: 'incremental' | 'full'
  /** What came so far, also where it fails. */
  counts: { added: number; modified: number; removed: number }
}

/** Under the Item's lease. */
export async function recorded<T>(
  pool: Pool,
  { itemId, trigger, mode, counts }: Recorded,
  work: () => Promise<T>,
): Promise<T> {
  const id = await insertPull(pool, { item_id: itemId, trigger, mode })
  await noteWebhookPull(pool, itemId, id)
  const from = monotonicMs()
  const tell = (outcome: string) => {
    count('tartan_pulls_total', { mode, outcome })
    observe('tartan_pull_duration_seconds', { mode }, (monotonicMs() - from) / 1_000)
  }
  try {
    const result = await work()
    await finishPull(pool, id, { ...counts, error: undefined })
    tell('succeeded')
    return result
  } catch (error) {
    const { code, message } = isAbort(error) ? interrupted : classify(error)
    tell(isAbort(error) ? 'interrupted' : 'failed')
    // What it failed of is told in any case; the Item's next pull ends a row that still runs.
    await finishPull(pool, id, { ...counts, error: { code, message } }).catch(() => {})
    throw error
  }
}

const interrupted = {
  code: 'PULL_INTERRUPTED',
  message: 'the service was stopped, or another took over; the next pull goes on',
}
