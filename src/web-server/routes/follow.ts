// Where is this one? A transaction at its five stations: bank and store (what plaid-api holds of
// it), feed (its stamp, and how far the feed is), job (which sync wrote it), warehouse (its row,
// column by column beside the store's). A station that cannot be asked stops no other (L7).
import { type Static, Type } from '../../std/type.ts'
import { until } from '../../postgres/query.ts'
import { classify, ConfigError, type TartanError } from '../../std/errors.ts'
import type { WebContext } from '../context.ts'
import { neighboursOf, warehouseTransaction } from '../store/follow.ts'
import { askJson } from '../upstream.ts'
import type { Handlers } from './route.ts'

const Params = Type.Object({
  transaction: Type.String({ pattern: '^[A-Za-z0-9_-]{1,200}$' }),
})
const answerMsMax = 5_000

interface Held {
  transaction_id: string
  item_id: string
  account_id: string
  updated_at: string
  deleted_at: string | null
  /** The row as the feed gives it; null of a tombstone. */
  row: string | null
}

interface Job {
  jobId: number
  connectionId: string
}

interface StreamState {
  streamDescriptor: { name: string }
  streamState?: { updated_at?: string }
}

export function followRoutes(context: WebContext) {
  return {
    'GET /web/follow/:transaction': {
      schema: { params: Params },
      handler: async (request) => {
        const { transaction: id } = request.params as Static<typeof Params>
        const unanswered: { what: string; message: string }[] = []
        const within = async <T>(what: string, question: Promise<T>): Promise<T | undefined> =>
          question.catch((error: unknown) => {
            const failure = classify(error)
            if (!isUnknown(failure)) unanswered.push({ what, message: failure.message })
            return undefined
          })
        const limit = { msMax: answerMsMax }
        const { plaid, engine } = context
        const [held, stats, written] = await Promise.all([
          within('store', askJson<Held>(plaid, 'GET', `/transactions/${id}`, limit)),
          within('feed', askJson<{ feed: { head: string } }>(plaid, 'GET', '/stats', limit)),
          within('warehouse', inWarehouse(context, id)),
        ])
        if (!held && !written && unanswered.length === 0) throw unknownTransaction()
        const jobId = written?.sync_id ?? null
        const job =
          jobId === null
            ? undefined
            : await within(
                'job',
                askJson<Job>(engine, 'GET', `/api/public/v1/jobs/${jobId}`, limit),
              )
        const [after, behind] = await Promise.all([
          held && within('feed', changesAfter(context, held.updated_at)),
          job && within('job', changesUnread(context, job.connectionId)),
        ])
        const [ours, theirs] = [held?.row ?? null, written?.row ?? null]
        return {
          transaction_id: id,
          store: held ?? null,
          feed: stats && {
            head: stats.feed.head,
            position: held?.updated_at ?? null,
            brought: written?.updated_at ?? null,
            after: after ?? null,
          },
          behind: behind ?? null,
          neighbours: written?.neighbours ?? null,
          job: job ?? null,
          warehouse: written ?? null,
          columns: context.system.compareRow('transactions', ours, theirs),
          unanswered,
        }
      },
    },
  } satisfies Handlers
}

async function inWarehouse({ warehouse }: WebContext, id: string) {
  const signal = AbortSignal.timeout(answerMsMax)
  return until(await warehouse.pool(), signal, async (db) => {
    const written = await warehouseTransaction(db, id)
    return written && { ...written, neighbours: await neighboursOf(db, id) }
  })
}

/** How many rows the feed has after a stamp; `more` where they are too many to count. */
async function changesAfter({ plaid }: WebContext, stamp: string) {
  const path = `/stats?since=${encodeURIComponent(stamp)}`
  const { changes } = await askJson<{
    changes: { living: number; removed: number; more: boolean }
  }>(plaid, 'GET', path, { msMax: answerMsMax })
  return { rows: changes.living + changes.removed, more: changes.more }
}

/** How many the feed has that a connection has not brought; undefined where it has read nothing. */
async function changesUnread(context: WebContext, connectionId: string) {
  const { streamState = [] } = await askJson<{ streamState?: StreamState[] }>(
    context.engine,
    'POST',
    '/api/v1/state/get',
    { body: { connectionId }, msMax: answerMsMax },
  )
  const state = streamState.find(({ streamDescriptor: { name } }) => name === 'transactions')
  const stamp = state?.streamState?.updated_at
  return stamp === undefined ? undefined : changesAfter(context, stamp)
}

function isUnknown({ status }: TartanError): boolean {
  return status === 404
}

function unknownTransaction(): ConfigError {
  const sentence =
    'neither store nor warehouse has a transaction of this id: ids are in the column transaction_id'
  return new ConfigError('NOT_FOUND', sentence, { status: 404 })
}
