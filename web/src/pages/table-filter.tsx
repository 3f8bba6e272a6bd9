// One condition on a table's rows, asked of the server.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { TableDescription } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { Combobox } from '../parts/combobox.tsx'
import { Select } from '../parts/field.tsx'
import css from './table.module.css'

const operators: [string, string][] = [
  ['contains', 'contains'],
  ['eq', 'is'],
  ['ne', 'is not'],
  ['gt', 'is over'],
  ['gte', 'is at least'],
  ['lt', 'is under'],
  ['lte', 'is at most'],
  ['null', 'is null'],
  ['notnull', 'is not null'],
]

export function Filter({ table: { columns } }: { table: TableDescription }) {
  const search = useSearch({ from: '/data/$schema/$table' })
  const navigate = useNavigate({ from: '/data/$schema/$table' })
  const [draft, setDraft] = useState({
    column:
      search.column ?? columns.find(({ name }) => name === 'name')?.name ?? columns[0]?.name ?? '',
    op: search.op ?? 'contains',
    value: search.value ?? '',
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate({
      search: ({ row: _row, ...old }) => ({ ...old, ...draft }),
      replace: true,
    })
  }
  const clear = () => {
    setDraft({ ...draft, value: '' })
    void navigate({
      search: ({ column: _c, op: _o, value: _v, row: _r, ...rest }) => rest,
      replace: true,
    })
  }
  const needsValue = draft.op !== 'null' && draft.op !== 'notnull'
  return (
    <form className={css['filter']} onSubmit={submit}>
      <Combobox
        label="Column"
        value={draft.column}
        options={columns.map(({ name }) => ({ value: name, label: name }))}
        onChange={(column) => setDraft({ ...draft, column })}
      />
      <Select
        label="Condition"
        value={draft.op}
        options={operators}
        onChange={(op) => setDraft({ ...draft, op })}
      />
      {needsValue && (
        <input
          data-filter=""
          aria-label="Value"
          placeholder="Value  /"
          value={draft.value}
          onChange={(event) => setDraft({ ...draft, value: event.target.value })}
        />
      )}
      <Button submits>Filter</Button>
      {search.op !== undefined && <Button onClick={clear}>Clear</Button>}
    </form>
  )
}
