// System: what runs, with which options, and what it says in its logs.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ProcessReport } from '../../../src/server/status/shapes.ts'
import { useMay } from '../api/may.ts'
import { type Option, optionsQuery, statusQuery } from '../api/web.ts'
import { Search, Select, Toolbar } from '../parts/field.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Coded } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { duration } from '../words/numbers.ts'
import type { Told } from '../words/status.ts'
import { ServiceLog } from './system-log.tsx'
import css from './system.module.css'

function told({ state }: ProcessReport): Told {
  if (state === 'running') return { tone: 'fresh', word: 'running' }
  if (state === 'starting' || state === 'waiting') return { tone: 'attention', word: state }
  return { tone: state === 'stopped' ? 'off' : 'failed', word: state }
}

const processes: Column<ProcessReport>[] = [
  { title: 'Process', cell: ({ name }) => <b>{name}</b> },
  { title: 'State', cell: (one) => <StatusMark told={told(one)} quiet /> },
  { title: 'Port', number: true, cell: ({ port }) => port ?? '–' },
  {
    title: 'Up',
    number: true,
    cell: ({ uptime_ms: up }) =>
      up === undefined ? '–' : <span className={css['up']}>{duration(up)}</span>,
  },
  { title: 'Restarts', number: true, cell: ({ restarts }) => restarts },
  { title: 'Last end', minor: true, cell: ({ note, last_end: end }) => note ?? end ?? '–' },
]

export function System() {
  const status = useQuery(statusQuery)
  return (
    <Page title="System">
      <Section title="Processes">
        <Shown query={status} rows={6}>
          {(report) => (
            <Table
              label="Processes"
              columns={processes}
              rows={report.processes}
              keyOf={({ name }) => name}
            />
          )}
        </Shown>
      </Section>
      {status.data && (
        <Facts
          of={[
            ['Plaid', status.data.plaid_env],
            ['Disk', status.data.disk ?? 'has room'],
            ['Data', <code key="d">{status.data.data_folder}</code>],
            ...status.data.databases.map(({ name, address }): [string, ReactNode] => [
              `Database ${name}`,
              <code key={name}>{address}</code>,
            ]),
          ]}
        />
      )}
      <Logs names={(status.data?.processes ?? []).map(({ name }) => name)} />
      <Options />
    </Page>
  )
}

function Logs({ names }: { names: string[] }) {
  const { service } = useSearch({ from: '/system' })
  const refused = useMay('operator')
  const navigate = useNavigate({ from: '/system' })
  const choose = (name: string) =>
    void navigate({
      search: ({ service: _old, ...rest }) => (name === '' ? rest : { ...rest, service: name }),
      replace: true,
    })
  if (refused !== undefined) return <Section title="Logs">{refused}</Section>
  return (
    <Section
      title="Logs"
      aside={
        <Select
          label="Service"
          value={service ?? ''}
          options={[
            ['', 'choose a service'],
            ...names.map((name): [string, string] => [name, name]),
          ]}
          onChange={choose}
        />
      }
    >
      {service === undefined ? (
        <p>Each process writes a log of its own; the same by ./tartan logs.</p>
      ) : (
        <ServiceLog key={service} service={service} />
      )}
    </Section>
  )
}

const options: Column<Option>[] = [
  {
    title: 'Option',
    cell: ({ env, flag }) => (
      <span className={css['option']}>
        <code>{env}</code>
        {flag !== null && <code>{flag}</code>}
      </span>
    ),
  },
  {
    title: 'Value',
    cell: ({ value, default: fallback }) =>
      value === null || value === '' ? 'empty' : value === fallback ? value : <b>{value}</b>,
  },
  {
    title: 'Set by',
    cell: ({ set, applies }) => (
      <span className={css['option']}>
        <span>{set}</span>
        <span>counts {applies}</span>
      </span>
    ),
  },
  { title: 'What for', minor: true, prose: true, cell: ({ doc }) => <Coded text={doc} /> },
]

function Options() {
  const { q = '' } = useSearch({ from: '/system' })
  const navigate = useNavigate({ from: '/system' })
  const query = useQuery(optionsQuery)
  const set = (text: string) =>
    void navigate({
      search: ({ q: _old, ...rest }) => (text === '' ? rest : { ...rest, q: text }),
      replace: true,
    })
  return (
    <Section title="Options">
      <Toolbar label="Filters">
        <Search label="Filter options" value={q} onChange={set} />
      </Toolbar>
      <Shown query={query} rows={10}>
        {(all) => (
          <Table
            label="Options"
            columns={options}
            rows={all.filter(({ env, doc }) =>
              `${env} ${doc}`.toLowerCase().includes(q.toLowerCase()),
            )}
            keyOf={({ env }) => env}
          />
        )}
      </Shown>
    </Section>
  )
}
