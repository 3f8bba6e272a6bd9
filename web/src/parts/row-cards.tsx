// On a phone the rows of a table or a query are cards of three columns: a tap opens all of one.
// Only the cards in the window are in the document.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { GridColumn, Value } from '../words/cell.ts'
import { brief } from '../words/hostile.ts'
import { Cell } from './grid-cell.tsx'
import css from './row-cards.module.css'

interface Props {
  label: string
  columns: GridColumn[]
  rows: Value[][]
  onEnd?: (() => void) | undefined
  onOpen?: ((row: number) => void) | undefined
}

const cardPx = 92
const columnsMax = 3

export function RowCards({ label, columns, rows, onEnd, onOpen }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => cardPx,
    overscan: 4,
  })
  const items = down.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd?.()
  }, [last, rows.length, onEnd])
  const places = shownOf(columns)
  return (
    <div ref={frame} className={css['frame']}>
      <ul
        aria-label={brief(label)}
        style={{ height: down.getTotalSize() }}
        className={css['cards']}
      >
        {items.map(({ index, start }) => (
          <li
            key={index}
            className={css['card']}
            aria-setsize={rows.length}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start}px)` }}
          >
            <button type="button" onClick={() => onOpen?.(index)}>
              {places.map((place) => {
                const column = columns[place] ?? { name: '', type: '' }
                return (
                  <span key={place} className={css['line']}>
                    <span className={css['name']}>{brief(column.name)}</span>
                    <Cell value={rows[index]?.[place] ?? null} column={column} />
                  </span>
                )
              })}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What a person knows a row by; ids come where there is nothing else. */
const telling = ['name', 'date', 'amount', 'subtype', 'current_balance', 'category']

function shownOf(columns: GridColumn[]): number[] {
  const rank = (place: number) => {
    const { name } = columns[place] ?? { name: '' }
    if (/^_|_id$|^id$/.test(name)) return telling.length + 1
    return telling.includes(name) ? telling.indexOf(name) : telling.length
  }
  return columns
    .map((_, place) => place)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, columnsMax)
}
