// Spending: months by category, one month's categories, and its largest.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sqlQuery, type SqlResult } from '../api/web.ts'
import { Bars, categoriesOf, type MonthBar } from '../parts/bars.tsx'
import { Section } from '../parts/page.tsx'
import { Amount, Bank, Count } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { inWords } from '../words/category.ts'
import { textOf } from '../words/cell.ts'
import { day, monthName } from '../words/times.ts'
import { largest, rowsBehind, spending } from './money-queries.ts'
import { Figure, ShowSql, type View } from './money-view.tsx'

interface Spent {
  month: string
  category: string
  spent: string
  transactions: string
}

function spentOf({ rows }: SqlResult): Spent[] {
  return rows.map((row) => {
    const [month = '', category = '', spent = '0', transactions = '0'] = row.map(textOf)
    return { month, category, spent, transactions }
  })
}

export function Spending({ view }: { view: View }) {
  const { asked, month, months, choose } = view
  const text = spending(asked)
  const query = useQuery(sqlQuery(text))
  return (
    <>
      <Shown
        query={query}
        rows={6}
        empty={({ rows }) =>
          rows.length > 0 ? undefined : <Empty title="Nothing was spent in these months" />
        }
      >
        {(result) => {
          const rows = spentOf(result)
          const bars = barsOf(rows, months)
          const of = rows.filter((row) => row.month === month)
          return (
            <>
              <Section title="Spending by month" aside={<ShowSql query={text} />}>
                <Bars months={bars} currency={asked.currency} chosen={month} onChoose={choose} />
              </Section>
              <Section title={`${monthName(month)} by category`}>
                <Categories rows={of} top={categoriesOf(bars)} view={view} />
              </Section>
            </>
          )
        }}
      </Shown>
      <Section title={`The largest of ${monthName(month)}`}>
        <Largest view={view} />
      </Section>
    </>
  )
}

function barsOf(rows: Spent[], months: string[]): MonthBar[] {
  return months.map((month) => ({
    month,
    parts: rows
      .filter((row) => row.month === month)
      .map(({ category, spent }) => ({ category, spent })),
  }))
}

interface CategoriesProps {
  rows: Spent[]
  top: string[]
  view: View
}

function Categories({ rows, top, view: { asked, month } }: CategoriesProps) {
  const columns: Column<Spent>[] = [
    {
      title: 'Category',
      cell: ({ category }) => (
        <>
          <Swatch place={top.indexOf(category)} /> <Bank text={inWords(category)} />
        </>
      ),
    },
    { title: 'Transactions', number: true, cell: (row) => <Count value={row.transactions} /> },
    {
      title: 'Spent',
      number: true,
      cell: ({ spent, category }) => (
        <Figure
          value={spent}
          currency={asked.currency}
          query={rowsBehind(asked, month, { way: 'out', category })}
        />
      ),
    },
  ]
  if (rows.length === 0) return <p>Nothing was spent in this month.</p>
  return (
    <Table label="Categories" columns={columns} rows={rows} keyOf={({ category }) => category} />
  )
}

function Swatch({ place }: { place: number }) {
  return (
    <svg width="12" height="12" aria-hidden="true">
      <rect
        width="12"
        height="12"
        rx="2"
        fill={place < 0 ? 'var(--off-fill)' : `var(--cat-${place + 1})`}
      />
    </svg>
  )
}

function Largest({ view: { asked, month } }: { view: View }) {
  const query = useQuery(sqlQuery(largest(asked, month)))
  const columns: Column<string[]>[] = [
    {
      title: 'Transaction',
      cell: ([id = '', , name = '']) => (
        <RowLink to="/follow/$transaction" params={{ transaction: id }}>
          <Bank text={name} />
        </RowLink>
      ),
    },
    { title: 'Date', cell: ([, date = '']) => day(date, true) },
    {
      title: 'Account',
      minor: true,
      cell: ([, , , , id = '', name = '']) => (
        <Link to="/accounts/$id" params={{ id }}>
          <Bank text={name} />
        </Link>
      ),
    },
    {
      title: 'Spent',
      number: true,
      cell: ([, , , amount = null]) => <Amount value={amount} currency={asked.currency || null} />,
    },
  ]
  return (
    <Shown
      query={query}
      rows={5}
      empty={({ rows }) => (rows.length > 0 ? undefined : <p>Nothing was spent in this month.</p>)}
    >
      {({ rows }) => (
        <Table
          label="Largest"
          columns={columns}
          rows={rows.map((row) => row.map(textOf))}
          keyOf={([id = '']) => id}
        />
      )}
    </Shown>
  )
}
