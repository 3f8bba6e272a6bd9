// A year of months as stacked bars: the six largest categories, and the others together, hatched.
import { useId } from 'react'
import { inWords } from '../words/category.ts'
import { money } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import { monthName } from '../words/times.ts'
import css from './bars.module.css'

export interface MonthBar {
  month: string
  /** Decimal text; only a height is ever made of it. */
  parts: { category: string; spent: string }[]
}

interface Props {
  months: MonthBar[]
  currency: string
  chosen: string
  onChoose: (month: string) => void
}

const topMax = 6
const tall = 160

/** The six with the most in all the months, the largest first. */
export function categoriesOf(months: MonthBar[]): string[] {
  const sums = new Map<string, number>()
  for (const { category, spent } of months.flatMap(({ parts }) => parts)) {
    sums.set(category, (sums.get(category) ?? 0) + Number(spent))
  }
  return [...sums]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, topMax)
    .map(([category]) => category)
}

export function Bars({ months, currency, chosen, onChoose }: Props) {
  const top = categoriesOf(months)
  const whole = (bar: MonthBar) => bar.parts.reduce((sum, { spent }) => sum + Number(spent), 0)
  const most = Math.max(1, ...months.map(whole))
  return (
    <div>
      <ol className={css['bars']}>
        {months.map((bar) => (
          <li key={bar.month}>
            <button
              type="button"
              className={css['bar']}
              aria-pressed={bar.month === chosen}
              aria-label={`${labelOf(bar.month, months.length)} ${monthName(bar.month)}`.trim()}
              title={monthName(bar.month)}
              onClick={() => onChoose(bar.month)}
            >
              <Stack bar={bar} top={top} most={most} currency={currency} />
              <span>{labelOf(bar.month, months.length)}</span>
            </button>
          </li>
        ))}
      </ol>
      <ul className={css['legend']}>
        {[...top, undefined].map((category, i) => (
          <li key={category ?? 'other'}>
            <svg width="12" height="12" aria-hidden="true">
              <rect
                width="12"
                height="12"
                rx="2"
                fill={category === undefined ? 'var(--off-fill)' : `var(--cat-${i + 1})`}
              />
            </svg>
            {category === undefined ? 'other' : inWords(category)}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Of many only the years fit. */
function labelOf(month: string, count: number): string {
  if (count <= labelsMax) return month.slice(2)
  return month.endsWith('-01') ? month.slice(0, yearLength) : ''
}

const labelsMax = 12
const yearLength = 4

interface StackProps {
  bar: MonthBar
  top: string[]
  most: number
  currency: string
}

function Stack({ bar, top, most, currency }: StackProps) {
  const hatch = useId()
  const { privacy } = usePreferences()
  const ranked = bar.parts.toSorted((a, b) => place(top, a.category) - place(top, b.category))
  const heights = ranked.map(({ spent }) => (Number(spent) / most) * tall)
  return (
    <svg
      viewBox={`0 0 40 ${tall}`}
      preserveAspectRatio="none"
      className={css['stack']}
      aria-hidden="true"
    >
      <defs>
        <pattern id={hatch} width="4" height="4" patternUnits="userSpaceOnUse">
          <rect width="4" height="4" fill="var(--off-fill)" />
          <path d="M0 4 4 0" stroke="var(--control)" strokeWidth="0.8" />
        </pattern>
      </defs>
      {ranked.map(({ category, spent }, place) => {
        const height = heights[place] ?? 0
        const below = heights.slice(0, place + 1).reduce((sum, one) => sum + one, 0)
        const i = top.indexOf(category)
        return (
          <rect
            key={category}
            x="4"
            width="32"
            y={tall - below}
            height={Math.max(0, height - 0.6)}
            fill={i < 0 ? `url(#${hatch})` : `var(--cat-${i + 1})`}
          >
            <title>{privacy ? inWords(category) : said(category, spent, currency)}</title>
          </rect>
        )
      })}
    </svg>
  )
}

function said(category: string, spent: string, currency: string): string {
  return `${inWords(category)}: ${money(spent, currency || null)}`
}

function place(top: string[], category: string): number {
  const i = top.indexOf(category)
  return i < 0 ? topMax : i
}
