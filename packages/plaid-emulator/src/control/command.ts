// A command is one name with its fields. Said over the admin API, on its page, by the command line
// or in a scenario's line, it is checked by the same schema.
import { type Static, type TObject, type TProperties, Type } from '../../../../src/std/type.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import { checkBy } from '../../../../src/std/schema-check.ts'
import type { Context } from '../context.ts'

export interface Command {
  name: string
  doc: string
  fields: TProperties
  /** The field that a value without fields is: `advance: 30d`. */
  short: string | undefined
  /** What to run, or a ConfigError that names the wrong field. */
  prepare(given: unknown): Prepared
}

/** What a command with these fields is given. */
export type Given<P extends TProperties> = Static<TObject<P>>

export type Prepared = (context: Context) => Promise<object>

interface Draft<P extends TProperties> {
  name: string
  doc: string
  fields: P
  short?: keyof P & string
  /** What the schema cannot say, checked before anything runs. */
  check?(given: Given<P>): void
  run(context: Context, given: Given<P>): object | Promise<object>
}

export function command<P extends TProperties>(draft: Draft<P>): Command {
  const { name, doc, fields, short, run } = draft
  const check = checkBy(Type.Object(fields, { additionalProperties: false }))
  return {
    name,
    doc,
    fields,
    short,
    prepare: (given) => {
      const value =
        short !== undefined && typeof given !== 'object' ? { [short]: given } : (given ?? {})
      const found = check(value)
      if (found) {
        const { path, keyword, message } = found
        const field = path[0] ?? name
        const said = keyword === 'additionalProperties' ? 'is not one of its fields' : message
        throw new ConfigError('COMMAND_INVALID', `${[name, ...path].join('.')} ${said}`, { field })
      }
      draft.check?.(value as Given<P>)
      return async (context) => {
        const answer = await run(context, value as Given<P>)
        context.events.push('command', JSON.stringify({ command: name }))
        return answer
      }
    },
  }
}
