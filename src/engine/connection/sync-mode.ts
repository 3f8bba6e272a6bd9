// Airbyte's five sync modes (pure): how the source reads a stream, how the destination writes it.
import type { DestinationSyncMode, SyncMode } from '../../protocol/message.ts'
import { must } from '../../std/errors.ts'
import type { StreamChoice } from '../store/connection.ts'

const MODES: Record<string, [SyncMode, DestinationSyncMode]> = {
  full_refresh_overwrite: ['full_refresh', 'overwrite'],
  full_refresh_overwrite_deduped: ['full_refresh', 'overwrite_dedup'],
  full_refresh_append: ['full_refresh', 'append'],
  incremental_append: ['incremental', 'append'],
  incremental_deduped_history: ['incremental', 'append_dedup'],
}

export const syncModes = Object.keys(MODES)

/** What is known of the destination's program. */
export interface DestinationMeans {
  supportsRefreshes: boolean
  /** By its spec, if it says. */
  modes: DestinationSyncMode[] | undefined
}

/** By a destination's spec, if it says: none names overwrite_dedup, append_dedup that truncates. */
export function isOffered(
  mode: DestinationSyncMode,
  offered: DestinationSyncMode[] | undefined,
): boolean {
  return offered?.includes(mode === 'overwrite_dedup' ? 'append_dedup' : mode) ?? true
}

export function modesOf(choice: Pick<StreamChoice, 'syncMode'>): [SyncMode, DestinationSyncMode] {
  return must(MODES[choice.syncMode], `the sync mode ${choice.syncMode} was checked before`)
}

/** The mode that Airbyte's platform sends where generations say what to overwrite. */
export function withGenerations(
  mode: DestinationSyncMode,
  supportsRefreshes: boolean,
): DestinationSyncMode {
  if (mode === 'overwrite') return supportsRefreshes ? 'append' : 'overwrite'
  if (mode === 'overwrite_dedup') return supportsRefreshes ? 'append_dedup' : 'overwrite'
  return mode
}
