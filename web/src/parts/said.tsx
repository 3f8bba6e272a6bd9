// Small pieces of text: what a bank wrote, an instant, an amount, an id.
import { useState } from 'react'
import { nowMs, useNow } from '../words/clock.ts'
import { brief, cut, visible } from '../words/hostile.ts'
import { count, exact, money } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import { age, inFull, relative } from '../words/times.ts'
import css from './said.module.css'

/** A bank's, merchant's or connector's own words: isolated, with what steers made visible. */
export function Bank({ text, whole = false }: { text: string | null; whole?: boolean }) {
  if (text === null || text === '') return <span className={css['none']}>no name</span>
  if (whole) return <Long text={visible(text)} />
  return <bdi className={css['words']}>{brief(text)}</bdi>
}

/** Of what would fill the screen the beginning, and all of it when it is asked for. */
function Long({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false)
  const shown = <bdi className={css['words']}>{isOpen ? text : cut(text, longMax)}</bdi>
  if (text.length <= longMax) return shown
  return (
    <>
      {shown}{' '}
      <button
        type="button"
        className={css['more']}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? 'less' : 'more'}
      </button>
    </>
  )
}

const longMax = 400

/** A sentence with `code` in it, as a connector’s specification has them: that is set as code. */
export function Coded({ text }: { text: string }) {
  return text
    .split(/`([^`\n]+)`/)
    .map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))
}

/** When it was or will be, counted on; the whole of it in both zones on hover. */
export function When({ at, short = false }: { at: string | number | null; short?: boolean }) {
  const now = useNow(5_000)
  const { zone } = usePreferences()
  const ms = at === null ? Number.NaN : instant(at)
  if (Number.isNaN(ms)) return <span className={css['none']}>never</span>
  const text = short ? age(ms, now) : relative(ms, now, zone)
  return (
    <time dateTime={new Date(ms).toISOString()} title={inFull(ms)}>
      {text}
    </time>
  )
}

/** Seconds (Airbyte’s), or text (ours). */
function instant(at: string | number): number {
  return typeof at === 'number' ? at * 1_000 : Date.parse(at)
}

export function Count({ value }: { value: number | string }) {
  return <span title={exact(value)}>{count(value)}</span>
}

interface AmountProps {
  value: number | string | null
  currency: string | null
  /** Plaid’s sign is money out; a person’s is money in. */
  flip?: boolean
}

/** In privacy it is dots, in the document too. */
export function Amount({ value, currency, flip = false }: AmountProps) {
  const { privacy } = usePreferences()
  if (value === null) return <span className={css['none']}>–</span>
  if (privacy) return <span className={css['amount']}>•••••</span>
  const text = String(value)
  const title = flip ? `${text} in the table` : undefined
  return (
    <span className={css['amount']} title={title}>
      {money(text, currency, flip)}
    </span>
  )
}

export function Id({ text }: { text: string }) {
  return <code className={css['id']}>{visible(text)}</code>
}

export function secondsSince(second: number): number {
  return Math.max(0, nowMs() - second * 1_000)
}
