// The sync_runs stream: every pull of an Item that has ended, whoever asked for it: how fresh the
// rows beside it are.
import { Type } from '../std/type.ts'
import { count, feedFields, instant, text, textOrNull } from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  sync_run_id: text('Its number: it grows with each pull.'),
  item_id: text('The Item that was pulled.'),
  trigger: text('poll, webhook, request or verify: who asked for it.'),
  mode: text('incremental or full.'),
  status: text('succeeded or failed.'),
  started_at: instant('When it began.'),
  finished_at: instant('When it ended.'),
  added: count('Transactions that came.'),
  modified: count('Transactions that changed.'),
  removed: count('Transactions that the bank took back.'),
  error_code: textOrNull('Why it failed, for programs.'),
  error_message: textOrNull('Why it failed, in a sentence.'),
  ...feedFields(),
})

export const syncRuns: Stream = {
  name: 'sync_runs',
  doc: 'Every pull of an Item, and how it ended.',
  schema,
  primaryKey: ['sync_run_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['item_id'], ['started_at']],
  notAtBank: 'no bank knows of it',
  product: null,
  brings: 'changes',
  day: 'started_at',
  daysKept: 400,
}
