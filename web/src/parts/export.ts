// Rows as a file. A cell that a spreadsheet would take for a formula gets an apostrophe, numbers
// excepted: what stands in it was written by whoever charged the card.
import { type GridColumn, isNumeric, textOf, type Value } from '../words/cell.ts'

export function csvOf(columns: GridColumn[], rows: Value[][]): string {
  const lines = rows.map((row) => columns.map(({ type }, i) => field(row[i] ?? null, type)))
  const head = columns.map(({ name }) => field(name, 'text'))
  return [head, ...lines].map((line) => `${line.join(',')}\r\n`).join('')
}

function field(value: Value, type: string): string {
  const text = textOf(value)
  const isFormula = /^[=+\-@\t\r]/.test(text) && !isNumeric(type)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function ndjsonOf(columns: GridColumn[], rows: Value[][]): string {
  return rows.map((row) => `${JSON.stringify(objectOf(columns, row))}\n`).join('')
}

export function jsonOf(columns: GridColumn[], rows: Value[][]): string {
  return `${JSON.stringify(
    rows.map((row) => objectOf(columns, row)),
    null,
    2,
  )}\n`
}

export function objectOf(columns: GridColumn[], row: Value[]): Record<string, Value> {
  return Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null]))
}

export function markdownOf(columns: GridColumn[], rows: Value[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const cell = (value: Value) => textOf(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
  return [
    line(columns.map(({ name }) => cell(name))),
    line(columns.map(({ type }) => (isNumeric(type) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((_, i) => cell(row[i] ?? null)))),
  ].join('\n')
}
