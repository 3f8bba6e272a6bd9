// What happens to webhooks on their way, and the change of the key that signs them.
import { Type } from '../../../../src/std/type.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import { durationMs } from '../bank/clock.ts'
import { HOUR_MS } from '../world/calendar.ts'
import { WEBHOOK_FAULTS, webhookOrdersMax } from '../webhooks/faults.ts'
import { command, type Command } from './command.ts'
import { itemOf, itemSelector } from './selector.ts'

const DELAY = '1m'
/** A webhook that comes a day late is as good as lost. */
const delayMsMax = 24 * HOUR_MS

export const webhookCommands: readonly Command[] = [
  command({
    name: 'webhook',
    doc: 'The next webhooks are lost, come twice, come late (`by`, 1m), or the last comes first.',
    fields: {
      fault: Type.Enum([...WEBHOOK_FAULTS]),
      times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
      item_id: Type.Optional(itemSelector),
      webhook_code: Type.Optional(Type.String({ pattern: '^[A-Z_]+$', maxLength: 100 })),
      by: Type.Optional(Type.String({ maxLength: 20 })),
    },
    short: 'fault',
    check: ({ by = DELAY }) => {
      if (durationMs(by) <= delayMsMax) return
      throw new ConfigError('DELAY_TOO_LONG', 'a webhook comes at most 24h late', { field: 'by' })
    },
    run: async (context, { fault, times, item_id, webhook_code, by = DELAY }) => {
      const { faults } = context.webhooks
      if (faults.count >= webhookOrdersMax) {
        throw new ConfigError('TOO_MANY_ORDERS', `at most ${webhookOrdersMax} orders may wait`)
      }
      faults.add({
        fault,
        // one webhook alone has no order
        times: times ?? (fault === 'reorder' ? 2 : 1),
        itemId: item_id === undefined ? null : itemOf(context, item_id).itemId,
        code: webhook_code ?? null,
        byMs: durationMs(by),
      })
      await context.bank.save()
      return { waiting: faults.count }
    },
  }),
  command({
    name: 'rotate_webhook_key',
    doc: 'Another key signs webhooks from now on; the one before expires.',
    fields: {},
    run: async ({ bank, webhooks }) => {
      const key_id = webhooks.keys.rotate()
      await bank.save()
      return { key_id }
    },
  }),
]
