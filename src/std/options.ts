// One table of options gives the environment variables, the flags, `--help`, `.env.example` and the
// docs page; whoever reads an option reads it from the parsed table.
import { ConfigError } from './errors.ts'
import { Secret } from './secrets.ts'

interface OptionBase {
  /** The environment variable. */
  env: string
  /** What it is for, one sentence. */
  doc: string
  /** The heading it stands under on the docs page. */
  group: string
}

export type OptionSpec = OptionBase &
  (
    | { type: 'string'; default?: string }
    | { type: 'integer'; default: number; min: number; max: number; unit?: string }
    | { type: 'choice'; choices: readonly string[]; default: string }
    /** One or more, with commas between. */
    | { type: 'choices'; choices: readonly string[]; default: string }
    | { type: 'date' | 'e-mail' | 'e-mails' }
    | { type: 'secret' }
  )

export type OptionTable = Record<string, OptionSpec>

type Value<S extends OptionSpec> = S extends { type: 'integer' }
  ? number
  : S extends { type: 'secret' }
    ? Secret | undefined
    : S extends { type: 'choices' }
      ? string[]
      : S extends { type: 'choice'; choices: readonly (infer C)[] }
        ? C
        : S extends { default: string }
          ? string
          : string | undefined

export type Options<T extends OptionTable> = { [K in keyof T]: Value<T[K]> }

/** Reads every option from the environment; a wrong value names its variable and what it may be. */
export function readOptions<const T extends OptionTable>(
  table: T,
  env: Record<string, string | undefined>,
): Options<T> {
  const entries = Object.entries(table).map(([key, spec]) => [key, readOne(spec, env[spec.env])])
  return Object.fromEntries(entries) as Options<T>
}

function readOne(
  spec: OptionSpec,
  given: string | undefined,
): string | number | string[] | Secret | undefined {
  const text = given === undefined || given.trim() === '' ? undefined : given.trim()
  if (spec.type === 'secret') return text === undefined ? undefined : new Secret(text)
  if (spec.type === 'choices') return readChoices(spec, text ?? spec.default)
  if (isShaped(spec)) return readShaped(spec, text)
  if (text === undefined) return spec.default
  if (spec.type === 'integer') return readInteger(spec, text)
  if (spec.type === 'choice' && !spec.choices.includes(text)) {
    throw wrong(spec.env, `must be one of ${spec.choices.join(', ')}`)
  }
  return text
}

/** What a flag gave wrongly is told with the flag; `flagOf` gives it by environment variable. */
export function asGiven(error: unknown, flagOf: (env: string) => string | undefined): unknown {
  if (!(error instanceof ConfigError) || error.field === undefined) return error
  const flag = flagOf(error.field)
  if (flag === undefined) return error
  const { code, message, field } = error
  return new ConfigError(code, `${flag}: ${message}`, { field, cause: error })
}

/** Each once, in the order in which they were given. */
function readChoices(spec: OptionSpec & { type: 'choices' }, text: string): string[] {
  const given = text.split(',').map((each) => each.trim())
  const wrongOnes = given.filter((each) => !spec.choices.includes(each))
  if (wrongOnes.length > 0) {
    const known = spec.choices.join(', ')
    throw wrong(spec.env, `has “${wrongOnes.join(', ')}”: it is one or more of ${known}`)
  }
  return [...new Set(given)]
}

const EMAIL = /^([^<>,]+<[^\s@<>,]+@[^\s@<>,]+>|[^\s@<>,]+@[^\s@<>,]+)$/
const isEmail = (text: string) => EMAIL.test(text.trim())

export const SHAPES = {
  date: { is: isDate, said: 'a date, YYYY-MM-DD' },
  'e-mail': { is: isEmail, said: 'an e-mail address' },
  'e-mails': {
    is: (text: string) => text.split(',').every(isEmail),
    said: 'e-mail addresses, commas between',
  },
}

/** Of the calendar: the 30th of February is none. */
function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text
}

type Shaped = Extract<OptionSpec, { type: keyof typeof SHAPES }>

function isShaped(spec: OptionSpec): spec is Shaped {
  return spec.type in SHAPES
}

function readShaped({ env, type }: Shaped, text: string | undefined): string | undefined {
  if (text === undefined || SHAPES[type].is(text)) return text
  throw wrong(env, `must be ${SHAPES[type].said}`)
}

function readInteger(spec: OptionSpec & { type: 'integer' }, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < spec.min || value > spec.max) {
    throw wrong(spec.env, `must be a whole number from ${spec.min} to ${spec.max}`)
  }
  return value
}

function wrong(env: string, what: string): ConfigError {
  return new ConfigError('OPTION_INVALID', `${env} ${what}`, { field: env })
}
