// What a table holds, as its fence remembers it, and what follows for a sync (pure). A state is
// worth only what it was earned with (L3): the same table, with all the commits that it counts.
// And what a table holds of the generation that is asked for stays there (L8), whoever asks.
import type { DestinationTable, Witness } from '../protocol/message.ts'
import type { Table } from './table.ts'

/** Written down with every commit. */
export interface Content {
  /** New whenever the table is made, replaced, or met as another one than we left. */
  incarnation: string
  oid: string
  /** Of the rows; null where nobody knows: rows that are not ours. */
  oldestGeneration: number | null
  newestGeneration: number | null
  /** Transactions of ours that changed the table. */
  commits: number
  /** It had rows after our last commit. */
  filled: boolean
  /** Goes with the state alone (witness.ts). */
  witness?: Witness | undefined
}

/** The table as it is met. */
export interface Found {
  oid: string
  empty: boolean
  /** What became of the row that has to be there: null where it is not. */
  witness?: Witness | null
}

/** The row that has to be there: the state names it, and no commit of ours came after it. */
export function witnessOf({ state }: Table, known: Content | undefined): Witness | undefined {
  const isSame = state?.incarnation === known?.incarnation && state?.commits === known?.commits
  return isSame ? state?.witness : undefined
}

/** Why the state that this sync starts from is worth nothing here; undefined when it is good. */
export function expiry(
  table: Table,
  known: Content | undefined,
  found: Found | undefined,
): string | undefined {
  const given = table.state
  if (!given) return undefined
  const reason = loss(table, given, known, found)
  if (reason === undefined) return undefined
  return (
    `${reason}; the saved state of the stream ${table.stream.name} is worth nothing here, ` +
    'and the stream has to be read again from the beginning'
  )
}

function loss(
  table: Table,
  given: DestinationTable,
  known: Content | undefined,
  found: Found | undefined,
): string | undefined {
  const place = `the table ${table.schema}.${table.name}`
  if (!found) {
    return `${place} is not there: it was dropped or renamed, or this is another database`
  }
  if (!known) return `${place} is not one that was filled from here: another database, or another's`
  if (known.oid !== found.oid) {
    return `${place} is another one than the one that was filled: it was dropped and made again`
  }
  if (known.filled && found.empty) return `${place} was emptied: it had rows, and has none`
  if (known.incarnation !== given.incarnation) {
    return `${place} has another content than the state says: it was replaced since, or is another`
  }
  if (known.commits < given.commits) {
    return (
      `${place} lacks ${given.commits - known.commits} of the ${given.commits} commits that the ` +
      'state counts: it comes from an older backup, or from a server that had not got them'
    )
  }
  if (found.witness === null) {
    return (
      `${place} lacks a row that was written last: it was deleted, rows of an older copy were ` +
      'put back, or something else writes there'
    )
  }
  const { minimumGeneration } = table
  if (minimumGeneration > 0 && known.filled && known.oldestGeneration !== minimumGeneration) {
    return `${place} holds rows of an older generation than the ${minimumGeneration} asked for`
  }
  return undefined
}

/** What the table is from now on: the one that we left, or a new one. */
export function adopted(
  known: Content | undefined,
  found: Found,
  newIncarnation: () => string,
): Content {
  const { oid, empty, witness } = found
  if (known && known.oid === oid && !(known.filled && empty)) {
    return { ...known, filled: !empty, witness: witness ?? undefined }
  }
  const incarnation = newIncarnation()
  const generation = { oldestGeneration: null, newestGeneration: null }
  return { incarnation, oid, ...generation, commits: 0, filled: !empty }
}

/**
 * How a stream gets into its table. add: what comes is added or merged, and durable as it comes.
 * replace: what is there goes when the stream is COMPLETE. replace-if-any: likewise, unless
 * nothing came.
 */
export type Way = 'add' | 'replace' | 'replace-if-any'

/**
 * A table that holds the generation already got it from an earlier attempt of the same job, or
 * from a platform that always sends the same number: what comes is more of it. Only where the mode
 * itself says overwrite does it take the place of what is there, and nothing takes no place.
 */
export function wayOf(table: Table, content: Content): Way {
  const { minimumGeneration, overwrites } = table
  if (minimumGeneration === 0) return overwrites ? 'replace' : 'add'
  if (content.oldestGeneration !== minimumGeneration) return 'replace'
  if (table.state) return 'add'
  if (table.state === null) return 'replace'
  return overwrites ? 'replace-if-any' : 'add'
}

/** Rows that an earlier run added of the generation that is asked for, beside older ones. */
export function keepsSome(table: Table, { oldestGeneration, newestGeneration }: Content): boolean {
  const { minimumGeneration, state } = table
  // Read from the beginning: what has the number got it from another connection.
  if (state === null) return false
  if (minimumGeneration === 0 || oldestGeneration === null) return false
  return oldestGeneration < minimumGeneration && newestGeneration === minimumGeneration
}

export function afterAdding(table: Table, content: Content, filled: boolean): Content {
  const { generationId } = table
  const oldestGeneration = content.filled ? content.oldestGeneration : generationId
  const commits = content.commits + 1
  return { ...content, oldestGeneration, newestGeneration: generationId, commits, filled }
}

export function afterReplacing(
  table: Table,
  content: Content,
  filled: boolean,
  newIncarnation: () => string,
): Content {
  const incarnation = newIncarnation()
  return { ...afterAdding(table, { ...content, filled: false }, filled), incarnation }
}
