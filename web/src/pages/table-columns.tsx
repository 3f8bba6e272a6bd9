// A table's columns with what each means, and its indexes.
import type { TableColumn, TableDescription } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { Coded } from '../parts/said.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { visible } from '../words/hostile.ts'
import { bytes } from '../words/numbers.ts'

const columns: Column<TableColumn>[] = [
  { title: 'Column', cell: ({ name }) => <b>{visible(name)}</b> },
  { title: 'Type', cell: ({ type }) => <code>{type}</code> },
  {
    title: 'Key',
    cell: ({ key, nullable }) => (key === null ? (nullable ? '' : 'not null') : `key ${key}`),
  },
  { title: 'What it is', prose: true, cell: ({ doc }) => <Coded text={doc ?? ''} /> },
]

const indexColumns: Column<TableDescription['indexes'][number]>[] = [
  { title: 'Index', cell: ({ name }) => <b>{visible(name)}</b> },
  { title: 'Definition', cell: ({ definition }) => <code>{visible(definition)}</code> },
  { title: 'Size', number: true, cell: (index) => bytes(Number(index.bytes)) },
]

export function ColumnsTab({ table }: { table: TableDescription }) {
  return (
    <>
      <Table label="Columns" columns={columns} rows={table.columns} keyOf={({ name }) => name} />
      <Section title="Indexes">
        <Table
          label="Indexes"
          columns={indexColumns}
          rows={table.indexes}
          keyOf={({ name }) => name}
        />
      </Section>
    </>
  )
}
