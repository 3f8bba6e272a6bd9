// What is wrong about a configuration, all of it, by JSON pointer (pure): a form shows each at its
// field. Never what stands there: it may be a secret (L5).
import { type Configuration, mask } from './configuration.ts'

export interface ConfigurationError {
  /** RFC 6901; '' is the configuration itself. */
  pointer: string
  message: string
}

/** A form has fewer fields (L9). */
const errorsMax = 200

export async function configurationErrors(
  specification: Schema,
  configuration: Configuration,
): Promise<ConfigurationError[]> {
  const Compile = await compiler()
  const { $schema: _schema, ...schema } = specification
  const [valid, errors] = Compile(narrowed(schema, configuration)).Errors(configuration)
  const all = [...maskedAt(configuration, ''), ...(valid ? [] : errors.flatMap(told))]
  return [...new Map(all.map((one) => [one.pointer + one.message, one])).values()]
}

type Schema = Record<string, unknown>

/** Its 370 files are loaded where somebody asks, not at each start. */
async function compiler() {
  const [{ Compile }, { Settings }] = await Promise.all([
    import('typebox/schema'),
    import('typebox/system'),
  ])
  Settings.Set({ maxErrors: errorsMax })
  return Compile
}

const unknown = 'is not known to the connector'

/** The words of a validator's error that are told, each at the field that it is about. */
function told(error: {
  keyword: string
  instancePath: string
  message?: string
  params: object
}): ConfigurationError[] {
  const { keyword, instancePath, message = 'is not valid' } = error
  const params = error.params as Record<string, unknown>
  const each = (names: unknown, sentence: string) =>
    (Array.isArray(names) ? names : []).map((name) => ({
      pointer: `${instancePath}/${escaped(String(name))}`,
      message: sentence,
    }))
  if (keyword === 'required') return each(params['requiredProperties'], 'is required')
  if (keyword === 'additionalProperties') {
    return each(params['additionalProperties'], unknown)
  }
  if (keyword === 'boolean') return [{ pointer: instancePath, message: unknown }]
  const allowed = params['allowedValues']
  if (keyword === 'enum' && Array.isArray(allowed)) {
    return [{ pointer: instancePath, message: `must be one of ${allowed.join(', ')}` }]
  }
  return [{ pointer: instancePath, message }]
}

const noneKept = 'is masked, and there is none to keep: give it in clear'
/** Of an entry of a list: see restoreMasked. */
const unknownWhose =
  'is masked, and which one it was is not certain, for its entry is new, changed or there twice: ' +
  'give it in clear'

function maskedAt(value: unknown, pointer: string, sentence = noneKept): ConfigurationError[] {
  if (typeof value === 'string' && value.includes(mask)) return [{ pointer, message: sentence }]
  if (typeof value !== 'object' || value === null) return []
  const below = Array.isArray(value) ? unknownWhose : sentence
  return Object.entries(value).flatMap(([key, item]) =>
    maskedAt(item, `${pointer}/${escaped(key)}`, below),
  )
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/**
 * Of alternatives that a constant tells apart (Airbyte's specifications name them so) only the one
 * that was chosen: what the value does not have of the others is no error.
 */
function narrowed(schema: Schema, value: unknown): Schema {
  const { oneOf, ...rest } = schema
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject) return schema
  const object = value as Record<string, unknown>
  const properties = propertiesOf(rest).map(([key, of]) => [key, narrowed(of, object[key])])
  const own =
    properties.length === 0 ? rest : { ...rest, properties: Object.fromEntries(properties) }
  if (!Array.isArray(oneOf)) return own
  const variants = oneOf as Schema[]
  const key = discriminator(variants)
  if (key === undefined) return { ...own, oneOf }
  const chosen = variants.find((variant) => constantOf(variant, key) === object[key])
  if (chosen) return { ...own, allOf: [narrowed(chosen, value)] }
  const choice = { [key]: { enum: variants.map((variant) => constantOf(variant, key)) } }
  return { ...own, allOf: [{ type: 'object', required: [key], properties: choice }] }
}

/** The property that has a constant in each of them. */
function discriminator(variants: Schema[]): string | undefined {
  const keys = propertiesOf(variants[0] ?? {}).map(([key]) => key)
  return keys.find((key) => variants.every((one) => constantOf(one, key) !== undefined))
}

function constantOf(variant: Schema, key: string): unknown {
  return propertiesOf(variant).find(([name]) => name === key)?.[1]['const']
}

function propertiesOf(schema: Schema): [string, Schema][] {
  const { properties } = schema
  return typeof properties === 'object' && properties !== null
    ? (Object.entries(properties) as [string, Schema][])
    : []
}
