// Airbyte's sync modes as a person reads them.
const modes: Record<string, string> = {
  full_refresh_overwrite: 'read whole, replaces what is there',
  full_refresh_overwrite_deduped: 'read whole, one row a key',
  full_refresh_append: 'read whole, added each time',
  incremental_append: 'what changed, added as a row each',
  incremental_deduped_history: 'what changed, one row a key',
}

export function inWords(mode: string): string {
  return modes[mode] ?? mode
}
