// What is there against what is wished (pure): more than was wished is no difference, less is.
// Lists of named things go by name.

export interface Difference {
  /** `schedule.cronExpression`. */
  path: string
  /** As a person may read them: secrets as dots. */
  actual: string
  wished: string
}

const MASKED = /^\*{5,}$/
/** Told by us, never told back: the real server strips the connector's name. */
const UNTOLD = new Set(['destinationType', 'sourceType'])
const SECRET = /password|secret|api_key|client_key|ssh_key/
const shownCharsMax = 80

export function differences(actual: unknown, wished: unknown, path = ''): Difference[] {
  if (typeof actual === 'string' && MASKED.test(actual)) return []
  if ((wished === '' || wished === false) && actual === undefined) return []
  if (Array.isArray(wished)) {
    return Array.isArray(actual) ? inLists(actual, wished, path) : [differing(path, actual, wished)]
  }
  if (typeof wished !== 'object' || wished === null) {
    return same(actual, wished, path) ? [] : [differing(path, actual, wished)]
  }
  if (typeof actual !== 'object' || actual === null) return [differing(path, actual, wished)]
  const have = actual as Record<string, unknown>
  return Object.entries(wished)
    .filter(([key]) => !UNTOLD.has(key))
    .flatMap(([key, value]) => differences(have[key], value, below(path, key)))
}

function inLists(actual: unknown[], wished: unknown[], path: string): Difference[] {
  const isNamed = nameOf(wished[0]) !== undefined
  const keyOf = (one: unknown, at: number) => String(isNamed ? nameOf(one) : at)
  const there = new Map(actual.map((one, at) => [keyOf(one, at), one]))
  const lacking = wished.flatMap((one, at) => {
    const key = keyOf(one, at)
    const found = there.get(key)
    there.delete(key)
    return differences(found, one, below(path, key))
  })
  const more = [...there].map(([key, one]) => differing(below(path, key), one, undefined))
  return [...lacking, ...more]
}

/** Airbyte's own tells a schedule with its zone, which is always the one that it takes without. */
function same(actual: unknown, wished: unknown, path: string): boolean {
  return (
    actual === wished || (path.endsWith('cronExpression') && actual === `${String(wished)} UTC`)
  )
}

function differing(path: string, actual: unknown, wished: unknown): Difference {
  const isSecret = SECRET.test(path)
  return { path, actual: shown(actual, isSecret), wished: shown(wished, isSecret) }
}

function shown(value: unknown, isSecret: boolean): string {
  if (value === undefined) return 'nothing'
  if (isSecret) return '•••'
  if (typeof value === 'object' && value !== null)
    return nameOf(value) === undefined ? '…' : 'there'
  return JSON.stringify(value).slice(0, shownCharsMax)
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
}
