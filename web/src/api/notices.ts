// What a notice of the server does to what was read: counts of what runs are taken from it as they
// are, all else is asked for again where it is shown, a few times a second at most.
import type { Query } from '@tanstack/react-query'
import type { Heard } from './event-stream.ts'
import type { JobInfo, JobWithAttempts } from './engine.ts'
import { progressed, type Progress } from './progress.ts'
import { queryClient } from './query-client.ts'
import type { Verifications } from './web.ts'

const againMs = 500

/** A topic is the first word of the keys of its queries, and of these others. */
const affected: Record<string, string[]> = {
  items: ['items', 'pulls'],
  pulls: ['items', 'pulls', 'webhooks'],
  jobs: ['jobs', 'connections', 'tables', 'sql'],
  connections: ['connections', 'actors'],
  world: ['session', 'world'],
}

type Listener = (data: Heard['data']) => void
const listeners = new Map<string, Set<Listener>>()

/** Hears the notices of one type that no query is asked again for; gives what ends it. */
export function onNotice(type: string, listener: Listener): () => void {
  const of = listeners.get(type) ?? new Set()
  listeners.set(type, of.add(listener))
  return () => void of.delete(listener)
}

export function apply({ type, data }: Heard): void {
  for (const listener of listeners.get(type) ?? []) listener(data)
  if (type === 'open' || type === 'silences' || type === 'log') return
  if (type === 'reset') void queryClient.invalidateQueries({ predicate: isAskedAgain })
  else if (type === 'progress') applyProgress(data as unknown as Progress)
  else if (type === 'verifying') applyVerify(data)
  else for (const key of affected[type] ?? [type]) void askSoon(key)
}

/** Rows stay as they were read: that there are others is told beside them. */
function isAskedAgain({ queryKey, state }: Query): boolean {
  return queryKey[0] !== 'rows' || state.status === 'error'
}

const busy = new Set<string>()
const again = new Set<string>()

/** At once; while it is being asked, and for a moment, once more afterwards. */
async function askSoon(key: string): Promise<void> {
  if (busy.has(key)) {
    again.add(key)
    return
  }
  busy.add(key)
  do {
    const answered = queryClient.invalidateQueries({ queryKey: [key] })
    await Promise.all([answered, new Promise((resolve) => setTimeout(resolve, againMs))])
  } while (again.delete(key))
  busy.delete(key)
}

function applyProgress(progress: Progress): void {
  if (progress.streams === undefined) void askSoon('jobs')
  const isWritten = progress.streams?.some(({ recordsCommitted: rows }) => rows !== undefined)
  if (isWritten === true) void askSoon('tables')
  queryClient.setQueriesData<JobInfo | { jobs: JobWithAttempts[] }>({ queryKey: ['jobs'] }, (old) =>
    old === undefined ? old : progressed(old, progress),
  )
}

/** How far a verification is. */
function applyVerify({ now }: Heard['data']): void {
  queryClient.setQueryData<Verifications>(['verify'], (old) => {
    if (!old?.running) return old
    const progress = { ...old.running.progress, now: now as VerifyNow }
    return { ...old, running: { ...old.running, progress } }
  })
}

type VerifyNow = NonNullable<Verifications['running']>['progress']['now']
