// Follow: where is this transaction? From the bank to the warehouse's row, station by station, and
// column by column beside the store's.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { itemQuery } from '../api/plaid.ts'
import { type Followed, followQuery } from '../api/web.ts'
import { moveInStations, useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank, Id, When } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { visible } from '../words/hostile.ts'
import { plural } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import type { Tone } from '../words/status.ts'
import css from './follow.module.css'

export function Follow() {
  const { transaction } = useParams({ from: '/follow/$transaction' })
  const query = useQuery(followQuery(transaction))
  const navigate = useNavigate()
  const go = (to: string | null | undefined) =>
    typeof to === 'string' &&
    void navigate({ to: '/follow/$transaction', params: { transaction: to } })
  const { earlier, later } = query.data?.neighbours ?? {}
  useActions([
    { label: 'The one before it in its account', key: '[', run: () => go(earlier) },
    { label: 'The one after it', key: ']', run: () => go(later) },
    { label: 'The station before', key: 'ArrowLeft', run: () => moveInStations(-1) },
    { label: 'The next station', key: 'ArrowRight', run: () => moveInStations(1) },
  ])
  const name = query.data?.columns.find((column) => column.name === 'name')
  const title = name?.store ?? name?.warehouse ?? 'Transaction'
  return (
    <Page
      title={title}
      crumbs={[{ label: 'Data', to: '/data' }]}
      actions={
        <>
          <Button
            refused={typeof earlier === 'string' ? undefined : none}
            onClick={() => go(earlier)}
          >
            Earlier
          </Button>
          <Button refused={typeof later === 'string' ? undefined : none} onClick={() => go(later)}>
            Later
          </Button>
          <CopyButton text={transaction} label="Copy id" />
        </>
      }
    >
      <Shown query={query} rows={6}>
        {(followed) => <Whole followed={followed} />}
      </Shown>
    </Page>
  )
}

const none = 'The warehouse has none of the same account there.'

function Whole({ followed }: { followed: Followed }) {
  const differing = followed.columns.filter(({ equal }) => !equal)
  return (
    <>
      {followed.unanswered.map(({ what, message }) => (
        <p key={what} role="alert">
          {what}: {message}
        </p>
      ))}
      <ol className={css['stations']}>
        <StoreStations followed={followed} />
        <FeedStation followed={followed} />
        <WarehouseStations followed={followed} differing={differing.length} />
      </ol>
      <Section title="Column by column">
        <Columns columns={followed.columns} />
      </Section>
    </>
  )
}

interface StationProps {
  name: string
  tone: Tone
  children: ReactNode
}

function Station({ name, tone, children }: StationProps) {
  return (
    <li className={css['station']} tabIndex={-1} data-station="">
      <h2>
        <Shape tone={tone} /> {name}
      </h2>
      {children}
    </li>
  )
}

function StoreStations({ followed: { store, transaction_id: id } }: { followed: Followed }) {
  const { data: bank } = useQuery(itemQuery(store?.item_id ?? ''))
  if (store === null) {
    return (
      <>
        <Station name="bank" tone="off">
          <p>unknown: its bank was erased</p>
        </Station>
        <Station name="store" tone="failed">
          <p>
            has no <Id text={id} />
          </p>
        </Station>
      </>
    )
  }
  const isGone = store.deleted_at !== null
  return (
    <>
      <Station name="bank" tone={isGone ? 'off' : 'fresh'}>
        <p>
          <Link to="/banks/$item" params={{ item: store.item_id }}>
            <Bank text={bank?.institution_name ?? store.item_id} />
          </Link>
        </p>
        <p>
          {isGone ? 'took it back' : store.pending === true ? 'has it pending' : 'has it posted'}
        </p>
        {store.posted_from && (
          <p>
            was{' '}
            <Link
              to="/follow/$transaction"
              params={{ transaction: store.posted_from.transaction_id }}
            >
              pending
            </Link>{' '}
            <When at={store.posted_from.created_at} />
          </p>
        )}
      </Station>
      <Station name="store" tone={isGone ? 'off' : 'fresh'}>
        <p>
          first <When at={store.created_at} />
        </p>
        <p>
          {isGone ? 'tombstone' : 'changed'} <When at={store.deleted_at ?? store.updated_at} />
        </p>
      </Station>
    </>
  )
}

function FeedStation({ followed: { feed } }: { followed: Followed }) {
  if (feed === undefined || feed.position === null) {
    return (
      <Station name="feed" tone="off">
        <p>no position</p>
      </Station>
    )
  }
  const isBrought = feed.brought !== null && feed.brought >= feed.position
  return (
    <Station name="feed" tone={isBrought ? 'fresh' : 'attention'}>
      <p>
        at <Id text={feed.position} />
      </p>
      <p>{isBrought ? 'the warehouse has this position' : 'not synced since it changed'}</p>
      {feed.after && <p>{rowsOf(feed.after)} came after it</p>}
    </Station>
  )
}

function WarehouseStations({ followed, differing }: { followed: Followed; differing: number }) {
  const { job, warehouse, columns } = followed
  const isGone = followed.store?.deleted_at !== null
  const equal = columns.length - differing
  return (
    <>
      <Station name="job" tone={job === null ? 'off' : 'fresh'}>
        {job === null ? (
          <p>{isGone ? 'none wrote it, or it is gone' : 'none has brought it yet'}</p>
        ) : (
          <p>
            <Link to="/jobs/$id" params={{ id: String(job.jobId) }}>
              job {job.jobId}
            </Link>{' '}
            {job.status}
          </p>
        )}
      </Station>
      <Station
        name="warehouse"
        tone={warehouse === null ? 'off' : differing > 0 ? 'attention' : 'fresh'}
      >
        <p>
          {warehouse === null
            ? isGone
              ? 'gone, as at the bank'
              : 'not there yet'
            : `${equal} of ${columns.length} columns equal`}
        </p>
        {followed.behind && <p>{rowsOf(followed.behind)} behind the feed</p>}
      </Station>
    </>
  )
}

function rowsOf({ rows, more }: { rows: number; more: boolean }): string {
  return `${more ? 'over ' : ''}${plural(rows, 'row')}`
}

const hidden = /amount|balance/

function Columns({ columns }: { columns: Followed['columns'] }) {
  const { privacy } = usePreferences()
  const shown = (name: string, value: string | null) =>
    value === null ? (
      '–'
    ) : (
      <span className={css['value']}>
        {privacy && hidden.test(name) ? '•••••' : <Bank text={value} />}
      </span>
    )
  const table: Column<Followed['columns'][number]>[] = [
    { title: 'Column', cell: ({ name }) => <b>{visible(name)}</b> },
    { title: 'Store', cell: ({ name, store }) => shown(name, store) },
    {
      title: '',
      cell: ({ equal }) => <span title={equal ? 'equal' : 'different'}>{equal ? '=' : '≠'}</span>,
    },
    { title: 'Warehouse', cell: ({ name, warehouse }) => shown(name, warehouse) },
  ]
  const sorted = columns.toSorted((a, b) => Number(a.equal) - Number(b.equal))
  return <Table label="Columns" columns={table} rows={sorted} keyOf={({ name }) => name} />
}
