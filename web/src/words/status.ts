// A status is a word, a shape and a colour, always all three. Here the services' own words become
// those of the screen.
import type { Job, JobStatus, Summary } from '../api/engine.ts'
import { isActive } from '../api/engine.ts'
import type { Item, ItemStatus, Standing, Webhook } from '../api/plaid.ts'

/** `person`: attention, of a kind that only the bank's owner can give. */
export type Tone = 'fresh' | 'running' | 'attention' | 'person' | 'failed' | 'off'

export interface Told {
  tone: Tone
  word: string
}

const items: Record<ItemStatus, string> = {
  linked: 'first pull',
  healthy: 'fresh',
  consent_ends: 'consent ends',
  disconnect_announced: 'login ends',
  error: 'retrying',
  needs_user: 'log in',
  revoked: 'revoked',
  gone: 'gone',
  held: 'choose',
  replaced: 'replaced',
  disconnecting: 'disconnecting',
  erasing: 'erasing',
  removed: 'disconnected',
  erased: 'erased',
}

const tones: Record<Standing, Tone> = {
  failed: 'failed',
  owner: 'person',
  attention: 'attention',
  coming: 'running',
  fresh: 'fresh',
  ended: 'off',
}

/** How it stands, the service says; here it gets its word. */
export function itemTold(item: Item): Told {
  return { tone: tones[item.standing], word: wordOf(item) }
}

function wordOf({ status, standing, products, new_accounts: isNew }: Item): string {
  if (status !== 'healthy' || standing === 'fresh') return items[status]
  if (products.some((product) => product.error_code !== null)) return 'partial'
  return isNew ? 'new accounts' : 'late'
}

/** What is not linked any more, and only its rows are left. */
export function isEnded(item: Item): boolean {
  return item.standing === 'ended'
}

const jobs: Record<JobStatus, Told> = {
  pending: { tone: 'running', word: 'queued' },
  running: { tone: 'running', word: 'running' },
  incomplete: { tone: 'attention', word: 'retrying' },
  succeeded: { tone: 'fresh', word: 'succeeded' },
  failed: { tone: 'failed', word: 'failed' },
  cancelled: { tone: 'off', word: 'cancelled' },
}

export function jobTold(job: Pick<Job, 'status'>): Told {
  return jobs[job.status]
}

export function attemptTold(status: 'running' | 'succeeded' | 'failed'): Told {
  return jobs[status]
}

/** The outcome of the last run that ended; what runs now stands beside it. */
export function connectionTold({ status, statusReason, runs }: Runs): Told {
  if (status !== 'active') {
    return statusReason === undefined
      ? { tone: 'off', word: 'disabled' }
      : { tone: 'attention', word: 'paused' }
  }
  if (runs.some((run) => run.status === 'incomplete')) return jobs.incomplete
  const last = runs.find((run) => !isActive(run.status))
  if (last)
    return last.status === 'succeeded' ? { ...jobs.succeeded, word: 'fresh' } : jobTold(last)
  return runs.length > 0 ? jobs.running : { tone: 'off', word: 'never run' }
}

type Runs = Pick<Summary, 'status' | 'statusReason' | 'runs'>

const webhookOutcomes: Record<NonNullable<Webhook['outcome']>, Told> = {
  pull: { tone: 'fresh', word: 'pulled' },
  item: { tone: 'fresh', word: 'noted' },
  link: { tone: 'fresh', word: 'Plaid was asked' },
  nothing: { tone: 'off', word: 'nothing to do' },
  repeated: { tone: 'off', word: 'told before' },
  unknown_code: { tone: 'attention', word: 'code not known here' },
  unknown_item: { tone: 'attention', word: 'bank not known here' },
}

export function webhookTold({ outcome, pull }: Webhook): Told {
  if (outcome === null) return { tone: 'running', word: 'waits' }
  return pull === null || pull.status === 'succeeded'
    ? webhookOutcomes[outcome]
    : attemptTold(pull.status)
}
