// The fields of a form over what is kept: each shows what is kept now until a person changes it,
// and what is saved is what he changed and nothing else.
import { useState } from 'react'

export interface Edits<T> {
  /** As the fields show it. */
  draft: T
  changes: Partial<T>
  isSame: boolean
  edit: (some: Partial<T>) => void
  undo: () => void
  /** These are kept now; what was written since is not. */
  forget: (saved: Partial<T>) => void
}

export function useEdits<T extends object>(kept: T): Edits<T> {
  const [edited, setEdited] = useState<Partial<T>>({})
  const changes = without(edited, kept)
  return {
    draft: { ...kept, ...changes },
    changes,
    isSame: Object.keys(changes).length === 0,
    edit: (some) => setEdited(without({ ...changes, ...some }, kept)),
    undo: () => setEdited({}),
    forget: (saved) => setEdited((all) => without(all, saved)),
  }
}

function without<T extends object>(fields: Partial<T>, same: Partial<T>): Partial<T> {
  const entries = Object.entries(fields) as [keyof T, T[keyof T]][]
  return Object.fromEntries(entries.filter(([name, value]) => value !== same[name])) as Partial<T>
}
