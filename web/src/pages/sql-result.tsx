// The run of a query and what came of it: rows, how many, how long; or where it is wrong.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { Problem } from '../api/call.ts'
import { cancelSql, runSql, type SqlResult } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { copy } from '../parts/copy.tsx'
import { markdownOf } from '../parts/export.ts'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { Select, Toolbar } from '../parts/field.tsx'
import { Grid } from '../parts/grid.tsx'
import { Empty, Failure } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { duration, plural } from '../words/numbers.ts'
import css from './sql.module.css'
import { ResultChart } from './sql-chart.tsx'
import { RowPanel } from './table-row.tsx'

export function useRun() {
  const [running, setRunning] = useState(false)
  const [outcome, setOutcome] = useState<SqlResult>()
  const [trouble, setTrouble] = useState<unknown>()
  const abort = useRef<AbortController>(null)
  const run = async (query: string, limit: number) => {
    abort.current?.abort()
    const own = new AbortController()
    abort.current = own
    setRunning(true)
    setTrouble(undefined)
    try {
      setOutcome(await runSql(query, limit, own.signal))
    } catch (error) {
      if (!own.signal.aborted) setTrouble(error)
    } finally {
      if (abort.current === own) setRunning(false)
    }
  }
  const cancel = () => {
    abort.current?.abort()
    setRunning(false)
    void cancelSql().catch(() => undefined)
  }
  return { run, cancel, running, outcome, trouble }
}

interface Props {
  outcome: SqlResult | undefined
  trouble: unknown
  running: boolean
}

export function Result({ outcome, trouble, running }: Props) {
  if (running) {
    return (
      <p className={css['running']} role="status">
        <Shape tone="running" /> Running.
      </p>
    )
  }
  if (trouble !== undefined) {
    return (
      <div role="alert" className={css['trouble']}>
        <p>
          <Failure of={trouble} />
        </p>
        {trouble instanceof Problem && trouble.hint !== undefined && <p>{trouble.hint}</p>}
        {trouble instanceof Problem && <code>{trouble.code}</code>}
      </div>
    )
  }
  if (outcome === undefined) return null
  if (outcome.columns.length === 0) return <Empty title="It gave nothing" />
  return <Rows outcome={outcome} />
}

function Rows({ outcome: { columns, rows, truncated, seconds } }: { outcome: SqlResult }) {
  const { view, column } = useSearch({ from: '/data/sql' })
  const [opened, setOpened] = useState<number>()
  const navigate = useNavigate({ from: '/data/sql' })
  const show = (change: { view?: 'chart'; column?: string }) =>
    void navigate({
      search: ({ view: _view, column: _column, ...rest }) => ({ ...rest, ...change }),
      replace: true,
    })
  return (
    <div className={css['result']}>
      <Toolbar label="Result">
        <Select
          label="Look at it as"
          value={view ?? ''}
          options={[
            ['', 'a table'],
            ['chart', 'a chart'],
          ]}
          onChange={(value) => show(value === 'chart' ? { view: 'chart' } : {})}
        />
        <span role="status">
          {truncated && 'the first '}
          {plural(rows.length, 'row')} in {duration(seconds * 1_000)}
        </span>
        <ExportButtons name="result" columns={columns} rows={rows} />
        <Button icon="copy" onClick={() => void copy(markdownOf(columns, rows))}>
          Markdown
        </Button>
      </Toolbar>
      {view === 'chart' ? (
        <ResultChart
          columns={columns}
          rows={rows}
          of={column}
          onChoose={(name) => show({ view: 'chart', column: name })}
        />
      ) : (
        <Grid label="Result" columns={columns} rows={rows} onOpen={setOpened} />
      )}
      {opened !== undefined && (
        <RowPanel
          title={`Row ${opened + 1} of the result`}
          columns={columns}
          values={rows[opened]}
          onClose={() => setOpened(undefined)}
        />
      )}
    </div>
  )
}
