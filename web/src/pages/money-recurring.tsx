// Recurring: what comes again and again, found by its rhythm alone; nothing is foretold.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount, Bank, Count } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { textOf } from '../words/cell.ts'
import { plural } from '../words/numbers.ts'
import { day } from '../words/times.ts'
import { paidTo, recurring } from './money-queries.ts'
import { ShowSql, type View } from './money-view.tsx'

export function Recurring({ view: { asked } }: { view: View }) {
  const text = recurring(asked)
  const query = useQuery(sqlQuery(text))
  const columns: Column<string[]>[] = [
    {
      title: 'Who',
      cell: ([name = '', amount = '0']) => (
        <Link
          to="/data/sql"
          search={{ q: paidTo(asked, name, !amount.startsWith('-')).trim() }}
          data-row-link=""
        >
          <Bank text={name} />
        </Link>
      ),
    },
    { title: 'Every', cell: ([, , days = '']) => plural(Number(days), 'day') },
    { title: 'Times', number: true, cell: ([, , , times = '0']) => <Count value={times} /> },
    { title: 'Last', cell: ([, , , , last = '']) => day(last, true) },
    {
      title: 'The middle one',
      number: true,
      cell: ([, amount = null]) => <Amount value={amount} currency={asked.currency || null} flip />,
    },
  ]
  return (
    <Section title="What recurs" aside={<ShowSql query={text} />}>
      <p>
        What came at least three times in the range, as evenly apart as a bill or a wage, and came
        lately. The amount is the middle one of all; its name leads to each.
      </p>
      <Shown
        query={query}
        rows={8}
        empty={({ rows }) =>
          rows.length > 0 ? undefined : <Empty title="Nothing recurs in these months" />
        }
      >
        {({ rows }) => (
          <Table
            label="Recurring"
            columns={columns}
            rows={rows.map((row) => row.map(textOf))}
            keyOf={([name = '', amount = '']) => `${name} ${amount.startsWith('-') ? 'in' : 'out'}`}
          />
        )}
      </Shown>
    </Section>
  )
}
