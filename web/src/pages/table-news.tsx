// While one looks at a table, what was written to it since its rows were read is told. A press
// reads them anew, the newest first where the table says when a row came.
import { useNavigate } from '@tanstack/react-router'
import type { Written } from '../../../src/web-server/shapes.ts'
import { forgetRows, type TableDescription } from '../api/web.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { writtenSince } from '../words/written.ts'
import css from './table.module.css'

const cameAt = '_airbyte_extracted_at'

export function News({ table, since }: { table: TableDescription; since: Written | undefined }) {
  const navigate = useNavigate({ from: '/data/$schema/$table' })
  const told = since && writtenSince(since, table.written, table.kind === 'view')
  const show = () => {
    const isDated = table.columns.some(({ name }) => name === cameAt)
    forgetRows(table.schema, table.name)
    void navigate({
      search: ({ row: _row, ...old }) => (isDated ? { ...old, sort: `-${cameAt}` } : old),
    })
  }
  const refused = told === undefined ? 'Nothing was written since.' : undefined
  useActions([{ label: 'Show what is new', key: 'n', run: show, refused }])
  return (
    <div role="status" className={css['news']}>
      {told !== undefined && (
        <Button look="main" icon="up" onClick={show}>
          {told}
        </Button>
      )}
    </div>
  )
}
