// In and out: what came in, what went out and what is left, by month; and one month's as it flows.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount } from '../parts/said.tsx'
import { type FlowPart, Sankey } from '../parts/sankey.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { inWords } from '../words/category.ts'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
import { monthName } from '../words/times.ts'
import css from './money.module.css'
import { flow, inAndOut, rowsBehind } from './money-queries.ts'
import { Figure, ShowSql, type View } from './money-view.tsx'

interface Month {
  name: string
  cameIn: string
  wentOut: string
  leftOver: string
}

export function Flow({ view }: { view: View }) {
  const text = inAndOut(view.asked)
  const query = useQuery(sqlQuery(text))
  const months = (query.data?.rows ?? []).map((row): Month => {
    const [name = '', cameIn = '0', wentOut = '0', leftOver = '0'] = row.map(textOf)
    return { name, cameIn, wentOut, leftOver }
  })
  const chosen = months.find(({ name }) => name === view.month)
  return (
    <>
      <Section
        title={`How ${monthName(view.month)} flowed`}
        aside={<ShowSql query={flow(view.asked, view.month)} />}
      >
        <OneMonth view={view} month={chosen} />
      </Section>
      <Section title="By month" aside={<ShowSql query={text} />}>
        <Shown
          query={query}
          rows={6}
          empty={() =>
            months.length > 0 ? undefined : <Empty title="Nothing moved in these months" />
          }
        >
          {() => <Months months={months} view={view} />}
        </Shown>
      </Section>
    </>
  )
}

function OneMonth({ view: { asked, month }, month: sums }: OneMonthProps) {
  const query = useQuery(sqlQuery(flow(asked, month)))
  const parts = (query.data?.rows ?? []).map((row) => {
    const [way = '', category = '', value = '0'] = row.map(textOf)
    return { way, category, value }
  })
  const side = (way: 'in' | 'out') =>
    parts
      .filter((part) => part.way === way)
      .map(({ category, value }): FlowPart => ({
        id: category,
        value,
        label: (
          <>
            <bdi>{visible(inWords(category))}</bdi>
            <Figure
              value={value}
              currency={asked.currency}
              query={rowsBehind(asked, month, { way, category })}
            />
          </>
        ),
      }))
  const rest = sums === undefined ? [] : [restOf(sums, asked.currency)]
  const isLeft = sums !== undefined && !sums.leftOver.startsWith('-')
  const isEven = sums === undefined || Number(sums.leftOver) === 0
  return (
    <Shown
      query={query}
      rows={8}
      empty={() => (parts.length > 0 ? undefined : <p>Nothing moved in this month.</p>)}
    >
      {() => (
        <Sankey
          from={[...side('in'), ...(isEven || isLeft ? [] : rest)]}
          to={[...side('out'), ...(isEven || !isLeft ? [] : rest)]}
        />
      )}
    </Shown>
  )
}

interface OneMonthProps {
  view: View
  month: Month | undefined
}

/** What makes both sides equal. */
function restOf({ leftOver }: Month, currency: string): FlowPart {
  const isLeft = !leftOver.startsWith('-')
  const value = isLeft ? leftOver : leftOver.slice(1)
  const label = (
    <>
      {isLeft ? 'left over' : 'more than came in'}
      <Amount value={value} currency={currency || null} />
    </>
  )
  return { id: 'rest', value, isRest: true, label }
}

function Months({ months, view: { asked, month, choose } }: { months: Month[]; view: View }) {
  const most = Math.max(
    1,
    ...months.flatMap(({ cameIn, wentOut }) => [Number(cameIn), Number(wentOut)]),
  )
  const columns: Column<Month>[] = [
    {
      title: 'Month',
      cell: ({ name }) => (
        <button
          type="button"
          className={css['month']}
          aria-pressed={name === month}
          onClick={() => choose(name)}
        >
          {monthName(name)}
        </button>
      ),
    },
    {
      title: 'In, above, and out',
      minor: true,
      cell: ({ cameIn, wentOut }) => (
        <svg viewBox="0 0 100 16" preserveAspectRatio="none" className={css['pair']} aria-hidden>
          <rect y="1" width={(100 * Number(cameIn)) / most} height="6" fill="var(--cat-1)" />
          <rect y="9" width={(100 * Number(wentOut)) / most} height="6" fill="var(--cat-2)" />
        </svg>
      ),
    },
    {
      title: 'Came in',
      number: true,
      cell: ({ name, cameIn }) => (
        <Figure
          value={cameIn}
          currency={asked.currency}
          query={rowsBehind(asked, name, { way: 'in' })}
        />
      ),
    },
    {
      title: 'Went out',
      number: true,
      cell: ({ name, wentOut }) => (
        <Figure
          value={wentOut}
          currency={asked.currency}
          query={rowsBehind(asked, name, { way: 'out' })}
        />
      ),
    },
    {
      title: 'Left over',
      number: true,
      cell: ({ name, leftOver }) => (
        <Figure value={leftOver} currency={asked.currency} query={rowsBehind(asked, name, {})} />
      ),
    },
  ]
  return <Table label="Months" columns={columns} rows={months} keyOf={({ name }) => name} />
}
