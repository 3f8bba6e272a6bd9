// What a person changed of what is kept (pure): only that is sent, and what was not touched is as
// it is kept now, whoever changed it under an open form.

type Fields = Record<string, unknown>

/** What makes the second of the first, as a merge patch (RFC 7396); none: they are the same. */
export function changesOf(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return same(before, after) ? undefined : after
  const changes = Object.keys({ ...before, ...after }).flatMap((name): [string, unknown][] => {
    const [old, now] = [before[name], after[name]]
    if (now === undefined) return old === undefined ? [] : [[name, null]]
    const change = changesOf(old, now)
    return change === undefined ? [] : [[name, change]]
  })
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
}

/** What was made of `before`, made of what is kept now. */
export function rebased(before: Fields, after: Fields, now: Fields): Fields {
  return same(before, now) ? after : (merged(now, changesOf(before, after)) as Fields)
}

function merged(now: unknown, changes: unknown): unknown {
  if (changes === undefined) return now
  if (!isFields(now) || !isFields(changes)) return changes
  const result = { ...now }
  for (const [name, change] of Object.entries(changes)) {
    if (change === null) delete result[name]
    else result[name] = merged(now[name], change)
  }
  return result
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
