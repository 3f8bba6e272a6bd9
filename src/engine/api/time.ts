// Times as Airbyte's API writes them: with seconds and Z, durations in ISO 8601.
import { ApiProblem } from './problem.ts'

export function isoSeconds(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`
}

export function duration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds))
  const hours = Math.floor(all / 3600)
  const minutes = Math.floor((all % 3600) / 60)
  const rest = all % 60
  const parts = [hours > 0 && `${hours}H`, minutes > 0 && `${minutes}M`, rest > 0 && `${rest}S`]
  return `PT${parts.filter(Boolean).join('') || '0S'}`
}

/** A filter that may be missing: {name: ISO text}. Milliseconds since the epoch are read too. */
export function instant<const K extends string>(
  name: K,
  given: string | undefined,
): Partial<Record<K, string>> {
  if (given === undefined) return {}
  const at = new Date(/^\d+$/.test(given) ? Number(given) : given)
  // Years before 1 and after 9999 JavaScript writes with a sign, as PostgreSQL reads none.
  if (Number.isNaN(at.getTime()) || !/^(?!0000)\d{4}-/.test(at.toISOString())) {
    throw new ApiProblem('bad-request', `${name} is not a date and time in ISO 8601.`)
  }
  return { [name]: at.toISOString() } as Partial<Record<K, string>>
}
