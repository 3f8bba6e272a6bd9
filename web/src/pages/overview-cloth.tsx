// The cloth's rows: one a bank (its pulls), one a stream (its syncs).
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type StreamStrip, streamStripsQuery } from '../api/engine.ts'
import {
  type Item,
  itemsQuery,
  living,
  livingOf,
  type PullCell,
  pullStripsQuery,
  standingsQuery,
} from '../api/plaid.ts'
import { type ClothCell, type ClothRow, ClothStrip } from '../parts/cloth.tsx'
import { Select } from '../parts/field.tsx'
import { LinkABank } from '../parts/next-step.tsx'
import { useIsPhone } from '../parts/phone.ts'
import { Section } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { useNow } from '../words/clock.ts'
import { exact, plural } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import { itemTold, jobTold, type Told } from '../words/status.ts'
import { clockTime, day } from '../words/times.ts'
import css from './overview.module.css'

const hourMs = 3_600_000
const banksShown = 20
const worstFirst = itemsQuery({ standing: living, order: 'worst', limit: banksShown })

type Pulls = Map<string, PullCell[]>

interface Span {
  fromMs: number
  stepMs: number
  columns: number
}

export function Cloth() {
  const { range } = useSearch({ strict: false })
  const navigate = useNavigate()
  const isPhone = useIsPhone()
  const columns = range === '7d' ? 56 : isPhone ? 24 : 48
  const stepMs = ((range === '7d' ? 168 : 24) * hourMs) / columns
  const now = useNow(60_000)
  const fromMs = Math.ceil(now / stepMs) * stepMs - columns * stepMs
  const items = useQuery(worstFirst)
  const { data: stand } = useQuery(standingsQuery)
  const ids = (items.data ?? []).map((item) => item.item_id)
  const pulls = useQuery({
    ...pullStripsQuery(ids, fromMs, stepMs),
    placeholderData: keepPreviousData,
  })
  const strips = useQuery({
    ...streamStripsQuery(fromMs, stepMs),
    placeholderData: keepPreviousData,
  })
  const choose = (value: string) =>
    void navigate({ to: '/', search: value === '7d' ? { range: '7d' } : {}, replace: true })
  const options: [string, string][] = [
    ['24h', '24 hours'],
    ['7d', '7 days'],
  ]
  return (
    <Section
      title="The cloth"
      aside={<Select label="Range" value={range ?? '24h'} options={options} onChange={choose} />}
    >
      <Shown
        query={items}
        rows={5}
        empty={(all) => (all.length > 0 || strips.data?.length !== 0 ? undefined : <NoRow />)}
      >
        {(shown) => (
          <Rows
            items={shown}
            total={stand === undefined ? shown.length : livingOf(stand)}
            strips={strips.data ?? []}
            pulls={pulls.data ?? new Map()}
            span={{ fromMs, stepMs, columns }}
          />
        )}
      </Shown>
    </Section>
  )
}

function NoRow() {
  return (
    <Empty
      title="Nothing is woven yet"
      action={<LinkABank look="main" />}
      command="make plaid-link-token"
    >
      Each bank has a row here, its pulls, and each stream its syncs.
    </Empty>
  )
}

interface RowsProps {
  items: Item[]
  /** How many banks there are. */
  total: number
  strips: StreamStrip[]
  pulls: Pulls
  span: Span
}

function Rows({ items, total, strips, pulls, span }: RowsProps) {
  const navigate = useNavigate()
  const [at, setAt] = useState({ row: 0, column: span.columns - 1 })
  const shown = total > items.length ? items : items.toSorted(asLinked)
  const rows = [
    ...shown.map((item) => bankRow(item, pulls.get(item.item_id) ?? [])),
    ...strips.map(streamRow),
  ]
  const move = (i: number) => (down: -1 | 0 | 1, column: number) => {
    const row = Math.min(rows.length - 1, Math.max(0, i + down))
    setAt({ row, column })
    document.querySelector<SVGElement>(`[data-cloth="${CSS.escape(rows[row]?.id ?? '')}"]`)?.focus()
  }
  const open = (row: Row) =>
    row.item === undefined
      ? void navigate({ to: '/jobs' })
      : void navigate({ to: '/banks/$item', params: { item: row.item.item_id } })
  return (
    <div className={css['cloth']} role="group" aria-label="The cloth: arrows move in it">
      {rows.map((row, i) => (
        <div key={row.id} className={css['row']}>
          <RowName row={row} />
          <div className={css['strip']}>
            <ClothStrip
              row={row}
              {...span}
              isCurrent={i === at.row}
              focusColumn={Math.min(at.column, span.columns - 1)}
              onMove={move(i)}
              onOpen={() => open(row)}
            />
          </div>
          <span className={css['state']}>
            <StatusMark told={row.told} quiet />
          </span>
          <span className={css['age']}>
            <When at={row.since} short />
          </span>
        </div>
      ))}
      <Axis span={span} />
      {total > items.length && (
        <Link to="/banks" className={css['others']}>
          and {plural(total - items.length, 'more bank')}, none of them worse
        </Link>
      )}
    </div>
  )
}

