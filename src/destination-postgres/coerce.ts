// The door at which a record's every value is looked at: a JSON value as its column's text, or the
// reason why it does not fit. PostgreSQL refuses a whole COPY for one bad value, so nothing may
// pass here that it would refuse; what does not fit becomes null and is told in _airbyte_meta, and
// nothing is changed in silence (L7).
import { exactText } from '../std/exact-json.ts'
import { isHoldable, jsonb, jsonText } from './json.ts'
import { type Coerced, MISFIT } from './misfit.ts'
import { bigint, numeric } from './number.ts'
import type { ColumnType } from './table.ts'
import { temporal } from './temporal.ts'

/**
 * The value's text, not yet escaped for COPY. `value` is neither null nor undefined; `clean` says
 * that its record's line had neither a backslash, without which no string holds a NUL character or
 * half a surrogate pair, nor a number beyond a double.
 */
export function coerce(type: ColumnType, value: unknown, clean = false): Coerced {
  switch (type) {
    case 'varchar':
      if (typeof value !== 'string') return exactText(value) ?? jsonText(value)
      return clean || isHoldable(value) ? value : MISFIT
    case 'numeric':
      return numeric(value)
    case 'bigint':
      return bigint(value)
    case 'boolean':
      return boolean(value)
    case 'jsonb':
      return jsonb(value, clean)
    default:
      return typeof value === 'string' ? temporal(type, value) : MISFIT
  }
}

/** As PostgreSQL reads a word: whole, or as much of it as names one. */
const YES = new Set(['true', 'tru', 'tr', 't', 'yes', 'ye', 'y', 'on', '1'])
const NO = new Set(['false', 'fals', 'fal', 'fa', 'f', 'no', 'n', 'off', 'of', '0'])

function boolean(value: unknown): Coerced {
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value !== 'string') return MISFIT
  const word = value.trim().toLowerCase()
  if (YES.has(word)) return 't'
  return NO.has(word) ? 'f' : MISFIT
}
