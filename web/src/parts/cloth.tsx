// The cloth: both hops of freshness as one woven picture. A row is a bank or a stream, a column
// half an hour; a cell is the worst thing that happened in it, by texture as well as by colour.
// Arrows move in it, Enter opens what a row is of.
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { inFull } from '../words/times.ts'
import { brief } from '../words/hostile.ts'
import type { Tone } from '../words/status.ts'
import css from './cloth.module.css'

export interface ClothCell {
  tone: Exclude<Tone, 'person'>
  /** In words: 2 syncs succeeded. */
  text: string
}

export interface ClothRow {
  id: string
  name: string
  /** By column; what is not there is nothing due. */
  cells: Map<number, ClothCell>
}

interface Props {
  row: ClothRow
  columns: number
  /** The instant of the first column's beginning, and the length of one. */
  fromMs: number
  stepMs: number
  focusColumn: number
  onMove: (row: -1 | 0 | 1, column: number) => void
  onOpen: (fromMs: number, toMs: number) => void
  isCurrent: boolean
}

const cellWidth = 10
const cellHeight = 22

export function ClothStrip({ row, columns, fromMs, stepMs, ...rest }: Props) {
  const { focusColumn, onMove, onOpen, isCurrent } = rest
  const id = useId()
  const svg = useRef<SVGSVGElement>(null)
  const [focused, setFocused] = useState(false)
  const cell = row.cells.get(focusColumn)
  const open = (column: number) => onOpen(fromMs + column * stepMs, fromMs + (column + 1) * stepMs)
  const keys = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (event.key === 'Enter') open(focusColumn)
    else if (move === undefined) return
    else {
      const [down, right] = move
      onMove(down, Math.min(columns - 1, Math.max(0, focusColumn + right)))
    }
    event.preventDefault()
  }
  const from = inFull(fromMs + focusColumn * stepMs)
  return (
    <svg
      ref={svg}
      className={css['strip']}
      viewBox={`0 0 ${columns * cellWidth} ${cellHeight}`}
      preserveAspectRatio="none"
      role="slider"
      tabIndex={isCurrent ? 0 : -1}
      data-cloth={row.id}
      aria-label={brief(row.name)}
      aria-valuemin={0}
      aria-valuemax={columns - 1}
      aria-valuenow={focusColumn}
      aria-valuetext={`${from}: ${cell?.text ?? 'nothing was due'}`}
      onKeyDown={keys}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onClick={(event) => {
        const box = svg.current?.getBoundingClientRect()
        if (box) open(Math.floor(((event.clientX - box.left) / box.width) * columns))
      }}
    >
      <Patterns id={id} />
      <path
        className={css['weft']}
        d={`M0 ${cellHeight / 2}H${columns * cellWidth}`}
        vectorEffect="non-scaling-stroke"
      />
      <Cells id={id} row={row} fromMs={fromMs} stepMs={stepMs} />
      {focused && (
        <rect
          x={focusColumn * cellWidth + 0.5}
          y=".5"
          width={cellWidth - 1}
          height={cellHeight - 1}
          className={css['cursor']}
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  )
}

interface CellsProps extends Pick<Props, 'row' | 'fromMs' | 'stepMs'> {
  id: string
}

function Cells({ id, row, fromMs, stepMs }: CellsProps) {
  return [...row.cells].map(([column, one]) => (
    <g key={column}>
      <title>{`${inFull(fromMs + column * stepMs)}: ${one.text}`}</title>
      <rect
        x={column * cellWidth + 1}
        y="1.5"
        width={cellWidth - 2}
        height={cellHeight - 3}
        rx="1"
        className={`${css['cell']} ${css[one.tone]}`}
      />
      <rect
        x={column * cellWidth + 1}
        y="1.5"
        width={cellWidth - 2}
        height={cellHeight - 3}
        fill={texture(id, one.tone)}
      />
    </g>
  ))
}

const moves: Record<string, [-1 | 0 | 1, number] | undefined> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -1_000],
  End: [0, 1_000],
}

function texture(id: string, tone: ClothCell['tone']): string {
  if (tone === 'attention') return `url(#${id}-diagonal)`
  return tone === 'failed' ? `url(#${id}-cross)` : 'none'
}

function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`${id}-diagonal`} width="4" height="4" patternUnits="userSpaceOnUse">
        <path d="M0 4 4 0" className={css['thread']} />
      </pattern>
      <pattern id={`${id}-cross`} width="4" height="4" patternUnits="userSpaceOnUse">
        <path d="M0 4 4 0M0 0l4 4" className={css['threadOnDark']} />
      </pattern>
    </defs>
  )
}
