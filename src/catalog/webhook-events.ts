// The webhook_events stream: what Plaid told by webhook, without its tokens, and what came of it.
import { Type } from '../std/type.ts'
import {
  count,
  extra,
  feedFields,
  instant,
  instantOrNull,
  objectOrNull,
  text,
  textOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  webhook_event_id: text('Its number: it grows with each webhook.'),
  item_id: textOrNull('The Item that it is of, also one that is not known here; null: of none.'),
  webhook_type: text('TRANSACTIONS, ITEM, LINK and so on.'),
  webhook_code: text('What happened, in Plaid’s word.'),
  received_at: instant('When it came.'),
  deliveries: count('How often this very request came.'),
  outcome: textOrNull('pull, item, link, nothing, repeated, unknown_code or unknown_item.'),
  worked_at: instantOrNull('When that was found; null while it waits.'),
  sync_run_id: textOrNull('The first pull of its Item afterwards.'),
  error: objectOrNull('Plaid’s error, where it told of one.'),
  extra: extra(),
  ...feedFields(),
})

export const webhookEvents: Stream = {
  name: 'webhook_events',
  doc: 'What Plaid told by webhook, seconds after it came, and what came of it.',
  schema,
  primaryKey: ['webhook_event_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['item_id'], ['received_at']],
  notAtBank: 'Plaid has no list of what it sent that is open to all',
  product: null,
  brings: 'changes',
  day: 'received_at',
  daysKept: 400,
}
