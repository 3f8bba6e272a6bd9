// Rows of a table or a query, however many and however wide: only the cells in the window are in
// the document. Arrows move from cell to cell, Enter opens the row; above the first row is the
// head, where Enter sorts.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { type GridColumn, isNumeric, textOf, type Value } from '../words/cell.ts'
import { brief } from '../words/hostile.ts'
import { usePreferences } from '../words/preferences.ts'
import { said } from './grid-cell.tsx'
import css from './grid.module.css'
import { useIsPhone } from './phone.ts'
import { RowCards } from './row-cards.tsx'

interface Props {
  label: string
  columns: GridColumn[]
  rows: Value[][]
  /** Of all, where more can be had. */
  total?: number
  onEnd?: () => void
  onOpen?: (row: number) => void
  /** A column's name, with `-` before it where the last come first. */
  sort?: string | undefined
  onSort?: (column: string) => void
  opened?: number | undefined
}

const rowPx = 32
/** The place of the head, above row 0. */
const headRow = -1

export function Grid(props: Props) {
  const isPhone = useIsPhone()
  return isPhone ? <RowCards {...props} /> : <WideGrid {...props} />
}

function WideGrid(props: Props) {
  const { label, columns, rows, total, onEnd, onOpen, sort, onSort, opened } = props
  const frame = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState({ row: 0, column: 0 })
  const widths = useMemo(() => widthsOf(columns, rows), [columns, rows])
  const { down, across } = useWindow(frame, rows.length, widths)
  const items = down.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd?.()
  }, [last, rows.length, onEnd])
  const keys = (event: KeyboardEvent) => {
    const move = moves[event.key]
    const column = columns[at.column]
    if (event.key === 'Enter' && at.row !== headRow) onOpen?.(at.row)
    if (event.key === 'Enter' && at.row === headRow && column) onSort?.(column.name)
    if (move === undefined) return
    event.preventDefault()
    const first = onSort === undefined ? 0 : headRow
    const row = clamp(at.row + move[0], first, rows.length)
    const place = clamp(at.column + move[1], 0, columns.length)
    setAt({ row, column: place })
    down.scrollToIndex(Math.max(0, row))
    across.scrollToIndex(place)
  }
  const cells: Cells = { columns, widths, shown: across.getVirtualItems() }
  const style = { width: across.getTotalSize() }
  const atOf = (row: number) => (row === at.row ? at.column : undefined)
  return (
    // the grid has one stop for Tab; its cells are told by aria-activedescendant
    <div
      ref={frame}
      className={css['frame']}
      role="grid"
      aria-label={brief(label)}
      aria-rowcount={(total ?? rows.length) + 1}
      aria-colcount={columns.length}
      aria-activedescendant={`cell-${at.row}-${at.column}`}
      tabIndex={0}
      onKeyDown={keys}
    >
      <div className={css['head']} role="rowgroup" style={style}>
        <Head {...cells} at={atOf(headRow)} sort={sort} onSort={onSort} />
      </div>
      <div
        className={css['body']}
        role="rowgroup"
        style={{ ...style, height: down.getTotalSize() }}
      >
        {items.map(({ index, start }) => (
          <Row
            key={index}
            {...cells}
            index={index}
            start={start}
            values={rows[index] ?? []}
            at={atOf(index)}
            isOpened={index === opened}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  )
}

/** Which rows and which columns are in the window. */
function useWindow(frame: RefObject<HTMLDivElement | null>, rows: number, widths: number[]) {
  const getScrollElement = () => frame.current
  const down = useVirtualizer({
    count: rows,
    getScrollElement,
    estimateSize: () => rowPx,
    overscan: 6,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: widths.length,
    getScrollElement,
    estimateSize: (column) => widths[column] ?? 0,
    overscan: 2,
  })
  // other columns, or other rows, have other widths
  useEffect(() => across.measure(), [across, widths])
  return { down, across }
}

interface Cells {
  columns: GridColumn[]
  widths: number[]
  /** Which columns are in the document, and where each begins. */
  shown: { index: number; start: number }[]
}

interface HeadProps extends Cells {
  at: number | undefined
  sort: string | undefined
  onSort: Props['onSort'] | undefined
}

function Head({ columns, widths, shown, at, sort, onSort }: HeadProps) {
  return (
    <div className={css['row']} role="row" aria-rowindex={1}>
      {shown.map(({ index, start }) => {
        const { name, type } = columns[index] ?? { name: '', type: '' }
        const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : undefined
        return (
          // the keys are those of the grid, which has the focus
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={index}
            id={`cell-${headRow}-${index}`}
            role="columnheader"
            aria-colindex={index + 1}
            aria-sort={order}
            className={isNumeric(type) ? css['number'] : undefined}
            style={{ left: start, width: widths[index] }}
            title={type}
            tabIndex={-1}
            dir="auto"
            data-at={index === at || undefined}
            data-sorts={onSort !== undefined || undefined}
            onClick={() => onSort?.(name)}
          >
            {brief(name)}
            {order !== undefined && (order === 'ascending' ? ' ↑' : ' ↓')}
          </div>
        )
      })}
    </div>
  )
}

interface RowProps extends Cells {
  index: number
  start: number
  values: Value[]
  at: number | undefined
  isOpened: boolean
  onOpen: ((row: number) => void) | undefined
}

function Row({ index: row, start, columns, widths, shown, values, ...rest }: RowProps) {
  const { at, isOpened, onOpen } = rest
  const { privacy } = usePreferences()
  return (
    // the keys are those of the grid, which has the focus
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="row"
      aria-rowindex={row + 2}
      className={css['row']}
      data-opened={isOpened || undefined}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onOpen?.(row)}
    >
      {shown.map(({ index, start: left }) => {
        const { name, type } = columns[index] ?? { name: '', type: '' }
        const value = values[index] ?? null
        return (
          // isolated as by <bdi>, at half the elements
          <div
            key={index}
            id={`cell-${row}-${index}`}
            role="gridcell"
            aria-colindex={index + 1}
            className={classOf(type, value)}
            style={{ left, width: widths[index] }}
            dir="auto"
            data-at={index === at || undefined}
          >
            {said(value, { name, type }, privacy)}
          </div>
        )
      })}
    </div>
  )
}

function classOf(type: string, value: Value): string {
  return `${isNumeric(type) ? css['number'] : ''} ${value === null ? css['null'] : ''}`
}

const moves: Record<string, [number, number] | undefined> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-15, 0],
  PageDown: [15, 0],
}

function clamp(value: number, first: number, length: number): number {
  return Math.min(Math.max(first, value), Math.max(0, length - 1))
}

/** By what the first rows hold: columns must not jump while one scrolls. */
function widthsOf(columns: GridColumn[], rows: Value[][]): number[] {
  const sample = rows.slice(0, sampleRows)
  return columns.map(({ name }, i) => {
    const texts = sample.map((row) => textOf(row[i] ?? null).length)
    const characters = Math.min(charactersMax, Math.max(name.length + 3, ...texts))
    return Math.round(characters * characterPx + paddingPx)
  })
}

const sampleRows = 50
const charactersMax = 40
const characterPx = 8.4
const paddingPx = 24
