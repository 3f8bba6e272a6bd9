// What Plaid has no word for: time, changes and failures on order. A command is one name with its
// fields, said over the admin API, on its page, by the command line or in a scenario's line.
import { type TProperties, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import { mutationRowsMax } from '../bank/bank.ts'
import { durationMs } from '../bank/clock.ts'
import type { ItemRecord } from '../bank/state.ts'
import { isErrorCode } from '../fault.ts'
import type { Context } from '../http/context.ts'
import type { BodyOf } from '../http/fields.ts'
import { instantText } from '../world/calendar.ts'
import { orderedFaultsMax } from './faults.ts'

export interface Command {
  name: string
  doc: string
  fields: TProperties
  /** The field that a value without fields is: `advance: 30d`. */
  short: string | undefined
  /** The fields as the schema wants them, or a ConfigError that names the wrong one. */
  run(context: Context, given: unknown): Promise<object>
}

const rows = Type.Optional(Type.Integer({ minimum: 0, maximum: mutationRowsMax }))
const itemId = Type.String({ minLength: 1, maxLength: 100 })

const COMMANDS: readonly Command[] = [
  command({
    name: 'advance',
    doc: 'Moves the clock forward; `now` moves a standing clock to the present.',
    fields: { duration: Type.String({ maxLength: 20 }) },
    short: 'duration',
    run: async (context, { duration }) => {
      context.clock.advance(duration === 'now' ? untilNow(context) : durationMs(duration))
      await context.bank.save()
      return { now: instantText(context.clock.now()) }
    },
  }),
  command({
    name: 'mutate',
    doc: 'Changes so many rows of an Item at once.',
    fields: { item_id: itemId, add: rows, modify: rows, remove: rows },
    run: async (context, { item_id, add = 0, modify = 0, remove = 0 }) => {
      const item = itemOf(context, item_id)
      await context.bank.mutate(item, { add, modify, remove })
      return { item_id, head: context.bank.ledger(item)?.log.head }
    },
  }),
  command({
    name: 'error',
    doc: 'Answers the next calls of an endpoint with an error.',
    fields: {
      endpoint: Type.String({ pattern: '^/', maxLength: 200 }),
      item_id: Type.Optional(itemId),
      error_code: Type.String({ maxLength: 100 }),
      times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    },
    run: async ({ faults }, { endpoint, item_id, error_code, times = 1 }) => {
      if (!isErrorCode(error_code)) {
        throw new ConfigError('ERROR_CODE_UNKNOWN', 'error_code must be one of Plaid’s', {
          field: 'error_code',
        })
      }
      if (faults.count >= orderedFaultsMax) {
        throw new ConfigError('TOO_MANY_ORDERS', `at most ${orderedFaultsMax} errors may wait`)
      }
      faults.add({ endpoint, itemId: item_id, code: error_code, times })
      return { waiting: faults.count }
    },
  }),
]

interface Draft<P extends TProperties> {
  name: string
  doc: string
  fields: P
  short?: keyof P & string
  run(context: Context, given: BodyOf<P>): Promise<object>
}

function command<P extends TProperties>({ name, doc, fields, short, run }: Draft<P>): Command {
  const check = Compile(Type.Object(fields, { additionalProperties: false }))
  return {
    name,
    doc,
    fields,
    short,
    run: async (context, given) => {
      const value = short !== undefined && typeof given !== 'object' ? { [short]: given } : given
      if (check.Check(value)) return run(context, value)
      const [first] = check.Errors(value)
      const field = first?.instancePath.split('/')[1] ?? name
      throw new ConfigError('COMMAND_INVALID', `${name}: ${field} ${first?.message}`, { field })
    },
  }
}

/** Runs `{ name: fields }`. */
export async function runCommand(context: Context, given: object): Promise<object> {
  const [[name, fields] = [undefined, undefined], ...more] = Object.entries(given)
  const found = COMMANDS.find((each) => each.name === name)
  if (found !== undefined && more.length === 0) return found.run(context, fields)
  const names = COMMANDS.map((each) => each.name).join(', ')
  throw new ConfigError('COMMAND_UNKNOWN', `a command is one of ${names}, with its fields`)
}

function itemOf({ bank }: Context, itemId: string): ItemRecord {
  const item = bank.byId(itemId)
  if (item !== undefined) return item
  const detail = { status: 404, field: 'item_id' }
  throw new ConfigError('ITEM_NOT_FOUND', 'no Item has this id', detail)
}

/** What a standing clock lacks to the machine's; a running one is never behind. */
function untilNow({ clock }: Context): number {
  return Math.max(0, systemClock.now() - clock.now())
}
