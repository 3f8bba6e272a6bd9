// Why a value is left out: what a column's type cannot hold becomes null and is told in
// _airbyte_meta, by Airbyte's own names for the reasons.
import type { FieldChange, NulledValues } from '../protocol/message.ts'

/** No value of the column's type. */
export const MISFIT = Symbol('does not fit')
/** One of the type, larger or finer than PostgreSQL keeps. */
export const TOO_LARGE = Symbol('too large')

export type Misfit = typeof MISFIT | typeof TOO_LARGE

/** A value's text, or why there is none. */
export type Coerced = string | Misfit

export function nulled(field: string, misfit: Misfit): FieldChange {
  const reason =
    misfit === TOO_LARGE ? 'DESTINATION_FIELD_SIZE_LIMITATION' : 'DESTINATION_SERIALIZATION_ERROR'
  return { field, change: 'NULLED', reason }
}

/** How many values of a stream became null, by field and reason. */
export class NulledTally {
  readonly #counts = new Map<string, NulledValues>()

  add({ field, reason }: FieldChange, count = 1): void {
    const key = JSON.stringify([field, reason])
    const known = this.#counts.get(key)
    if (known) known.count += count
    else this.#counts.set(key, { field, reason, count })
  }

  /** As it is now. */
  list(): NulledValues[] {
    return [...this.#counts.values()].map((one) => ({ ...one }))
  }
}

/** The same of two counts. */
export function nulledInAll(...lists: NulledValues[][]): NulledValues[] {
  const tally = new NulledTally()
  for (const { count, ...one } of lists.flat()) tally.add({ ...one, change: 'NULLED' }, count)
  return tally.list()
}
