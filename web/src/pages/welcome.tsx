// Welcome: what has happened here, and what now? The first minute, with the three first queries.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { connectionsQuery, jobsQuery } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { itemsQuery, living, livingOf, standingsQuery, statsQuery } from '../api/plaid.ts'
import { sessionQuery } from '../api/session.ts'
import { sqlQuery } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { Cell } from '../parts/grid-cell.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank, Count, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { Table } from '../parts/table.tsx'
import { isNumeric, textOf, type Value } from '../words/cell.ts'
import { plural } from '../words/numbers.ts'
import type { Tone } from '../words/status.ts'
import { day } from '../words/times.ts'
import { committed, Took } from './job-table.tsx'
import { type Sample, samples } from './sql-samples.ts'
import { useIsSynced } from './sql-schema.ts'
import { useDismiss } from './welcome-dismiss.tsx'
import css from './welcome.module.css'
import { Month } from './world-month.tsx'

const firstRows = 5

export function Welcome() {
  const stand = useQuery(standingsQuery)
  const navigate = useNavigate()
  const dismiss = useDismiss(() => void navigate({ to: '/' }))
  return (
    <Page
      title="Welcome"
      actions={
        <Button busy={dismiss.isPending} onClick={() => dismiss.mutate()}>
          Put it away
        </Button>
      }
    >
      <Section title="What is here">
        <Shown query={stand} rows={3}>
          {(of) => <Steps banks={livingOf(of)} />}
        </Shown>
      </Section>
      <Section title="What now">
        <Next isLinked={stand.data === undefined || livingOf(stand.data) > 0} />
      </Section>
      <Section title="Three questions to begin with">
        <ol className={css['samples']}>
          {samples.map((sample) => (
            <li key={sample.name}>
              <Ask sample={sample} />
            </li>
          ))}
        </ol>
      </Section>
    </Page>
  )
}

/** The way of the rows so far, each step as it is now. */
function Steps({ banks }: { banks: number }) {
  const { data: items = [] } = useQuery(itemsQuery({ standing: living, limit: banksMax }))
  const isRead = items.some((item) => item.pulled_at !== null)
  return (
    <ol className={css['steps']} aria-label="Steps">
      <Step
        tone={banks > 0 ? 'fresh' : 'off'}
        name={banks > 0 ? `${plural(banks, 'bank')} linked` : 'No bank is linked yet'}
      >
        {banks > 0 ? (
          <ul className={css['banks']}>
            {items.map((item) => (
              <li key={item.item_id}>
                <Link to="/banks/$item" params={{ item: item.item_id }}>
                  <Sett of={item.institution_id ?? item.item_id} size={20} />
                  <Bank text={item.institution_name} />
                </Link>
              </li>
            ))}
            {banks > banksMax && (
              <li>
                <Link to="/banks">all of them</Link>
              </li>
            )}
          </ul>
        ) : (
          <p>
            Link one: its owner logs in at Plaid, and its accounts and transactions come here.{' '}
            <code>make plaid-link-token</code>
          </p>
        )}
      </Step>
      <Pulled isRead={isRead} />
      <Synced />
    </ol>
  )
}

const banksMax = 6

function Step({ tone, name, children }: StepProps) {
  return (
    <li>
      <Shape tone={tone} />
      <div>
        <h3>{name}</h3>
        {children}
      </div>
    </li>
  )
}

interface StepProps {
  tone: Tone
  name: string
  children: ReactNode
}

function Pulled({ isRead }: { isRead: boolean }) {
  const query = useQuery(statsQuery)
  return (
    <Step
      tone={isRead ? 'fresh' : 'off'}
      name={isRead ? 'Pulled into the store' : 'Nothing has been pulled yet'}
    >
      <Shown query={query} rows={1}>
        {({ accounts, transactions, last_pull_at: at }) => (
          <p>
            <Count value={transactions} /> transactions in{' '}
            <Link to="/banks">
              <Count value={accounts} /> accounts
            </Link>
            {at !== null && (
              <>
                , pulled <When at={at} />
              </>
            )}
            . It goes on by itself; only what has changed is asked for.
          </p>
        )}
      </Shown>
    </Step>
  )
}

