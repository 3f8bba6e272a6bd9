// All of a row, in full: each column with what it means.
import { Link } from '@tanstack/react-router'
import type { Column, SqlResult, TableDescription } from '../api/web.ts'
import { buttonClass } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { objectOf } from '../parts/export.ts'
import { textOf } from '../words/cell.ts'
import { visible, webAddress } from '../words/hostile.ts'
import { usePreferences } from '../words/preferences.ts'
import { curlOf, pathOfRow, sqlOfRow } from '../words/rows-asked.ts'
import css from './table.module.css'
import { usePlaidApi } from './table-tools.tsx'

interface Props {
  title: string
  /** Where the columns are known. */
  table?: TableDescription
  columns: Column[]
  values: SqlResult['rows'][number] | undefined
  onClose: () => void
}

const hidden = /amount|balance|limit/

export function RowPanel({ title, table, columns, values, onClose }: Props) {
  const { privacy } = usePreferences()
  const api = usePlaidApi(table)
  if (values === undefined) return null
  const docOf = (name: string) => table?.columns.find((one) => one.name === name)?.doc ?? undefined
  const object = objectOf(columns, values)
  const valueOf = (name: string) => textOf(object[name] ?? null)
  const sql = table && sqlOfRow(table, valueOf)
  const path = table && pathOfRow(table.name, valueOf)
  return (
    <Dialog title={title} open at="side" onClose={onClose}>
      <p className={css['tools']}>
        <CopyButton text={JSON.stringify(object, null, 2)} label="Copy as JSON" />
        {sql !== undefined && <CopyButton text={sql} label="Copy as SQL" />}
        {api !== undefined && path !== undefined && (
          <CopyButton text={curlOf(api, path)} label="Copy as curl" />
        )}
        {typeof object['transaction_id'] === 'string' && (
          <Link
            to="/follow/$transaction"
            params={{ transaction: object['transaction_id'] }}
            className={buttonClass()}
          >
            Follow
          </Link>
        )}
      </p>
      <dl className={css['values']}>
        {columns.map((column, i) => (
          <div key={column.name}>
            <dt title={docOf(column.name)}>{visible(column.name)}</dt>
            <dd>
              {privacy && hidden.test(column.name) ? (
                '•••••'
              ) : (
                <Whole name={column.name} value={values[i] ?? null} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

function Whole({ name, value }: { name: string; value: SqlResult['rows'][number][number] }) {
  if (value === null) return <span className={css['null']}>null</span>
  const text = textOf(value)
  const address = name === 'website' ? webAddress(text) : undefined
  if (address === undefined) return <bdi>{visible(text)}</bdi>
  return (
    <a href={address.href} target="_blank" rel="noopener noreferrer">
      <bdi>{visible(address.host)}</bdi>
    </a>
  )
}
