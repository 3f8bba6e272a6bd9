// One job: what happened, why, what comes next?
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import {
  type Attempt,
  cancelJob,
  connectionQuery,
  isActive,
  type JobInfo,
  jobQuery,
  startJob,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank, Count, secondsSince, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { begunBy } from '../words/begun.ts'
import { useNow } from '../words/clock.ts'
import { visible } from '../words/hostile.ts'
import { bytes, count } from '../words/numbers.ts'
import { attemptTold, jobTold } from '../words/status.ts'
import { FailureCard } from './job-failure.tsx'
import { Log } from './job-log.tsx'
import { Took } from './job-table.tsx'
import { Waterfall } from './job-waterfall.tsx'
import css from './job.module.css'

export function JobPage() {
  const { id } = useParams({ from: '/jobs/$id' })
  const query = useQuery(jobQuery(Number(id)))
  const info = query.data
  const connection = useQuery({
    ...connectionQuery(info?.job.configId ?? ''),
    enabled: info !== undefined,
  })
  const name = visible(connection.data?.name ?? 'Connection')
  const kind = info?.job.configType === 'clear' ? 'Clear' : 'Job'
  return (
    <Page
      title={`${kind} ${id}`}
      wide
      crumbs={[
        { label: 'Syncs', to: '/connections' },
        ...(info ? [{ label: name, to: `/connections/${info.job.configId}` }] : []),
      ]}
      aside={info && <StatusMark told={jobTold(info.job)} />}
      actions={info && <Actions info={info} />}
    >
      <Shown query={query} rows={8}>
        {(told) => <Whole info={told} />}
      </Shown>
    </Page>
  )
}

function Actions({ info: { job } }: { info: JobInfo }) {
  const may = useMay('operator')
  const navigate = useNavigate()
  const cancel = useMutation({ mutationFn: () => cancelJob(job.id), onError: sayTrouble })
  const again = useMutation({
    mutationFn: () => startJob(job.configId),
    onSuccess: ({ jobId }) => void navigate({ to: '/jobs/$id', params: { id: String(jobId) } }),
    onError: sayTrouble,
  })
  const active = isActive(job.status)
  useActions([
    active
      ? { label: 'Cancel this job', key: 'c', run: () => cancel.mutate(), refused: may }
      : { label: 'Sync again', key: 's', run: () => again.mutate(), refused: may },
  ])
  if (active) {
    const asked = cancel.isPending || cancel.isSuccess
    return (
      <Button icon="stop" refused={may} busy={asked} onClick={() => cancel.mutate()}>
        {asked ? 'Cancelling' : 'Cancel'}
      </Button>
    )
  }
  return (
    <Button icon="play" refused={may} busy={again.isPending} onClick={() => again.mutate()}>
      Sync again
    </Button>
  )
}

function Whole({ info }: { info: JobInfo }) {
  const { attempt: asked } = useSearch({ from: '/jobs/$id' })
  const { job, attempts } = info
  const chosen = attempts[(asked ?? attempts.length) - 1] ?? attempts.at(-1)
  if (chosen === undefined) {
    const when = <When at={job.createdAt} />
    return isActive(job.status) ? (
      <Empty title="Queued">
        A worker takes it as soon as one is free. It was asked for {when}.
      </Empty>
    ) : (
      <Empty title="It never began">It ended before a worker took it, asked for {when}.</Empty>
    )
  }
  const { attempt } = chosen
  const number = attempts.indexOf(chosen) + 1
  return (
    <>
      <div>
        {attempts.length > 1 && (
          <Attempts id={String(job.id)} attempts={attempts} number={number} />
        )}
        <Counters job={job} attempt={attempt} />
      </div>
      <div className={css['panes']}>
        <Section title="Where the time went">
          <Waterfall job={job} attempt={attempt} />
        </Section>
        {attempt.failureSummary ? (
          <FailureCard attempt={attempt} number={number} retries={job.status === 'incomplete'} />
        ) : (
          <Section title="Streams">
            <Streams attempt={attempt} />
          </Section>
        )}
      </div>
      <Log
        key={number}
        jobId={job.id}
        attemptNumber={attempt.id}
        grows={attempt.status === 'running'}
      />
    </>
  )
}

function Attempts({
  id,
  attempts,
  number,
}: {
  id: string
  attempts: JobInfo['attempts']
  number: number
}) {
  const navigate = useNavigate()
  const params = { id }
  useActions(
    attempts.slice(0, 9).map((_, i) => ({
      label: `Attempt ${i + 1}`,
      key: String(i + 1),
      run: () =>
        void navigate({ to: '/jobs/$id', params, search: { attempt: i + 1 }, replace: true }),
    })),
  )
  return (
    <Tabs
      label="Attempts"
      tabs={attempts.map(({ attempt }, i) => ({
        label: `Attempt ${i + 1}: ${attemptTold(attempt.status).word}`,
        link: { to: '/jobs/$id', params, search: { attempt: i + 1 } },
        current: i + 1 === number,
      }))}
    />
  )
}

function Counters({ job, attempt }: { job: JobInfo['job']; attempt: Attempt }) {
  useNow()
  const { totalStats: total } = attempt
  const end = attempt.endedAt
  const ms = end === undefined ? secondsSince(attempt.createdAt) : (end - attempt.createdAt) * 1_000
  const perSecond = total.recordsEmitted / Math.max(1, ms / 1_000)
  return (
    <dl className={css['counters']}>
      <Counter word="begun" value={<When at={job.createdAt} />} />
      <Counter word="begun by" value={<Bank text={begunBy(job)} />} />
      <Counter word="took" value={<Took of={{ job }} />} />
      <Counter word="read" value={<Count value={total.recordsEmitted} />} />
      <Counter word="committed" value={<Count value={total.recordsCommitted} />} />
      {total.recordsRejected > 0 && (
        <Counter word="rejected" value={<Count value={total.recordsRejected} />} />
      )}
      <Counter word="rows a second" value={count(Math.round(perSecond))} />
      <Counter word="size" value={bytes(total.bytesEmitted)} />
    </dl>
  )
}

function Counter({ word, value }: { word: string; value: ReactNode }) {
  return (
    <div>
      <dt>{word}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Streams({ attempt: { streamStats, postSync } }: { attempt: Attempt }) {
  if (streamStats.length === 0) return <p>No stream was begun.</p>
  return (
    <ul className={css['streams']}>
      {streamStats.map(({ streamName, stats }) => (
        <li key={streamName}>
          <Bank text={streamName} />
          <span>
            <Count value={stats.recordsCommitted} /> of <Count value={stats.recordsEmitted} /> rows
            committed
          </span>
        </li>
      ))}
      {postSync && (
        <li>
          <span>
            After the sync: <Bank text={postSync.command} />
            {postSync.message !== undefined && (
              <>
                , <Bank text={postSync.message} whole />
              </>
            )}
          </span>
          <StatusMark told={attemptTold(postSync.status)} />
        </li>
      )}
      <li>
        <Link to="/data">Look at the tables</Link>
      </li>
    </ul>
  )
}
