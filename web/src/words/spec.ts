// What a connector's specification makes of a form (pure): its fields in their order, what stands
// in them at first, what a person wrote as the configuration that is sent, and what can be told
// wrong before anybody is asked. The truth is the engine's, which says it by JSON pointer.

export interface Schema {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  examples?: unknown[]
  pattern?: string
  pattern_descriptor?: string
  minimum?: number
  maximum?: number
  format?: string
  order?: number
  multiline?: boolean
  airbyte_secret?: boolean
  airbyte_hidden?: boolean
  always_show?: boolean
  required?: string[]
  properties?: Record<string, Schema>
  oneOf?: Schema[]
}

export type Values = Record<string, unknown>

/** What the engine shows in place of a secret; sent back, it keeps the one that is there. */
export const mask = '**********'

/** Fields without an order come last. */
const orderMax = Number.MAX_SAFE_INTEGER

export interface SpecField {
  name: string
  /** RFC 6901. */
  pointer: string
  label: string
  schema: Schema
  required: boolean
}

export function fieldsOf(schema: Schema, pointer = ''): SpecField[] {
  const { properties = {}, required = [] } = schema
  return Object.entries(properties)
    .filter(([, one]) => one.const === undefined && one.airbyte_hidden !== true)
    .map(([name, one]) => ({
      name,
      pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      label: one.title ?? name,
      schema: one,
      required: required.includes(name),
    }))
    .toSorted(
      (a, b) =>
        (a.schema.order ?? orderMax) - (b.schema.order ?? orderMax) ||
        Number(b.required) - Number(a.required) ||
        a.label.localeCompare(b.label),
    )
}

/** Optional ones are folded, unless something has to be chosen or looked at. */
export function isFolded({ required, schema }: SpecField): boolean {
  return !required && schema.always_show !== true && schema.oneOf === undefined
}

export function defaultsOf(schema: Schema): Values {
  const { properties = {}, required = [] } = schema
  const entries = Object.entries(properties).flatMap(([name, one]): [string, unknown][] => {
    if (one.const !== undefined) return [[name, one.const]]
    if (one.default !== undefined) return [[name, one.default]]
    if (!required.includes(name)) return []
    const [first] = one.oneOf ?? []
    if (first !== undefined) return [[name, defaultsOf(first)]]
    return one.properties === undefined ? [] : [[name, defaultsOf(one)]]
  })
  return Object.fromEntries(entries)
}

/** The constant that tells the alternatives apart: which is chosen. */
export function variantOf(variants: Schema[], value: unknown): number {
  return variants.findIndex((variant) =>
    Object.entries(variant.properties ?? {}).some(
      ([name, one]) => one.const !== undefined && one.const === objectOf(value)[name],
    ),
  )
}

/** Another alternative keeps what it has in common with the one before. */
export function chosen(variant: Schema, before: unknown): Values {
  const common = Object.entries(objectOf(before)).filter(
    ([name]) => variant.properties?.[name]?.const === undefined && variant.properties?.[name],
  )
  return { ...defaultsOf(variant), ...Object.fromEntries(common) }
}

/** The one that is no null. */
export function typeOf({ type }: Schema): string | undefined {
  return Array.isArray(type) ? type.find((one) => one !== 'null') : type
}

export function objectOf(value: unknown): Values {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Values) : {}
}

/** As it is sent: numbers are numbers, and what is left empty is not there. */
export function written(schema: Schema, value: unknown): unknown {
  const { properties, oneOf } = schema
  const type = typeOf(schema)
  if (oneOf !== undefined) {
    const variant = oneOf[variantOf(oneOf, value)]
    return variant === undefined ? value : written(variant, value)
  }
  if (properties !== undefined) {
    const entries = Object.entries(objectOf(value)).flatMap(([name, one]) => {
      const of = properties[name]
      const sent = of === undefined ? one : written(of, one)
      return sent === undefined ? [] : [[name, sent]]
    })
    return Object.fromEntries(entries)
  }
  if (typeof value !== 'string') return value
  if (value === '') return undefined
  if (type === 'integer' || type === 'number') return numberOf(value) ?? value
  return type === 'array' || type === 'object' ? jsonOf(value) : value
}

function numberOf(text: string): number | undefined {
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? undefined : number
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What is wrong about a field, as far as its specification tells. */
function complaint({ schema, required }: SpecField, value: unknown): string | undefined {
  if (schema.oneOf !== undefined || schema.properties !== undefined) return undefined
  const sent = written(schema, value)
  if (sent === undefined) return required ? 'is required' : undefined
  if (sent === mask) return undefined
  const isNumber = ['integer', 'number'].includes(typeOf(schema) ?? '')
  if (isNumber) return complaintOfNumber(schema, sent)
  const { pattern, pattern_descriptor: descriptor } = schema
  if (pattern === undefined || typeof sent !== 'string' || matches(pattern, sent)) return undefined
  return `must look like ${descriptor ?? pattern}`
}

function complaintOfNumber(schema: Schema, sent: unknown) {
  const { minimum, maximum } = schema
  if (typeof sent !== 'number') return 'must be a number'
  if (typeOf(schema) === 'integer' && !Number.isInteger(sent)) return 'must be a whole number'
  if (minimum !== undefined && sent < minimum) return `must be at least ${minimum}`
  if (maximum !== undefined && sent > maximum) return `must be at most ${maximum}`
  return undefined
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true // a pattern of another dialect: the engine says
  }
}

/** Every field of these values, however deep; what is optional and not there has none. */
export function deepFields(schema: Schema, value: unknown, pointer = ''): [SpecField, unknown][] {
  return fieldsOf(schema, pointer).flatMap((field): [SpecField, unknown][] => {
    const own = objectOf(value)[field.name]
    if (own === undefined && !field.required) return [[field, own]]
    const { oneOf } = field.schema
    const inner = oneOf === undefined ? field.schema : oneOf[variantOf(oneOf, own)]
    return [[field, own], ...deepFields(inner ?? {}, own, field.pointer)]
  })
}

/** Every complaint of a form, by the pointer of its field. */
export function complaintsOf(schema: Schema, value: unknown): Map<string, string> {
  const said = deepFields(schema, value).flatMap(([field, own]): [string, string][] => {
    const one = complaint(field, own)
    return one === undefined ? [] : [[field.pointer, one]]
  })
  return new Map(said)
}

/** A copy has no secrets: they are not shown to anybody, so they cannot be copied here. */
export function withoutMasked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMasked)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, one]) => one !== mask)
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutMasked(one)]))
}
