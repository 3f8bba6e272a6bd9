// What Plaid has no word for: time, changes and failures on order, as the one table of commands.
import { Type } from '../../../../src/std/type.ts'
import { systemClock } from '../../../../src/std/clock.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import { durationMs } from '../bank/clock.ts'
import type { Context } from '../context.ts'
import { instantText } from '../world/calendar.ts'
import { command, type Command, type Prepared } from './command.ts'
import { faultCommands } from './fault-commands.ts'
import { itemCommands } from './item-commands.ts'
import { loginCommands } from './login-commands.ts'
import { webhookCommands } from './webhook-commands.ts'

export const COMMANDS: readonly Command[] = [
  command({
    name: 'advance',
    doc: 'Moves the clock forward; `now` moves a standing clock to the present.',
    fields: { duration: Type.String({ maxLength: 20 }) },
    short: 'duration',
    check: ({ duration }) => void (duration === 'now' || durationMs(duration)),
    run: async (context, { duration }) => {
      await context.timeline.advance(duration === 'now' ? untilNow(context) : durationMs(duration))
      return { now: instantText(context.clock.now()) }
    },
  }),
  command({
    name: 'clock',
    doc: 'Stops the clock where it is, or lets it run on from there, as the machine’s does.',
    fields: { state: Type.Enum(['stands', 'runs']) },
    short: 'state',
    run: async ({ clock, ticker, timeline, bank }, { state }) => {
      clock.set(state === 'stands')
      await bank.save()
      ticker.follow()
      timeline.follow()
      return { clock: state, now: instantText(clock.now()) }
    },
  }),
  ...itemCommands,
  ...loginCommands,
  ...webhookCommands,
  ...faultCommands,
]

/** `{ name: fields }` as something to run. */
export function prepareCommand(given: object): Prepared {
  const [[name, fields] = [undefined, undefined], ...more] = Object.entries(given)
  const found = COMMANDS.find((each) => each.name === name)
  if (found !== undefined && more.length === 0) return found.prepare(fields)
  const names = COMMANDS.map((each) => each.name).join(', ')
  throw new ConfigError('COMMAND_UNKNOWN', `a command is one of ${names}, with its fields`)
}

/** What a standing clock lacks to the machine's; a running one is never behind. */
function untilNow({ clock }: Context): number {
  return Math.max(0, systemClock.now() - clock.now())
}
