// One table: its rows, to any length, filtered and sorted by the server; its columns with what each
// means.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import {
  type Column as ResultColumn,
  rowsQuery,
  type TableDescription,
  tableQuery,
} from '../api/web.ts'
import { useActions } from '../parts/actions.ts'
import { buttonClass } from '../parts/button.tsx'
import { Grid } from '../parts/grid.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page } from '../parts/page.tsx'
import { Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { bytes, count } from '../words/numbers.ts'
import { sqlOfRows } from '../words/rows-asked.ts'
import { ColumnsTab } from './table-columns.tsx'
import { News } from './table-news.tsx'
import { RowPanel } from './table-row.tsx'
import { Tools } from './table-tools.tsx'
import css from './table.module.css'

export function TablePage() {
  const params = useParams({ from: '/data/$schema/$table' })
  const { tab } = useSearch({ from: '/data/$schema/$table' })
  const query = useQuery(tableQuery(params.schema, params.table))
  const link = { to: '/data/$schema/$table', params } as const
  const navigate = useNavigate()
  const turn = () => void navigate({ ...link, search: tab === undefined ? { tab: 'columns' } : {} })
  useActions([{ label: 'Columns, or rows again', key: 'h', run: turn }])
  return (
    <Page
      title={params.table}
      wide
      crumbs={[{ label: 'Data', to: '/data' }]}
      aside={query.data && <Size of={query.data} />}
      actions={query.data && <SqlLink table={query.data} />}
    >
      <Tabs
        label="Parts of the table"
        tabs={[
          { label: 'Rows', link: { ...link, search: {} }, current: tab === undefined },
          {
            label: 'Columns',
            link: { ...link, search: { tab: 'columns' } },
            current: tab === 'columns',
          },
        ]}
      />
      <Shown query={query} rows={12}>
        {(table) => (tab === 'columns' ? <ColumnsTab table={table} /> : <Rows table={table} />)}
      </Shown>
    </Page>
  )
}

function Size({ of }: { of: TableDescription }) {
  const rows = of.rows_estimate === null ? '' : `about ${count(of.rows_estimate)} rows, `
  return (
    <span className={css['size']}>
      <Bank text={of.schema} /> · {rows}
      {bytes(Number(of.bytes))}
    </span>
  )
}

function SqlLink({ table }: { table: TableDescription }) {
  const looked = useSearch({ from: '/data/$schema/$table' })
  return (
    <PageLink to="/data/sql" search={{ q: sqlOfRows(table, looked) }} look="plain">
      Ask in SQL
    </PageLink>
  )
}

/** The rows that were read so far, and how more are. */
function useRows(table: TableDescription) {
  const { sort, column, op, value = '' } = useSearch({ from: '/data/$schema/$table' })
  const filter = column === undefined || op === undefined ? undefined : `${column}.${op}.${value}`
  const query = useInfiniteQuery(rowsQuery(table.schema, table.name, { sort, filter }))
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const order = placesOf(data?.pages[0]?.columns ?? [])
  const columns = order.flatMap((place) => data?.pages[0]?.columns[place] ?? [])
  const rows = (data?.pages ?? []).flatMap((page) =>
    page.rows.map((values) => order.map((place) => values[place] ?? null)),
  )
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return { query, columns, rows, onEnd, isFiltered: filter !== undefined }
}

function Rows({ table }: { table: TableDescription }) {
  const search = useSearch({ from: '/data/$schema/$table' })
  const navigate = useNavigate({ from: '/data/$schema/$table' })
  const { sort, row } = search
  const { query, columns, rows, onEnd, isFiltered } = useRows(table)
  const open = (index: number | undefined) =>
    void navigate({
      search: ({ row: _old, ...rest }) =>
        index === undefined ? rest : { ...rest, row: index + 1 },
      replace: true,
    })
  const sortBy = (name: string) =>
    void navigate({
      search: (old) => ({ ...old, sort: old.sort === name ? `-${name}` : name }),
      replace: true,
    })
  return (
    <>
      <Tools
        table={table}
        columns={columns}
        rows={rows}
        hasMore={query.hasNextPage}
        refetch={() => void query.refetch()}
      />
      <div>
        <News table={table} since={query.data?.pages[0]?.written} />
        <Shown
          query={query}
          rows={12}
          empty={({ pages }) =>
            (pages[0]?.rows.length ?? 0) > 0 ? undefined : (
              <None filtered={isFiltered} table={table} />
            )
          }
        >
          {() => (
            <Grid
              label={`Rows of ${table.name}`}
              columns={columns}
              rows={rows}
              total={Math.max(rows.length, Number(table.rows_estimate ?? 0))}
              onEnd={onEnd}
              onOpen={open}
              opened={row === undefined ? undefined : row - 1}
              sort={sort}
              onSort={sortBy}
            />
          )}
        </Shown>
      </div>
      {row !== undefined && (
        <RowPanel
          title={`A row of ${table.name}`}
          table={table}
          columns={columns}
          values={rows[row - 1]}
          onClose={() => open(undefined)}
        />
      )}
    </>
  )
}

function None({ filtered, table }: { filtered: boolean; table: TableDescription }) {
  if (!filtered) return <Empty title="The table has no row" command="make airbyte-sync" />
  return (
    <Empty
      title="No row fits"
      action={
        <Link
          to="/data/$schema/$table"
          params={{ schema: table.schema, table: table.name }}
          className={buttonClass()}
        >
          Clear filters
        </Link>
      }
    />
  )
}

/** What the platform adds to each row comes last. */
function placesOf(columns: ResultColumn[]): number[] {
  const isOurs = (place: number) => columns[place]?.name.startsWith('_airbyte_') === true
  return columns.map((_, place) => place).toSorted((a, b) => Number(isOurs(a)) - Number(isOurs(b)))
}