/** Of few banks all stand as they were linked. */
function asLinked(a: Item, b: Item): number {
  return a.created_at < b.created_at ? -1 : 1
}

interface Row extends ClothRow {
  told: Told
  /** ISO text, or seconds. */
  since: string | number | null
  item?: Item
}

function RowName({ row }: { row: Row }) {
  if (row.item === undefined) {
    return (
      <Link to="/connections" className={css['name']}>
        <span className={css['stream']} aria-hidden="true">
          ═
        </span>
        <Bank text={row.name} />
      </Link>
    )
  }
  return (
    <Link to="/banks/$item" params={{ item: row.item.item_id }} className={css['name']}>
      <Sett of={row.item.institution_id ?? row.item.item_id} size={24} />
      <Bank text={row.item.institution_name} />
    </Link>
  )
}

function Axis({ span: { fromMs, stepMs, columns } }: { span: Span }) {
  const { zone } = usePreferences()
  const wholeMs = columns * stepMs
  const isWeek = wholeMs > 48 * hourMs
  const marks = Array.from({ length: isWeek ? 7 : 8 }, (_, i) => i / (isWeek ? 7 : 8))
  const text = (at: number) =>
    isWeek ? day(new Date(at).toISOString()) : clockTime(Math.ceil(at / hourMs) * hourMs, zone)
  return (
    <div className={css['axis']} aria-hidden="true">
      <div className={css['ticks']}>
        {marks.slice(1).map((part) => (
          <span key={part} className={css['tick']} style={{ left: `${part * 100}%` }}>
            {text(fromMs + part * wholeMs)}
          </span>
        ))}
        <span className={css['tick']} style={{ left: '100%' }}>
          now
        </span>
      </div>
    </div>
  )
}

function bankRow(item: Item, pulls: PullCell[]): Row {
  const cells = pulls.map((one) => [one.at, { tone: toneOf(one), text: wordsOf(one) }] as const)
  const name = item.institution_name ?? item.item_id
  const { item_id: id, pulled_at: since } = item
  return { id, name, cells: new Map(cells), told: itemTold(item), since, item }
}

/** A cell is the worst that happened in it; its words tell all. */
function toneOf({ failed, running }: PullCell): ClothCell['tone'] {
  if (failed !== undefined) return 'failed'
  return running === undefined ? 'fresh' : 'running'
}

function wordsOf(cell: PullCell): string {
  const { pulls, failed = 0, running = 0, added = 0, modified = 0, removed = 0 } = cell
  const parts = [
    ...(failed > 0 ? [`${plural(failed, 'pull')} failed: ${cell.error_message ?? ''}`] : []),
    ...(running > 0 ? ['a pull runs'] : []),
    ...(pulls > failed + running
      ? [`pulled: ${exact(added)} new, ${exact(modified)} changed, ${exact(removed)} gone`]
      : []),
  ]
  return parts.join('; ')
}

function streamRow({ streamName: name, lastJobStatus, lastSucceededAt, cells }: StreamStrip): Row {
  const laid = cells.map(({ at, jobs, worstStatus, lastJobId, recordsCommitted: records }) => {
    const told = jobTold({ status: worstStatus })
    const who = jobs === 1 ? `job ${exact(lastJobId)}` : plural(jobs, 'job')
    const text = `${who} ${told.word}, ${plural(records, 'row')}`
    return [at, { tone: told.tone === 'person' ? 'attention' : told.tone, text }] as const
  })
  const last = jobTold({ status: lastJobStatus })
  const told = last.word === 'succeeded' ? { ...last, word: 'fresh' } : last
  return { id: `stream ${name}`, name, cells: new Map(laid), told, since: lastSucceededAt ?? null }
}