function Synced() {
  const query = useQuery(jobsQuery({ status: 'succeeded' }, 0, 1))
  const { data: connections } = useQuery(connectionsQuery)
  const last = query.data?.jobs[0]
  return (
    <Step
      tone={last === undefined ? 'off' : 'fresh'}
      name={last === undefined ? 'Nothing is in the warehouse yet' : 'Synced into the warehouse'}
    >
      <Shown
        query={query}
        rows={1}
        empty={({ jobs }) =>
          jobs.length > 0 ? undefined : (
            <p>
              {connections?.length === 0
                ? 'A connection carries the banks’ rows into your PostgreSQL. '
                : 'The connection waits for its first sync. '}
              <code>{connections?.length === 0 ? 'make airbyte-setup' : 'make airbyte-sync'}</code>
            </p>
          )
        }
      >
        {({ jobs: [job] }) =>
          job !== undefined && (
            <p>
              <Link to="/jobs/$id" params={{ id: String(job.job.id) }}>
                Job {job.job.id}
              </Link>{' '}
              wrote <Count value={committed(job.attempts, 'recordsCommitted')} /> rows in{' '}
              <Took of={job} />, <When at={job.job.updatedAt} />. <Range />
            </p>
          )
        }
      </Shown>
    </Step>
  )
}

const range = 'select min(date)::text, max(date)::text from airbyte_plaid.transactions'

/** From when to when; nothing where it cannot be asked. */
function Range() {
  const may = useMay('operator')
  const isSynced = useIsSynced()
  const isAsked = may === undefined && isSynced === true
  const { data } = useQuery({ ...sqlQuery(range), enabled: isAsked })
  const [from, to] = (data?.rows[0] ?? []).map(textOf)
  if (!from || !to) return null
  return (
    <>
      The transactions there are from {day(from, true)} to {day(to, true)}.
    </>
  )
}

/** Where no bank is linked, time that passes brings nothing. */
function Next({ isLinked }: { isLinked: boolean }) {
  const { data: session } = useQuery(sessionQuery)
  if (!session) return null
  if (session.world === 'emulator' && isLinked) {
    return (
      <>
        <p>
          The banks here are emulated. Let thirty days pass, and watch what comes of it: new rows at
          the banks, a pull, a sync. <Link to="/world">The world</Link> can do more.
        </p>
        <Month />
      </>
    )
  }
  return (
    <div>
      <PageLink to="/banks/link" look="main">
        {session.world === 'emulator' ? 'Link a bank' : 'Link your bank'}
      </PageLink>
    </div>
  )
}

function Ask({ sample: { name, query } }: { sample: Sample }) {
  const [isAsked, setAsked] = useState(false)
  const may = useMay('operator')
  return (
    <>
      <h3>{name}</h3>
      <pre>{query}</pre>
      <div className={css['buttons']}>
        <Button
          icon="play"
          refused={may}
          onClick={() => setAsked(true)}
          aria-label={`Run: ${name}`}
        >
          Run
        </Button>
        <PageLink to="/data/sql" search={{ q: query }} look="plain">
          Open in SQL
        </PageLink>
      </div>
      {isAsked && <Answer query={query} name={name} />}
    </>
  )
}

function Answer({ query: text, name }: { query: string; name: string }) {
  const isSynced = useIsSynced()
  const query = useQuery({ ...sqlQuery(text), enabled: isSynced === true })
  if (isSynced === false) return <None />
  return (
    <Shown
      query={query}
      rows={firstRows}
      empty={({ rows }) => (rows.length > 0 ? undefined : <None />)}
    >
      {({ columns, rows, truncated }) => (
        <div>
          <Table
            label={name}
            columns={columns.map((column, i) => ({
              title: column.name,
              number: isNumeric(column.type),
              cell: ({ row }: Numbered) => <Cell value={row[i] ?? null} column={column} />,
            }))}
            rows={rows.slice(0, firstRows).map((row, at): Numbered => ({ row, at }))}
            keyOf={({ at }) => String(at)}
          />
          {rows.length > firstRows && (
            <p className={css['more']}>
              The first {firstRows} of {truncated ? 'more than ' : ''}
              {rows.length} rows.
            </p>
          )}
        </div>
      )}
    </Shown>
  )
}

function None() {
  return (
    <Empty title="No rows yet" command="make airbyte-sync">
      They come with the first sync.
    </Empty>
  )
}

interface Numbered {
  row: Value[]
  at: number
}
