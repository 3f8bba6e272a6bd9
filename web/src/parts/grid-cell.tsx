// A value of a table or a query, as a cell has it.
import { type GridColumn, isMoneyLike, textOf, type Value } from '../words/cell.ts'
import { brief } from '../words/hostile.ts'
import { usePreferences } from '../words/preferences.ts'
import css from './grid.module.css'

/** As the database has it; in privacy the amounts are dots. */
export function said(value: Value, { name, type }: GridColumn, privacy: boolean): string {
  if (value !== null && privacy && isMoneyLike({ name, type })) return '•••••'
  return value === null ? 'null' : brief(textOf(value))
}

/** A value outside of a grid, as it stands in one. */
export function Cell({ value, column }: { value: Value; column: GridColumn }) {
  const { privacy } = usePreferences()
  return <bdi className={value === null ? css['null'] : ''}>{said(value, column, privacy)}</bdi>
}
