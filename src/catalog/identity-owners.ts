// The identity_owners stream: whose each account is, as the bank has it. Personal data: off unless
// it is asked for. An owner has no id, only a place in the list.
import { Type } from '../std/type.ts'
import { extra, feedFields, listOrNull, text, textsOrNull } from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  owner: text('The owner’s place in the account’s list, from 1.'),
  item_id: text('The Item: one login at one institution.'),
  names: textsOrNull('What the bank calls the owner.'),
  phone_numbers: listOrNull('Each with its kind.'),
  emails: listOrNull('Each with its kind.'),
  addresses: listOrNull('Each with its parts.'),
  extra: extra(),
  ...feedFields(),
})

export const identityOwners: Stream = {
  name: 'identity_owners',
  doc: 'Who owns each account, as the bank has it.',
  schema,
  primaryKey: ['account_id', 'owner'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [],
  product: 'identity',
  brings: 'changes',
}
