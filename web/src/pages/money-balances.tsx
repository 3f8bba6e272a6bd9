// Balances: what is there and what is owed, as the banks said it last; each currency for itself.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { Facts, Section } from '../parts/page.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
import { balances, worth } from './money-queries.ts'
import { ShowSql } from './money-view.tsx'

export function Balances() {
  return (
    <>
      <Section title="Together" aside={<ShowSql query={worth} />}>
        <Together />
      </Section>
      <Section title="By account" aside={<ShowSql query={balances} />}>
        <Accounts />
      </Section>
    </>
  )
}

function Together() {
  const query = useQuery(sqlQuery(worth))
  return (
    <Shown
      query={query}
      rows={2}
      empty={({ rows }) => (rows.length > 0 ? undefined : <p>No account is in the warehouse.</p>)}
    >
      {({ rows }) => (
        <>
          {rows
            .map((row) => row.map(textOf))
            .map(([currency = '', there = '0', owed = '0', together = '0']) => (
              <section key={currency} aria-label={visible(currency || 'no currency')}>
                {rows.length > 1 && <h3>{visible(currency || 'no currency')}</h3>}
                <Facts
                  of={(
                    [
                      ['What is there', there],
                      ['What is owed', owed],
                      ['What is there, less what is owed', together],
                    ] as const
                  ).map(([word, value]) => [
                    word,
                    <Amount key={word} value={value} currency={currency || null} />,
                  ])}
                />
              </section>
            ))}
        </>
      )}
    </Shown>
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
