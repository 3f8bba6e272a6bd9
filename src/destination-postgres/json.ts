// A value as the text of a jsonb column. jsonb has neither the NUL character nor half of a
// surrogate pair, and its numbers are numeric's.
import { exactText } from '../std/exact-json.ts'
import { type Coerced, MISFIT, TOO_LARGE } from './misfit.ts'
import { isNumeric, scaleMax } from './number.ts'

/** `clean` says that nothing in it can be what jsonb has not. */
export function jsonb(value: unknown, clean: boolean): Coerced {
  const text = jsonText(value)
  if (clean || (text.length < scaleMax && !SUSPECT.test(text))) return text
  return misfitOf(value) ?? text
}

/** What JSON.stringify writes of half a pair and of NUL, and exponents that may be too large. */
const SUSPECT = /\\u0000|\\ud[89a-f]|\de[+-]?\d{4}/i

export function isHoldable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Nested more deeply than the parser minds: some 5,000 levels, of which PostgreSQL takes more.
    if (error instanceof RangeError) return deepText(value)
    throw error
  }
}

function misfitOf(value: unknown): typeof MISFIT | typeof TOO_LARGE | undefined {
  for (const waiting = [value]; waiting.length > 0;) {
    const next = waiting.pop()
    if (typeof next === 'string') {
      if (!isHoldable(next)) return MISFIT
      continue
    }
    if (typeof next !== 'object' || next === null) continue
    const number = exactText(next)
    if (number !== undefined) {
      if (!isNumeric(number)) return TOO_LARGE
      continue
    }
    for (const [key, inner] of Object.entries(next)) {
      if (!isHoldable(key)) return MISFIT
      waiting.push(inner)
    }
  }
  return undefined
}

/** As JSON.stringify, without its recursion. */
function deepText(value: unknown): string {
  const parts: string[] = []
  /** What is still to be written, the next one last. */
  const waiting: ({ value: unknown } | string)[] = [{ value }]
  for (;;) {
    const next = waiting.pop()
    if (next === undefined) return parts.join('')
    if (typeof next === 'string') parts.push(next)
    else if (isLeaf(next.value)) parts.push(JSON.stringify(next.value))
    else for (const piece of pieces(next.value).reverse()) waiting.push(piece)
  }
}

function isLeaf(value: unknown): value is string | number | boolean | null {
  return typeof value !== 'object' || value === null || exactText(value) !== undefined
}

function pieces(container: unknown): ({ value: unknown } | string)[] {
  if (Array.isArray(container)) {
    const list = container.flatMap((value: unknown, i) => [i === 0 ? '[' : ',', { value }])
    return list.length === 0 ? ['[]'] : [...list, ']']
  }
  const list = Object.entries(container as object).flatMap(([key, value], i) => [
    `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    { value: value as unknown },
  ])
  return list.length === 0 ? ['{}'] : [...list, '}']
}
