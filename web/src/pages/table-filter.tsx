// One condition on a table's rows, asked of the server.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useId, useState } from 'react'
import type { TableDescription } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { Combobox } from '../parts/combobox.tsx'
import { Select, useHint } from '../parts/field.tsx'
import { FilterSheet, Labelled } from '../parts/filters.tsx'
import { useIsPhone } from '../parts/phone.ts'
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

export function Filter({ table }: { table: TableDescription }) {
  const isPhone = useIsPhone()
  const form = useId()
  const { column, condition, value, isSet, submit, clear } = useParts(table)
  const clearing = isSet && <Button onClick={clear}>Clear</Button>
  if (!isPhone) {
    return (
      <form className={css['filter']} onSubmit={submit}>
        {column}
        {condition}
        {value}
        <Button submits>Filter</Button>
        {clearing}
      </form>
    )
  }
  return (
    <FilterSheet
      set={isSet ? 1 : 0}
      foot={() => (
        <>
          {clearing}
          <Button look="main" submits form={form}>
            Filter
          </Button>
        </>
      )}
    >
      {(close) => (
        <form
          id={form}
          className={css['filter']}
          onSubmit={(event) => {
            submit(event)
            close()
          }}
        >
          <Labelled label="Column">{column}</Labelled>
          <Labelled label="Condition">{condition}</Labelled>
          {value !== false && <Labelled label="Value">{value}</Labelled>}
        </form>
      )}
    </FilterSheet>
  )
}

function useParts({ columns }: TableDescription) {
  const search = useSearch({ from: '/data/$schema/$table' })
  const navigate = useNavigate({ from: '/data/$schema/$table' })
  const hint = useHint('Value')
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
  const column = (
    <Combobox
      label="Column"
      value={draft.column}
      options={columns.map(({ name }) => ({ value: name, label: name }))}
      onChange={(name) => setDraft({ ...draft, column: name })}
    />
  )
  const condition = (
    <Select
      label="Condition"
      value={draft.op}
      options={operators}
      onChange={(op) => setDraft({ ...draft, op })}
    />
  )
  const value = needsValue && (
    <input
      data-filter=""
      aria-label="Value"
      placeholder={hint}
      value={draft.value}
      onChange={(event) => setDraft({ ...draft, value: event.target.value })}
    />
  )
  return { column, condition, value, isSet: search.op !== undefined, submit, clear }
}
