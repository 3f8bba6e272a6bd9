// What the parts of Money share: what is asked for, and a figure that leads to its rows.
import { useQuery } from '@tanstack/react-query'
import { sqlQuery } from '../api/web.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Facts } from '../parts/page.tsx'
import { Amount } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
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
    <PageLink to="/data/sql" search={{ q: query.trim() }} title="The rows behind it, in SQL">
      <Amount value={value} currency={currency || null} />
    </PageLink>
  )
}

/** The query behind what is shown. */
export function ShowSql({ query }: { query: string }) {
  return (
    <PageLink to="/data/sql" search={{ q: query.trim() }} look="plain">
      Show SQL
    </PageLink>
  )
}

interface ByCurrencyProps {
  /** Answers a row a currency: its code, then a sum for each of the words. */
  query: string
  words: readonly string[]
  none: string
}

export function ByCurrency({ query: text, words, none }: ByCurrencyProps) {
  const query = useQuery(sqlQuery(text))
  return (
    <Shown
      query={query}
      rows={2}
      empty={({ rows }) => (rows.length > 0 ? undefined : <p>{none}</p>)}
    >
      {({ rows }) => (
        <>
          {rows.map(([code = null, ...sums]) => (
            <Sums
              key={textOf(code)}
              code={textOf(code)}
              isAlone={rows.length === 1}
              of={words.map((word, i) => [word, sums[i] === null ? null : textOf(sums[i] ?? null)])}
            />
          ))}
        </>
      )}
    </Shown>
  )
}

interface SumsProps {
  code: string
  isAlone: boolean
  of: [string, string | null][]
}

function Sums({ code, isAlone, of }: SumsProps) {
  const currency = visible(code || 'no currency')
  return (
    <section aria-label={currency}>
      {!isAlone && <h3>{currency}</h3>}
      <Facts
        of={of.map(([word, sum]) => [
          word,
          <Amount key={word} value={sum} currency={code || null} />,
        ])}
      />
    </section>
  )
}
