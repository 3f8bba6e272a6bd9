// A table of what a person may open: the first cell's link is the row's. On a phone each row is a
// card, with the column's title before each value. Of many rows the first are in the document, and
// more on request.
import { Link, type LinkProps } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { brief } from '../words/hostile.ts'
import { exact } from '../words/numbers.ts'
import { Button } from './button.tsx'
import css from './table.module.css'

export interface Column<T> {
  title: string
  cell: (row: T) => ReactNode
  /** Right-aligned. */
  number?: boolean
  /** Not on a phone's card. */
  minor?: boolean
  /** Sentences: they take what width there is, and on a card all of it. */
  prose?: boolean
}

interface Props<T> {
  label: string
  columns: Column<T>[]
  rows: T[]
  keyOf: (row: T) => string
  /** A running row has one thread moving along its lower edge. */
  isRunning?: (row: T) => boolean
  /** Rows can be chosen. */
  choice?: Choice<T>
  /** Whoever gives the rows gives them page by page. */
  paged?: boolean
}

export interface Choice<T> {
  chosen: ReadonlySet<string>
  choose: (keys: string[], isChosen: boolean) => void
  nameOf: (row: T) => string
}

/** Those of the rows that are chosen, by their keys; who is gone is chosen no more. */
export function useChosen<T>(rows: T[], keyOf: (row: T) => string) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const choose = (keys: string[], isChosen: boolean) =>
    setChosen((old) => {
      const rest = [...old].filter((key) => !keys.includes(key))
      return new Set(isChosen ? [...rest, ...keys] : rest)
    })
  return {
    chosen,
    choose,
    rows: rows.filter((row) => chosen.has(keyOf(row))),
    clear: () => setChosen(new Set()),
  }
}

/** So that a page stays within 1,500 elements or so. */
const shownAtOnce = 30

export function Table<T>({ label, columns, rows: all, paged = false, ...rest }: Props<T>) {
  const { keyOf, isRunning, choice } = rest
  const { part, more } = usePart(all)
  const rows = paged ? all : part
  return (
    <div className={css['frame']}>
      <table className={css['table']} aria-label={brief(label)}>
        <thead>
          <tr>
            {columns.map(({ title, number }, i) => (
              <th key={title} scope="col" className={number === true ? css['number'] : undefined}>
                {i === 0 && choice && <ChooseAll keys={rows.map(keyOf)} choice={choice} />}
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={isRunning?.(row) === true ? css['running'] : undefined}>
              {columns.map(({ title, cell, number, minor, prose }, i) => (
                <td
                  key={title}
                  data-title={i === 0 ? undefined : title}
                  className={classes(number, minor, prose)}
                >
                  {i === 0 && choice && (
                    <input
                      type="checkbox"
                      className={css['choose']}
                      aria-label={`Choose ${brief(choice.nameOf(row))}`}
                      checked={choice.chosen.has(keyOf(row))}
                      onChange={(event) => choice.choose([keyOf(row)], event.target.checked)}
                    />
                  )}
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {!paged && more}
    </div>
  )
}

/** The rows that are in the document so far, and the button for more where there are more. */
export function usePart<T>(rows: T[]): { part: T[]; more: ReactNode } {
  const [shown, setShown] = useState(shownAtOnce)
  const more = rows.length > shown && (
    <p className={css['more']}>
      <Button onClick={() => setShown(shown + shownAtOnce)}>
        Show more of {exact(rows.length)}
      </Button>
    </p>
  )
  return { part: rows.slice(0, shown), more }
}

function ChooseAll<T>({ keys, choice: { chosen, choose } }: { keys: string[]; choice: Choice<T> }) {
  return (
    <input
      type="checkbox"
      className={css['choose']}
      aria-label="Choose all"
      checked={keys.length > 0 && keys.every((key) => chosen.has(key))}
      onChange={(event) => choose(keys, event.target.checked)}
    />
  )
}

function classes(number = false, minor = false, prose = false): string {
  const all = [number && css['number'], minor && css['minor'], prose && css['prose']]
  return all.filter(Boolean).join(' ')
}

/** The link that opens a row. */
export function RowLink({ children, ...link }: LinkProps & { children: ReactNode }) {
  return (
    <Link {...link} className={css['link'] ?? ''} data-row-link="">
      {children}
    </Link>
  )
}
