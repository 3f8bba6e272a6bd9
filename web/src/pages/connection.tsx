// One connection: its status in the head, with the actions, whichever of its tabs is shown.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import {
  actorsQuery,
  type Connection,
  connectionQuery,
  jobsQuery,
  type JobWithAttempts,
  summariesQuery,
  type Summary,
} from '../api/engine.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Bank, Count, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { inWords } from '../words/sync-mode.ts'
import css from './bank.module.css'
import { ScheduleTab } from './connection-schedule.tsx'
import { SettingsTab } from './connection-settings.tsx'
import { StateTab } from './connection-state.tsx'
import { StreamsTab } from './connection-streams.tsx'
import { NextRun, Status, useConnectionActions, useDuplicate } from './connections.tsx'
import { JobTable } from './job-table.tsx'

const runsShown = 10

export function ConnectionPage() {
  const { id } = useParams({ from: '/connections/$id' })
  const query = useQuery(connectionQuery(id))
  const jobs = useQuery(jobsQuery({ connection: id }, 0))
  const runs = jobs.data?.jobs ?? []
  const { data: summaries } = useQuery(summariesQuery)
  const summary = summaries?.find(({ connectionId }) => connectionId === id)
  const name = query.data?.name ?? 'Connection'
  return (
    <Page
      title={name}
      emblem={<Sett of={id} size={36} />}
      crumbs={[{ label: 'Syncs', to: '/connections' }]}
      aside={summary && <Status connection={summary} />}
      actions={summary && <Actions connection={summary} />}
    >
      <Shown query={query} rows={8}>
        {(connection) => <Whole {...{ connection, summary, runs }} />}
      </Shown>
    </Page>
  )
}

interface Props {
  connection: Connection
  summary: Summary | undefined
  runs: JobWithAttempts[]
}

function Actions({ connection }: { connection: Summary }) {
  const { active, sync, cancel, isBusy, refused } = useConnectionActions({ connection })
  const duplicate = useDuplicate(connection.connectionId)
  useActions([
    { label: 'Duplicate this connection', run: duplicate, refused: refused.toggle },
    { label: 'Sync now', key: 's', run: sync, refused: refused.sync },
    { label: 'Cancel its job', key: 'c', run: cancel, refused: refused.cancel },
  ])
  return (
    <>
      <Button icon="copy" refused={refused.toggle} onClick={duplicate}>
        Duplicate
      </Button>
      {active ? (
        <Button icon="stop" refused={refused.cancel} busy={isBusy} onClick={cancel}>
          Cancel job {active.id}
        </Button>
      ) : (
        <Button look="main" icon="play" refused={refused.sync} busy={isBusy} onClick={sync}>
          Sync now
        </Button>
      )}
    </>
  )
}

function Whole({ connection, summary, runs }: Props) {
  const { tab } = useSearch({ from: '/connections/$id' })
  const params = { id: connection.connectionId }
  const names = ['streams', 'schedule', 'settings', 'state'] as const
  return (
    <>
      <Tabs
        label="Parts of the connection"
        tabs={[
          {
            label: 'Status',
            link: { to: '/connections/$id', params, search: {} },
            current: tab === undefined,
          },
          ...names.map((name) => ({
            label: name.slice(0, 1).toUpperCase() + name.slice(1),
            link: { to: '/connections/$id', params, search: { tab: name } } as const,
            current: tab === name,
          })),
        ]}
      />
      {tab === undefined && <StatusTab {...{ connection, summary, runs }} />}
      {tab === 'streams' && <StreamsTab connection={connection} />}
      {tab === 'schedule' && <ScheduleTab key={connection.connectionId} connection={connection} />}
      {tab === 'settings' && <SettingsTab key={connection.connectionId} connection={connection} />}
      {tab === 'state' && <StateTab connection={connection} />}
    </>
  )
}

function StatusTab({ connection, summary, runs }: Props) {
  const { data: sources = [] } = useQuery(actorsQuery('source'))
  const { data: destinations = [] } = useQuery(actorsQuery('destination'))
  const nameOf = (actors: typeof sources, id: string) =>
    actors.find((actor) => actor.id === id)?.name ?? id
  return (
    <>
      {connection.statusReason !== undefined && (
        <p className={css['health']}>
          <Bank text={connection.statusReason} whole />
        </p>
      )}
      <Facts
        of={[
          ['From', <Bank key="f" text={nameOf(sources, connection.sourceId)} />],
          ['To', <Bank key="t" text={nameOf(destinations, connection.destinationId)} />],
          ['Fresh as of', <When key="l" at={summary?.lastSuccessfulSync ?? null} />],
          ['Next run', summary && <NextRun key="n" connection={summary} />],
        ]}
      />
      <Section title="Streams">
        <StreamStatus connection={connection} runs={runs} />
      </Section>
      <Section
        title="Last runs"
        aside={
          <Link to="/jobs" search={{ connection: connection.connectionId }}>
            all of its jobs
          </Link>
        }
      >
        {runs.length === 0 ? (
          <Empty title="It has never run" command="make airbyte-sync">
            Its first sync reads everything; the next ones only what has changed.
          </Empty>
        ) : (
          <JobTable jobs={runs.slice(0, runsShown)} one />
        )}
      </Section>
    </>
  )
}

interface StreamLine {
  name: string
  mode: string
  at: number | null
  rows: number
}

function StreamStatus({ connection, runs }: Omit<Props, 'summary'>) {
  const ended = runs.filter(({ job }) => job.status === 'succeeded')
  const lines = connection.configurations.streams.map(({ name, syncMode }): StreamLine => {
    const last = ended.find(({ attempts }) => attempts.some((one) => has(one, name)))
    const rows = (last?.attempts ?? [])
      .flatMap(({ streamStats }) => streamStats)
      .filter(({ streamName }) => streamName === name)
      .reduce((sum, { stats }) => sum + stats.recordsCommitted, 0)
    return { name, mode: syncMode, at: last?.job.updatedAt ?? null, rows }
  })
  const columns: Column<StreamLine>[] = [
    {
      title: 'Stream',
      cell: ({ name }) => (
        <b>
          <Bank text={name} />
        </b>
      ),
    },
    { title: 'Mode', cell: ({ mode }) => inWords(mode) },
    { title: 'Fresh as of', cell: ({ at }) => <When at={at} /> },
    { title: 'Rows of its last run', number: true, cell: ({ rows }) => <Count value={rows} /> },
  ]
  return <Table label="Streams" columns={columns} rows={lines} keyOf={({ name }) => name} />
}

function has(attempt: JobWithAttempts['attempts'][number], stream: string): boolean {
  return attempt.streamStats.some(({ streamName }) => streamName === stream)
}
