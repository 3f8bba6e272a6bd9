// What the parts of Money share: what is asked for, and a figure that leads to its rows.
import { Link } from '@tanstack/react-router'
import { buttonClass } from '../parts/button.tsx'
import { Amount } from '../parts/said.tsx'
import type { Asked } from './money-queries.ts'

export interface View {
  asked: Asked
  month: string
  /** The oldest first. */
  months: string[]
  choose: (month: string | undefined) => void
}

interface FigureProps {
  value: string
  currency: string
  /** That of the rows which it is the sum of. */
  query: string
}

export function Figure({ value, currency, query }: FigureProps) {
  return (
    <Link to="/data/sql" search={{ q: query.trim() }} title="The rows behind it, in SQL">
      <Amount value={value} currency={currency || null} />
    </Link>
  )
}

/** The query behind what is shown. */
export function ShowSql({ query }: { query: string }) {
  return (
    <Link to="/data/sql" search={{ q: query.trim() }} className={buttonClass()}>
      Show SQL
    </Link>
  )
}
