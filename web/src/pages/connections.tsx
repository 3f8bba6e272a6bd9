// Connections: what runs, when, and how did it go?
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import {
  cancelJob,
  changeConnection,
  isActive,
  startJob,
  summariesQuery,
  type Summary,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Bulk, type BulkAct } from '../parts/bulk.tsx'
import { Button } from '../parts/button.tsx'
import { Search, Toolbar } from '../parts/field.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { RowMenu } from '../parts/row-menu.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table, useChosen } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { connectionTold, jobTold } from '../words/status.ts'

export function Connections() {
  const query = useQuery(summariesQuery)
  const navigate = useNavigate()
  useActions([
    {
      label: 'New connection',
      key: 'n',
      run: () => void navigate({ to: '/connections/new' }),
      refused: useMay('admin'),
    },
  ])
  return (
    <Page
      title="Syncs"
      wide
      actions={
        <PageLink to="/connections/new" look="plain">
          New connection
        </PageLink>
      }
    >
      <Shown query={query} rows={3} empty={(all) => (all.length > 0 ? undefined : <None />)}>
        {(all) => <List all={all} />}
      </Shown>
    </Page>
  )
}

const keyOf = ({ connectionId }: Summary) => connectionId
const nameOf = ({ name }: Summary) => name

function fits({ name, connectionId }: Summary, q: string): boolean {
  return `${name} ${connectionId}`.toLowerCase().includes(q.toLowerCase())
}

function List({ all }: { all: Summary[] }) {
  const { q = '' } = useSearch({ from: '/connections' })
  const navigate = useNavigate({ from: '/connections' })
  const found = all.filter((one) => fits(one, q))
  const choice = useChosen(found, keyOf)
  const acts = useActs()
  const ask = (text: string) =>
    void navigate({ search: text === '' ? {} : { q: text }, replace: true })
  return (
    <>
      <Toolbar label="Filters">
        <Search label="Filter connections" value={q} onChange={ask} />
      </Toolbar>
      {found.length === 0 && (
        <Empty
          title="No connection fits"
          action={<Button onClick={() => ask('')}>Clear filters</Button>}
        />
      )}
      <Table
        label="Connections"
        rows={found}
        keyOf={keyOf}
        isRunning={({ runs }) => runs.some(({ status }) => status === 'running')}
        columns={columns}
        choice={{ ...choice, nameOf }}
      />
      <Bulk
        of="connection"
        rows={choice.rows}
        keyOf={keyOf}
        nameOf={nameOf}
        acts={acts}
        onClear={choice.clear}
      />
    </>
  )
}

function useActs(): BulkAct<Summary>[] {
  const client = useQueryClient()
  const asOperator = useMay('operator')
  const asAdmin = useMay('admin')
  const activeOf = (one: Summary) => one.runs.find(({ status }) => isActive(status))
  const set = (status: 'active' | 'inactive', said: string) => async (one: Summary) => {
    await changeConnection(one.connectionId, { status })
    void client.invalidateQueries({ queryKey: ['connections'] })
    return said
  }
  return [
    {
      label: 'Sync now',
      says: 'A job of each is queued.',
      refused: asOperator,
      not: (one) => {
        if (one.status !== 'active') return 'It is disabled: enable it first.'
        return activeOf(one) ? 'A job runs already.' : undefined
      },
      run: async ({ connectionId }) => `job ${(await startJob(connectionId)).jobId} has begun`,
    },
    {
      label: 'Cancel',
      says: 'The job of each that has one is cancelled; what it has committed stays.',
      refused: asOperator,
      not: (one) => (activeOf(one) ? undefined : 'Nothing runs.'),
      run: (one) => cancelOf(activeOf(one)?.id ?? 0),
    },
    {
      label: 'Enable',
      says: 'Each runs by its schedule again.',
      refused: asAdmin,
      not: ({ status }) => (status === 'active' ? 'It is enabled.' : undefined),
      run: set('active', 'enabled'),
    },
    {
      label: 'Disable',
      says: 'None of them runs until it is enabled again; tables and states stay.',
      refused: asAdmin,
      not: ({ status }) => (status === 'active' ? undefined : 'It is disabled.'),
      run: set('inactive', 'disabled'),
    },
  ]
}

/** What became of a job that was to be cancelled. */
export async function cancelOf(job: number): Promise<string> {
  await cancelJob(job)
  return `job ${job} is cancelled`
}

