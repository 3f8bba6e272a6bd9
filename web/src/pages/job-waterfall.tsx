// Where a job's time went: waiting and working told apart, and the streams' share of the rows.
import type { Attempt, Job } from '../api/engine.ts'
import { nowMs, useNow } from '../words/clock.ts'
import { count, duration } from '../words/numbers.ts'
import css from './job.module.css'

interface Span {
  name: string
  fromMs: number
  toMs: number
  kind: 'waiting' | 'working' | 'stream'
  note?: string
}

export function Waterfall({ job, attempt }: { job: Job; attempt: Attempt }) {
  useNow()
  const spans = spansOf(job, attempt, nowMs())
  const from = Math.min(...spans.map(({ fromMs }) => fromMs))
  const whole = Math.max(1, ...spans.map(({ toMs }) => toMs - from))
  return (
    <ul className={css['waterfall']}>
      {spans.map(({ name, fromMs, toMs, kind, note }) => (
        <li key={name}>
          <bdi>{name}</bdi>
          <span className={css['track']} aria-hidden="true">
            <span
              className={css[kind]}
              style={{
                marginLeft: `${((fromMs - from) / whole) * 100}%`,
                width: `max(2px, ${((toMs - fromMs) / whole) * 100}%)`,
              }}
            />
          </span>
          <span className={css['took']}>{note ?? duration(toMs - fromMs)}</span>
        </li>
      ))}
    </ul>
  )
}

function spansOf(job: Job, attempt: Attempt, now: number): Span[] {
  const asked = job.createdAt * 1_000
  const begun = attempt.createdAt * 1_000
  const ended = attempt.endedAt === undefined ? now : attempt.endedAt * 1_000
  const most = Math.max(1, ...attempt.streamStats.map(({ stats }) => stats.recordsEmitted))
  return [
    { name: attempt.id > 0 ? 'before' : 'queued', fromMs: asked, toMs: begun, kind: 'waiting' },
    { name: 'attempt', fromMs: begun, toMs: ended, kind: 'working' },
    ...attempt.streamStats.map(({ streamName, stats }): Span => {
      // how long each stream took is not told: its bar is its share of the rows
      const share = (ended - begun) * (stats.recordsEmitted / most)
      const note = `${count(stats.recordsEmitted)} rows`
      return { name: streamName, fromMs: begun, toMs: begun + share, kind: 'stream', note }
    }),
  ]
}
