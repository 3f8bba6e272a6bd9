// Jobs of every connection: what ran, when, with what outcome?
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import {
  summariesQuery,
  isActive,
  jobsPageRows,
  jobsQuery,
  type JobWithAttempts,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Bulk, type BulkAct } from '../parts/bulk.tsx'
import { Button, buttonClass } from '../parts/button.tsx'
import { Combobox } from '../parts/combobox.tsx'
import { Select, Toolbar } from '../parts/field.tsx'
import { Filters } from '../parts/filters.tsx'
import { ToSyncs } from '../parts/next-step.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { useNow } from '../words/clock.ts'
import { exact } from '../words/numbers.ts'
import { useChosen } from '../parts/table.tsx'
import { cancelOf } from './connections.tsx'
import { JobTable } from './job-table.tsx'

const statuses: [string, string][] = [
  ['', 'every status'],
  ['running', 'running'],
  ['pending', 'queued'],
  ['incomplete', 'retrying'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
]
const hourMs = 3_600_000
const ranges: Record<Range, number> = { day: 24, week: 24 * 7, month: 24 * 30 }
type Range = 'day' | 'week' | 'month'

const rangeWords: [string, string][] = [
  ['', 'of all time'],
  ['day', 'of the last day'],
  ['week', 'of the last week'],
  ['month', 'of the last thirty days'],
]

const kinds: [string, string][] = [
  ['', 'syncs and clears'],
  ['sync', 'syncs'],
  ['clear', 'clears'],
]

export function Jobs() {
  const search = useSearch({ from: '/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const { page = 1, range, ...rest } = search
  // from a full hour on: else each look would be another question
  const hours = Math.floor(useNow(hourMs) / hourMs)
  const since = range && { createdAfterMs: (hours - ranges[range]) * hourMs }
  const query = useQuery(jobsQuery({ ...rest, ...since }, (page - 1) * jobsPageRows))
  const isFiltered = range !== undefined || Object.keys(rest).length > 0
  return (
    <Page title="Jobs" wide crumbs={[{ label: 'Syncs', to: '/connections' }]}>
      <JobFilters />
      <Shown
        query={query}
        rows={10}
        empty={({ jobs }) => (jobs.length > 0 ? undefined : <Nothing filtered={isFiltered} />)}
      >
        {({ jobs, totalJobCount: total }) => (
          <>
            <Choosable jobs={jobs} />
            <Pages
              page={page}
              total={total}
              go={(to) => void navigate({ search: { ...search, page: to } })}
            />
          </>
        )}
      </Shown>
    </Page>
  )
}

function JobFilters() {
  const { status = '', kind = '', range = '', connection = '' } = useSearch({ from: '/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const { data: connections = [] } = useQuery(summariesQuery)
  const set = (key: 'status' | 'kind' | 'connection' | 'range') => (value: string) =>
    void navigate({
      search: ({ [key]: _old, page: _page, ...others }) =>
        value === '' ? others : { ...others, [key]: value },
      replace: true,
    })
  return (
    <Filters
      onClear={() => void navigate({ search: {}, replace: true })}
      of={[
        {
          label: 'Status',
          isSet: status !== '',
          control: (
            <Select label="Status" value={status} options={statuses} onChange={set('status')} />
          ),
        },
        {
          label: 'Kind',
          isSet: kind !== '',
          control: <Select label="Kind" value={kind} options={kinds} onChange={set('kind')} />,
        },
        {
          label: 'Range',
          isSet: range !== '',
          control: (
            <Select label="Range" value={range} options={rangeWords} onChange={set('range')} />
          ),
        },
        {
          label: 'Connection',
          isSet: connection !== '',
          control: (
            <Combobox
              label="Connection"
              value={connection}
              options={[
                { value: '', label: 'every connection' },
                ...connections.map(({ connectionId: value, name: label }) => ({ value, label })),
              ]}
              onChange={set('connection')}
            />
          ),
        },
      ]}
    />
  )
}

const keyOf = ({ job }: JobWithAttempts) => String(job.id)
const nameOf = ({ job }: JobWithAttempts) => `Job ${job.id}`

function Choosable({ jobs }: { jobs: JobWithAttempts[] }) {
  const choice = useChosen(jobs, keyOf)
  const may = useMay('operator')
  const cancel: BulkAct<JobWithAttempts> = {
    label: 'Cancel',
    says: 'What each has committed stays; what it has not comes with the next sync.',
    refused: may,
    not: ({ job }) => (isActive(job.status) ? undefined : 'It is over.'),
    run: ({ job }) => cancelOf(job.id),
  }
  return (
    <>
      <JobTable jobs={jobs} choice={{ ...choice, nameOf }} />
      <Bulk
        of="job"
        rows={choice.rows}
        keyOf={keyOf}
        nameOf={nameOf}
        acts={[cancel]}
        onClear={choice.clear}
      />
    </>
  )
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (!filtered) {
    return (
      <Empty title="Nothing has run yet" command="make airbyte-sync" action={<ToSyncs />}>
        Each sync of a connection stands here with its rows, its attempts and its log.
      </Empty>
    )
  }
  return (
    <Empty
      title="No job fits"
      action={
        <Link to="/jobs" className={buttonClass()}>
          Clear filters
        </Link>
      }
    />
  )
}

function Pages({ page, total, go }: { page: number; total: number; go: (page: number) => void }) {
  const last = Math.max(1, Math.ceil(total / jobsPageRows))
  const earlier = () => go(Math.min(last, page + 1))
  const later = () => go(Math.max(1, page - 1))
  useActions([
    { label: 'Earlier jobs', key: '[', run: earlier },
    { label: 'Later jobs', key: ']', run: later },
  ])
  if (last === 1) return null
  return (
    <Toolbar label="Pages">
      <Button refused={page >= last ? 'These are the first.' : undefined} onClick={earlier}>
        Earlier
      </Button>
      <Button refused={page <= 1 ? 'These are the newest.' : undefined} onClick={later}>
        Later
      </Button>
      <span>
        {exact(total)} jobs, page {page} of {last}
      </span>
    </Toolbar>
  )
}
