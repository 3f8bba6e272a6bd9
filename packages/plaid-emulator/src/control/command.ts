// A command is one name with its fields. Said over the admin API, on its page, by the command line
// or in a scenario's line, it is checked by the same schema.
import { type Static, type TObject, type TProperties, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ConfigError } from '../../../../src/std/errors.ts'
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
  const schema = Compile(Type.Object(fields, { additionalProperties: false }))
  return {
    name,
    doc,
    fields,
    short,
    prepare: (given) => {
      const value =
        short !== undefined && typeof given !== 'object' ? { [short]: given } : (given ?? {})
      if (!schema.Check(value)) {
        const [first] = schema.Errors(value)
        const path = first?.instancePath.split('/').slice(1) ?? []
        const field = path[0] ?? name
        const said = isUnknown(fields, path) ? 'is not one of its fields' : saidOf(first)
        throw new ConfigError('COMMAND_INVALID', `${[name, ...path].join('.')} ${said}`, { field })
      }
      draft.check?.(value)
      return async (context) => {
        const answer = await run(context, value)
        context.events.push('command', JSON.stringify({ command: name }))
        return answer
      }
    },
  }
}

/** What a schema says of a value; where it knows a list, the list. */
export function saidOf(finding?: { message?: string | undefined; params: object }): string {
  const { allowedValues }: { allowedValues?: unknown } = finding?.params ?? {}
  if (!Array.isArray(allowedValues)) return finding?.message ?? ''
  return `must be one of ${allowedValues.join(', ')}`
}

function isUnknown(fields: TProperties, [field]: string[]): boolean {
  return field !== undefined && !Object.hasOwn(fields, field)
}
