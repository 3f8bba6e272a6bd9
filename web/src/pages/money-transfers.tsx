// Transfers: what only moved between accounts, or paid a loan; each with its other side, if one of
// the accounts here has it.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { inWords } from '../words/category.ts'
import { textOf } from '../words/cell.ts'
import { day, monthName } from '../words/times.ts'
import { transfers } from './money-queries.ts'
import { ShowSql, type View } from './money-view.tsx'

export function Transfers({ view: { asked, month } }: { view: View }) {
  const text = transfers(asked, month)
  const query = useQuery(sqlQuery(text))
  const columns: Column<string[]>[] = [
    {
      title: 'Transfer',
      cell: ([id = '', , name = '']) => (
        <RowLink to="/follow/$transaction" params={{ transaction: id }}>
          <Bank text={name} />
        </RowLink>
      ),
    },
    { title: 'Date', cell: ([, date = '']) => day(date, true) },
    { title: 'Kind', minor: true, cell: ([, , , , category = '']) => inWords(category) },
    { title: 'Account', cell: ([, , , , , account = '']) => <Bank text={account} /> },
    {
      title: 'Other side',
      cell: ([, , , , , , other = '', account = '']) =>
        other === '' ? (
          'none here'
        ) : (
          <Link to="/follow/$transaction" params={{ transaction: other }}>
            <Bank text={account} />
          </Link>
        ),
    },
    {
      title: 'Amount',
      number: true,
      cell: ([, , , amount = null]) => (
        <Amount value={amount} currency={asked.currency || null} flip />
      ),
    },
  ]
  return (
    <Section title={`Transfers of ${monthName(month)}`} aside={<ShowSql query={text} />}>
      <p>
        Neither income nor spending. The other side is a row of the same amount in another account,
        at most three days away.
      </p>
      <Shown
        query={query}
        rows={6}
        empty={({ rows }) =>
          rows.length > 0 ? undefined : <Empty title="Nothing was transferred in this month" />
        }
      >
        {({ rows }) => (
          <Table
            label="Transfers"
            columns={columns}
            rows={rows.map((row) => row.map(textOf))}
            keyOf={([id = '']) => id}
          />
        )}
      </Shown>
    </Section>
  )
}
