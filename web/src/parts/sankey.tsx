// What flows in at the left and out at the right, through one bar in the middle: each ribbon is as
// thick as its part. The words stand beside it as lists, so nothing is in the picture alone.
import type { ReactNode } from 'react'
import css from './sankey.module.css'

export interface FlowPart {
  id: string
  /** Decimal text; only a thickness is ever made of it. */
  value: string
  /** What no category is: hatched, and without a colour. */
  isRest?: boolean
  label: ReactNode
}

interface Props {
  from: FlowPart[]
  to: FlowPart[]
}

const wide = 300
const bar = 8
/** Beside each ribbon: room for two lines of words. */
const gap = 38
const thick = 220

export function Sankey({ from, to }: Props) {
  const total = Math.max(1e-9, sum(from), sum(to))
  const tall = Math.max(from.length, to.length) * gap + thick
  const left = placed(from, total, tall)
  const right = placed(to, total, tall)
  return (
    <div className={css['flow']}>
      <Words parts={left} label="Came in" />
      <svg
        viewBox={`0 0 ${wide} ${tall}`}
        preserveAspectRatio="none"
        height={tall}
        aria-hidden="true"
      >
        {left.map((part) => (
          <Ribbon key={part.id} part={part} x={bar} to={wide / 2 - bar / 2} />
        ))}
        {right.map((part) => (
          <Ribbon key={part.id} part={part} x={wide - bar} to={wide / 2 + bar / 2} />
        ))}
        <rect
          className={css['bar']}
          x={wide / 2 - bar / 2}
          y={(tall - thick) / 2}
          width={bar}
          height={thick}
        />
      </svg>
      <Words parts={right} label="Went out" />
    </div>
  )
}

interface Placed extends FlowPart {
  /** Middle of its place at the side, and its top at the bar in the middle. */
  y: number
  within: number
  height: number
  color: string
}

const colors = 6

function placed(parts: FlowPart[], total: number, tall: number): Placed[] {
  let at = (tall - parts.length * gap - (sum(parts) / total) * thick) / 2
  let within = (tall - thick) / 2
  return parts.map((part, i) => {
    const height = (Number(part.value) / total) * thick
    const color = part.isRest === true || i >= colors ? 'var(--off-fill)' : `var(--cat-${i + 1})`
    const one = { ...part, y: at + (gap + height) / 2, within, height, color }
    at += gap + height
    within += height
    return one
  })
}

function sum(parts: FlowPart[]): number {
  return parts.reduce((all, { value }) => all + Number(value), 0)
}

interface RibbonProps {
  part: Placed
  x: number
  to: number
}

function Ribbon({ part: { y, within, height, color }, x, to }: RibbonProps) {
  const top = y - height / 2
  const half = (x + to) / 2
  const outer = x < to ? x - bar : x
  const curve = (a: number, endX: number, b: number) => `C${half} ${a} ${half} ${b} ${endX} ${b}`
  const path =
    `M${x} ${top}${curve(top, to, within)}` +
    `V${within + height}${curve(within + height, x, top + height)}Z`
  return (
    <g fill={color}>
      <rect x={outer} y={top} width={bar} height={Math.max(1, height)} />
      <path opacity="0.45" d={path} />
    </g>
  )
}

function Words({ parts, label }: { parts: Placed[]; label: string }) {
  return (
    <ul aria-label={label}>
      {parts.map(({ id, y, label: words }) => (
        <li key={id} style={{ top: y }}>
          {words}
        </li>
      ))}
    </ul>
  )
}
