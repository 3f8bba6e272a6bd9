// Holdings: which securities each account has, and what they are worth, as the institutions tell
// it; each currency for itself.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
import { usePreferences } from '../words/preferences.ts'
import { holdings, invested } from './money-queries.ts'
import { ByCurrency, ShowSql } from './money-view.tsx'
import { useHasTable } from './sql-schema.ts'

export function Holdings() {
  const isBrought = useHasTable('investment_holdings')
  if (isBrought === false) return <None />
  if (isBrought === undefined) return null
  return (
    <>
      <Section title="Together" aside={<ShowSql query={invested} />}>
        <ByCurrency
          query={invested}
          words={['Worth', 'Paid for it, where that is known', 'Gained on that']}
          none="No account holds a security."
        />
      </Section>
      <Section title="By security" aside={<ShowSql query={holdings} />}>
        <Securities />
      </Section>
    </>
  )
}

/** Plaid bills by product: nobody has these without having asked for them. */
function None() {
  return (
    <Empty title="No sync brings holdings" command="make airbyte-setup">
      They come where PLAID_PRODUCTS names investments: add it, start again, and set up the
      connection.
    </Empty>
  )
}

const columns: Column<string[]>[] = [
  {
    title: 'Security',
    cell: ([id = '', , name = '', symbol = '']) => (
      <RowLink to="/accounts/$id" params={{ id }}>
        <Bank text={symbol === '' ? name : `${name} · ${symbol}`} />
      </RowLink>
    ),
  },
  { title: 'Account', minor: true, cell: ([, account = '']) => <Bank text={account} /> },
  { title: 'Quantity', number: true, cell: ([, , , , n = '']) => <Quantity value={n} /> },
  { title: 'Paid', number: true, minor: true, cell: (row) => <Sum value={row[6]} of={row} /> },
  { title: 'Worth', number: true, cell: (row) => <Sum value={row[5]} of={row} /> },
]

interface SumProps {
  value: string | undefined
  /** The row, which has the currency. */
  of: string[]
}

function Sum({ value = '', of: [, , , , , , , currency = ''] }: SumProps) {
  return <Amount value={value === '' ? null : value} currency={currency || null} />
}

/** As private as what it is worth. */
function Quantity({ value }: { value: string }) {
  const { privacy } = usePreferences()
  return privacy ? '•••••' : visible(value)
}

function Securities() {
  const query = useQuery(sqlQuery(holdings))
  return (
    <Shown
      query={query}
      rows={6}
      empty={({ rows }) => (rows.length > 0 ? undefined : <p>No account holds a security.</p>)}
    >
      {({ rows }) => (
        <Table
          label="Holdings"
          columns={columns}
          rows={rows.map((row) => row.map(textOf))}
          keyOf={(row) => `${row[0]} ${row[8]} ${row[9]}`}
        />
      )}
    </Shown>
  )
}
