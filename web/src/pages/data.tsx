// Data: which tables are in the warehouse?
import { useQuery } from '@tanstack/react-query'
import { type TableEntry, tablesQuery } from '../api/web.ts'
import { ToSyncs } from '../parts/next-step.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank, Count } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { bytes } from '../words/numbers.ts'

const columns: Column<TableEntry>[] = [
  {
    title: 'Table',
    cell: ({ schema, name }) => (
      <RowLink to="/data/$schema/$table" params={{ schema, table: name }}>
        <Bank text={name} />
      </RowLink>
    ),
  },
  { title: 'Kind', minor: true, cell: ({ kind }) => kind },
  {
    title: 'Rows, about',
    number: true,
    cell: ({ rows_estimate: rows }) => (rows === null ? 'not counted yet' : <Count value={rows} />),
  },
  { title: 'Size', number: true, cell: (table) => bytes(Number(table.bytes)) },
]

/** What a destination keeps for itself comes last. */
function schemasOf(tables: TableEntry[]): string[] {
  const isOurs = (schema: string) => schema === 'airbyte_internal'
  const all = [...new Set(tables.map(({ schema }) => schema))]
  return all.toSorted((a, b) => Number(isOurs(a)) - Number(isOurs(b)))
}

export function Data() {
  const query = useQuery(tablesQuery)
  return (
    <Page
      title="Data"
      wide
      actions={
        <PageLink to="/data/sql" look="main">
          Ask in SQL
        </PageLink>
      }
    >
      <Shown
        query={query}
        rows={6}
        empty={({ tables }) =>
          tables.length > 0 ? undefined : (
            <Empty
              title="The warehouse has no table yet"
              command="make airbyte-sync"
              action={<ToSyncs />}
            >
              The first sync makes the tables; each column of them is explained here.
            </Empty>
          )
        }
      >
        {({ tables }) =>
          schemasOf(tables).map((schema) => (
            <Section key={schema} title={schema}>
              <Table
                label={`Tables of ${schema}`}
                columns={columns}
                rows={tables.filter((table) => table.schema === schema)}
                keyOf={({ name }) => name}
              />
            </Section>
          ))
        }
      </Shown>
    </Page>
  )
}
