// The sett: the stripes that an id weaves, the emblem of a bank or a connection, for which no
// picture is fetched. Always beside the name, so it says nothing to a screen reader.
import { useId } from 'react'
import css from './sett.module.css'

const threadCounts = [2, 4, 6, 12, 18]
const dyes = 6

interface Stripe {
  dye: number
  threads: number
}

export function Sett({ of, size = 28 }: { of: string; size?: number }) {
  const hatch = useId()
  const stripes = settOf(of)
  const whole = stripes.reduce((sum, stripe) => sum + stripe.threads, 0)
  const placed = place(stripes)
  return (
    <svg
      className={css['sett']}
      width={size}
      height={size}
      viewBox={`0 0 ${whole} ${whole}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <defs>
        <pattern id={hatch} width="4" height="4" patternUnits="userSpaceOnUse">
          <path d="M0 4 4 0M-1 1 1-1M3 5 5 3" className={css['twill']} />
        </pattern>
      </defs>
      {placed.map(({ at, dye, threads }) => (
        <rect key={`w${at}`} x={at} width={threads} height={whole} fill={`var(--cat-${dye})`} />
      ))}
      {placed.map(({ at, dye, threads }) => (
        <rect
          key={`f${at}`}
          y={at}
          width={whole}
          height={threads}
          fill={`var(--cat-${dye})`}
          opacity="0.5"
        />
      ))}
      <rect width={whole} height={whole} fill={`url(#${hatch})`} />
    </svg>
  )
}

/** Three of six dyes with thread counts, mirrored, from the id's hash. */
function settOf(id: string): Stripe[] {
  let bits = hash(id)
  const take = (from: number) => {
    const chosen = bits % from
    bits = Math.floor(bits / from)
    return chosen
  }
  const palette = Array.from({ length: dyes }, (_, i) => i + 1)
  const half = [18, 0, 0].map((ground, i) => ({
    dye: palette.splice(take(palette.length), 1)[0] ?? 1,
    threads: ground > 0 ? 12 + 6 * take(2) : (threadCounts[take(i === 1 ? 4 : 3)] ?? 4),
  }))
  return [...half, ...half.slice(0, -1).reverse()]
}

function place(stripes: Stripe[]): (Stripe & { at: number })[] {
  let at = 0
  return stripes.map((stripe) => {
    const placed = { ...stripe, at }
    at += stripe.threads
    return placed
  })
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0
  }
  return value
}
