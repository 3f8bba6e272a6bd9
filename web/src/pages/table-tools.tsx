// What is done with a table's rows as they are looked at: filtered, read again, taken away as a
// file, or as what another program asks.
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { columnDocsQuery } from '../api/plaid.ts'
import { type Column, type SqlResult, statusQuery, type TableDescription } from '../api/web.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { copy } from '../parts/copy.tsx'
import { saveFile } from '../parts/download.ts'
import { csvOf } from '../parts/export.ts'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { Toolbar } from '../parts/field.tsx'
import { exact } from '../words/numbers.ts'
import { curlOf, sqlOfRows } from '../words/rows-asked.ts'
import { Filter } from './table-filter.tsx'

interface Props {
  table: TableDescription
  columns: Column[]
  rows: SqlResult['rows']
  hasMore: boolean
  refetch: () => void
}

export function Tools({ table, columns, rows, hasMore, refetch }: Props) {
  const looked = useSearch({ from: '/data/$schema/$table' })
  const api = usePlaidApi(table)
  const csv = () => saveFile(`${table.name}.csv`, csvOf(columns, rows), 'text/csv')
  const copySql = () => void copy(sqlOfRows(table, looked))
  const refused =
    api === undefined
      ? 'plaid-api has the tables of its own streams, and no others.'
      : looked.op === undefined
        ? undefined
        : 'plaid-api has no such filter: copy it as SQL.'
  const copyCurl = () => api !== undefined && void copy(curlOf(api, table.name))
  useActions([
    { label: 'Export these rows as CSV', key: 'e', run: csv },
    { label: 'Copy these rows as SQL', run: copySql },
    { label: 'Copy these rows as curl', run: copyCurl, refused },
  ])
  return (
    <Toolbar label="Rows">
      <Filter table={table} />
      <Button icon="refresh" onClick={refetch}>
        Read again
      </Button>
      <ExportButtons name={table.name} columns={columns} rows={rows} />
      <Button icon="copy" onClick={copySql}>
        SQL
      </Button>
      <Button icon="copy" refused={refused} onClick={copyCurl}>
        curl
      </Button>
      <span role="status">
        {exact(rows.length)} rows here{hasMore ? ', more as you scroll' : ', all of them'}
      </span>
    </Toolbar>
  )
}

/** Where plaid-api answers, as far as this page can tell, if it has this table's rows. */
export function usePlaidApi(table: { schema: string; name: string } | undefined) {
  const { data: streams } = useQuery(columnDocsQuery)
  const { data: status } = useQuery(statusQuery)
  if (table?.schema !== 'airbyte_plaid' || streams?.has(`${table.name}.updated_at`) !== true) {
    return undefined
  }
  const port = status?.processes.find(({ name }) => name === 'plaid-api')?.port
  return port === undefined ? undefined : `${location.protocol}//${location.hostname}:${port}`
}
