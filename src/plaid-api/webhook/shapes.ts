// What plaid-api answers about webhooks, as shapes (see ../shapes.ts).
import { type Static, Type } from '../../std/type.ts'
import { anyObject, count, instant, instantOrNull, orNull, textOrNull } from '../../std/shape.ts'
import { moved, paging, RunStatus } from '../shapes.ts'

const WebhookOutcome = Type.Enum(
  ['pull', 'item', 'link', 'nothing', 'repeated', 'unknown_code', 'unknown_item'],
  {
    description:
      'pull: its Item was pulled at once. item: something was noted of its Item. link: Plaid was ' +
      'asked what a person did. nothing: there was nothing to do. repeated: the same was told ' +
      'before. unknown_code, unknown_item: it is kept, and nothing follows.',
  },
)
export type WebhookOutcome = Static<typeof WebhookOutcome>

const WebhookRow = Type.Object(
  {
    id: Type.String({ description: 'Grows with each webhook.' }),
    webhook_type: Type.String(),
    webhook_code: Type.String(),
    item_id: textOrNull('Plaid’s id, also of an Item that is not known here.'),
    institution_name: textOrNull(),
    received_at: instant(),
    worked_at: instantOrNull('Null while it waits.'),
    deliveries: count('How often this very request came.'),
    outcome: orNull(WebhookOutcome, 'Null while it waits.'),
    body: anyObject('As Plaid sent it, but for tokens.'),
    pull: orNull(
      Type.Object({ id: Type.String(), status: RunStatus, ...moved }),
      'The first pull of its Item afterwards, while that is kept.',
    ),
  },
  { $id: 'Webhook' },
)
export type WebhookRow = Static<typeof WebhookRow>

export const WebhooksPage = Type.Object(
  { webhooks: Type.Array(WebhookRow), ...paging },
  { $id: 'WebhooksPage' },
)
export type WebhooksPage = Static<typeof WebhooksPage>

const AddressCounts = Type.Object({
  told: count('Items whose webhooks go to the address.'),
  waiting: count('Items that are told next, or of which Plaid has not said where theirs go.'),
  failed: count('Items of which Plaid did not take the address; they are tried again.'),
})
export type AddressCounts = Static<typeof AddressCounts>

export const WebhookStatus = Type.Object(
  {
    address: textOrNull('Where Plaid is told to send them. Empty: nowhere. Null: not said.'),
    items: AddressCounts,
    failures: Type.Array(
      Type.Object({
        item_id: Type.String(),
        institution_name: textOrNull(),
        error: Type.String(),
      }),
      { description: 'Of the failed ones, at most 100.' },
    ),
    last_received_at: instantOrNull(),
    received_last_day: count('At most 100,000 are counted.'),
    waiting: count('Received and not worked on yet.'),
  },
  { $id: 'WebhookStatus' },
)
export type WebhookStatus = Static<typeof WebhookStatus>

export const WebhookTaken = Type.Object({ received: Type.Literal(true) }, { $id: 'WebhookTaken' })
export type WebhookTaken = Static<typeof WebhookTaken>
