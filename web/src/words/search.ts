// What stands in an address is anybody's text: what does not fit is passed over.
type Search = Record<string, unknown>

export function textOf(search: Search, key: string): string | undefined {
  const value = search[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function wordOf<const T extends string>(
  search: Search,
  key: string,
  words: readonly T[],
): T | undefined {
  return words.find((word) => word === search[key])
}

export function countOf(search: Search, key: string): number | undefined {
  const value = Number(search[key])
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** Without what is not set, so that the address stays short. */
export function compact<T extends Record<string, unknown>>(
  search: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const set = Object.entries(search).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
