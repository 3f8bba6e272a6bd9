// Balances: what is there and what is owed, as the banks said it last; each currency for itself.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { textOf } from '../words/cell.ts'
import { Due } from './money-due.tsx'
import { balances, worth } from './money-queries.ts'
import { ByCurrency, ShowSql } from './money-view.tsx'

export function Balances() {
  return (
    <>
      <Section title="Together" aside={<ShowSql query={worth} />}>
        <Together />
      </Section>
      <Due />
      <Section title="By account" aside={<ShowSql query={balances} />}>
        <Accounts />
      </Section>
    </>
  )
}

function Together() {
  return (
    <ByCurrency
      query={worth}
      words={['What is there', 'What is owed', 'What is there, less what is owed']}
      none="No account is in the warehouse."
    />
  )
}

const columns: Column<string[]>[] = [
  {
    title: 'Account',
    cell: ([id = '', name = '']) => (
      <RowLink to="/accounts/$id" params={{ id }}>
        <Bank text={name} />
      </RowLink>
    ),
  },
  { title: 'Bank', cell: ([, , bank = '']) => <Bank text={bank} /> },
  { title: 'Kind', minor: true, cell: ([, , , type = '']) => <Bank text={type} /> },
  {
    title: 'Balance',
    number: true,
    cell: ([, , , , balance = '', currency = '']) => (
      <Amount value={balance === '' ? null : balance} currency={currency || null} />
    ),
  },
]

function Accounts() {
  const query = useQuery(sqlQuery(balances))
  return (
    <Shown
      query={query}
      rows={6}
      empty={({ rows }) =>
        rows.length > 0 ? undefined : (
          <Empty title="No account yet" command="make airbyte-sync">
            Each account of your banks stands here after a sync.
          </Empty>
        )
      }
    >
      {({ rows }) => (
        <Table
          label="Balances"
          columns={columns}
          rows={rows.map((row) => row.map(textOf))}
          keyOf={([id = '']) => id}
        />
      )}
    </Shown>
  )
}
