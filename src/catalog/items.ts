// The items stream: every Item as it is, in its life here and as Plaid describes it. There is no
// access token in it (L5).
import { Type } from '../std/type.ts'
import {
  extra,
  feedFields,
  instant,
  instantOrNull,
  text,
  textOrNull,
  textsOrNull,
  yesOrNo,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  item_id: text('The Item: one login at one institution.'),
  client_user_id: text('Whose it is.'),
  institution_id: textOrNull('Plaid’s id of the institution.'),
  institution_name: textOrNull('The institution.'),
  status: text('healthy, error, needs_user and so on: how it is here.'),
  error_code: textOrNull('Plaid’s code of what its owner can mend, or of the last failure.'),
  consent_expires_at: instantOrNull('When its owner’s consent ends.'),
  disconnect_at: instantOrNull('When Plaid announced to disconnect it.'),
  new_accounts: yesOrNo('The bank has accounts that are not shared yet.'),
  duplicate_of: textOrNull('Held: the Item of which it is a second link.'),
  replaced_by: textOrNull('The Item that took its place.'),
  linked_at: instant('When it was linked.'),
  webhook: textOrNull('Where Plaid sends news of it.'),
  auth_method: textOrNull('How account and routing numbers were verified.'),
  update_type: textOrNull('background, or user_present_required.'),
  available_products: textsOrNull('What could be asked of it, and is not billed.'),
  billed_products: textsOrNull('What it is billed for.'),
  products: textsOrNull('What it was linked with.'),
  consented_products: textsOrNull('What its owner agreed to.'),
  extra: extra(),
  ...feedFields(),
})

export const items: Stream = {
  name: 'items',
  doc: 'Every Item, also one that was disconnected: how it is, and which products it has.',
  schema,
  primaryKey: ['item_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [],
  product: null,
  brings: 'changes',
}
