// What has to be paid next of what is owed, where a sync brings that; each in its own currency.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { textOf } from '../words/cell.ts'
import { day } from '../words/times.ts'
import { due, type DueStream } from './money-queries.ts'
import { ShowSql } from './money-view.tsx'
import { useHasTable } from './sql-schema.ts'

export function Due() {
  const there: Record<DueStream, boolean | undefined> = {
    liabilities_credit: useHasTable('liabilities_credit'),
    liabilities_mortgage: useHasTable('liabilities_mortgage'),
    liabilities_student: useHasTable('liabilities_student'),
  }
  const streams = (Object.keys(there) as DueStream[]).filter((stream) => there[stream] === true)
  if (streams.length === 0) return null
  return (
    <Section title="To be paid" aside={<ShowSql query={due(streams)} />}>
      <Payments streams={streams} />
    </Section>
  )
}

const columns: Column<string[]>[] = [
  { title: 'Until', cell: ([, , , , until = '']) => day(until, true) },
  {
    title: 'Account',
    cell: ([id = '', name = '']) => (
      <RowLink to="/accounts/$id" params={{ id }}>
        <Bank text={name} />
      </RowLink>
    ),
  },
  { title: 'Bank', minor: true, cell: ([, , bank = '']) => <Bank text={bank} /> },
  {
    title: 'At least',
    number: true,
    cell: ([, , , amount = '', , currency = '']) => (
      <Amount value={amount === '' ? null : amount} currency={currency || null} />
    ),
  },
]

function Payments({ streams }: { streams: DueStream[] }) {
  const query = useQuery(sqlQuery(due(streams)))
  return (
    <Shown
      query={query}
      rows={2}
      empty={({ rows }) => (rows.length > 0 ? undefined : <p>No bank tells of a day.</p>)}
    >
      {({ rows }) => (
        <Table
          label="To be paid"
          columns={columns}
          rows={rows.map((row) => row.map(textOf))}
          keyOf={([id = '', , , amount = '', until = '']) => `${id} ${until} ${amount}`}
        />
      )}
    </Shown>
  )
}
