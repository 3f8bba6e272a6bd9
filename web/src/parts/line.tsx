// A line over days: what a value was from one day to the next. Heights are made of the numbers;
// what is written beside them is the text that came.
import { useId } from 'react'
import { day } from '../words/times.ts'
import css from './line.module.css'

export interface DayPoint {
  /** `2026-03-14` */
  date: string
  /** Decimal text; only a height is ever made of it. */
  value: string
}

interface Props {
  label: string
  points: DayPoint[]
  say: (value: string) => string
}

const wide = 600
const tall = 140
const edge = 4
const dayMs = 86_400_000

export function DayLine({ label, points, say }: Props) {
  const id = useId()
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined) return null
  const ranked = points.toSorted((a, b) => Number(a.value) - Number(b.value))
  const [least = first] = ranked
  const most = ranked.at(-1) ?? first
  const days = Math.max(dayMs, Date.parse(last.date) - Date.parse(first.date))
  const span = Number(most.value) - Number(least.value) || 1
  const x = ({ date }: DayPoint) => ((Date.parse(date) - Date.parse(first.date)) / days) * wide
  const y = ({ value }: DayPoint) =>
    edge + (tall - 2 * edge) * (1 - (Number(value) - Number(least.value)) / span)
  const steps = points.map((point) => `H${x(point).toFixed(1)}V${y(point).toFixed(1)}`).join('')
  const path = `M${x(first)} ${y(first).toFixed(1)}${steps}H${wide}`
  return (
    <figure aria-labelledby={id}>
      <figcaption id={id} className={css['hidden']}>
        {label}: from {say(first.value)} on {day(first.date, true)} to {say(last.value)} on{' '}
        {day(last.date, true)}; least {say(least.value)}, most {say(most.value)}.
      </figcaption>
      <div className={css['plot']} aria-hidden="true">
        <svg viewBox={`0 0 ${wide} ${tall}`} preserveAspectRatio="none">
          {Number(least.value) < 0 && Number(most.value) > 0 && (
            <path className={css['zero']} d={`M0 ${y({ date: '', value: '0' })}H${wide}`} />
          )}
          <path className={css['line']} d={path} />
        </svg>
        <span>{say(most.value)}</span>
        <span>{say(least.value)}</span>
      </div>
      <p className={css['days']} aria-hidden="true">
        <span>{day(first.date, true)}</span>
        <span>{day(last.date, true)}</span>
      </p>
    </figure>
  )
}