function None() {
  return (
    <Empty
      title="Nothing is synced yet"
      command="make airbyte-setup"
      action={
        <PageLink to="/connections/new" look="main">
          Make the usual one
        </PageLink>
      }
    >
      A connection carries the banks’ accounts and transactions into your warehouse. The usual one
      is made here, or by the command below.
    </Empty>
  )
}

const columns: Column<Summary>[] = [
  {
    title: 'Connection',
    cell: ({ connectionId, name }) => (
      <RowLink to="/connections/$id" params={{ id: connectionId }}>
        <Sett of={connectionId} />
        <Bank text={name} />
      </RowLink>
    ),
  },
  { title: 'Status', cell: (one) => <Status connection={one} /> },
  { title: 'Fresh as of', cell: (one) => <When at={one.lastSuccessfulSync ?? null} /> },
  { title: 'Next run', cell: (one) => <NextRun connection={one} /> },
  { title: 'Last runs', minor: true, cell: ({ runs }) => <Sparkline runs={runs} /> },
  { title: '', number: true, cell: (one) => <More connection={one} /> },
]

interface Props {
  connection: Summary
}

/** The outcome of the last run that ended, and what runs now, side by side. */
export function Status({ connection }: Props) {
  const told = connectionTold(connection)
  const running = connection.runs.find(({ status }) => isActive(status))
  return (
    <>
      <StatusMark told={told} />
      {running && running.status !== 'incomplete' && told.tone !== 'running' && (
        <StatusMark told={jobTold(running)} quiet />
      )}
    </>
  )
}

export function NextRun({ connection }: Props) {
  const { nextRunAt, scheduleType, followsSource, status } = connection
  if (status !== 'active') return 'none while it is off'
  if (nextRunAt === undefined && scheduleType !== 'manual') return '…'
  if (nextRunAt === undefined) return followsSource ? 'when there is news' : 'by hand'
  return (
    <>
      <When at={nextRunAt} />
      {followsSource && ', or when there is news'}
    </>
  )
}

export function useConnectionActions({ connection }: Props) {
  const client = useQueryClient()
  const asOperator = useMay('operator')
  const asAdmin = useMay('admin')
  const id = connection.connectionId
  const active = connection.runs.find((run) => isActive(run.status))
  const done = () => {
    void client.invalidateQueries({ queryKey: ['jobs'] })
    void client.invalidateQueries({ queryKey: ['connections'] })
  }
  const sync = useMutation({
    mutationFn: () => startJob(id),
    onSuccess: ({ jobId }) => (say(`Job ${jobId} has begun`), done()),
    onError: sayTrouble,
  })
  const cancel = useMutation({
    mutationFn: (job: number) => cancelJob(job),
    onSuccess: done,
    onError: sayTrouble,
  })
  const toggle = useMutation({
    mutationFn: () =>
      changeConnection(id, { status: connection.status === 'active' ? 'inactive' : 'active' }),
    onSuccess: done,
    onError: sayTrouble,
  })
  const off = connection.status === 'active' ? undefined : 'It is disabled: enable it first.'
  return {
    active,
    sync: () => sync.mutate(),
    cancel: () => active && cancel.mutate(active.id),
    toggle: () => toggle.mutate(),
    isBusy: sync.isPending || cancel.isPending,
    refused: {
      sync: asOperator ?? off ?? (active ? 'A job runs already.' : undefined),
      cancel: asOperator ?? (active ? undefined : 'Nothing runs.'),
      toggle: asAdmin,
    },
  }
}

/** Makes another one like it, on the page of a new one. */
export function useDuplicate(like: string) {
  const navigate = useNavigate()
  return () => void navigate({ to: '/connections/new', search: { like } })
}

function More({ connection }: Props) {
  const { sync, cancel, toggle, refused } = useConnectionActions({ connection })
  const duplicate = useDuplicate(connection.connectionId)
  return (
    <RowMenu
      of={connection.name}
      id={connection.connectionId}
      choices={[
        { label: 'Sync now', run: sync, refused: refused.sync },
        { label: 'Cancel its job', run: cancel, refused: refused.cancel },
        { label: 'Duplicate', run: duplicate, refused: refused.toggle },
        {
          label: connection.status === 'active' ? 'Disable' : 'Enable',
          run: toggle,
          refused: refused.toggle,
        },
      ]}
    />
  )
}
