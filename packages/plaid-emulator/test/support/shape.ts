// The fields of a JSON schema, level by level: so that two schemas, or a schema and a body, can be
// held against each other.

type Schema = Record<string, unknown>

export interface Shape {
  fields: string[]
  required: string[]
  /** Other fields are refused. */
  closed: boolean
  /** The level below; undefined for a field that has none. */
  at(field: string): Shape | undefined
}

/** `resolve` follows a `$ref`. Undefined for what is no object, or an object of any fields. */
export function shapeOf(
  schema: unknown,
  resolve: (ref: string) => unknown = refuse,
): Shape | undefined {
  const properties = new Map<string, unknown>()
  const required = new Set<string>()
  let closed = false
  const visit = (each: Schema): void => {
    closed ||= each['additionalProperties'] === false
    if (typeof each['$ref'] === 'string') visit(resolve(each['$ref']) as Schema)
    for (const [key, value] of Object.entries((each['properties'] ?? {}) as Schema)) {
      properties.set(key, value)
    }
    for (const key of (each['required'] ?? []) as string[]) required.add(key)
    for (const word of ['allOf', 'anyOf', 'oneOf']) {
      for (const part of (each[word] ?? []) as Schema[]) visit(part)
    }
    if (each['items'] !== undefined) visit(each['items'] as Schema)
  }
  visit(schema as Schema)
  if (properties.size === 0) return undefined
  return {
    fields: [...properties.keys()].sort(),
    required: [...required].sort(),
    closed,
    at: (field) => (properties.has(field) ? shapeOf(properties.get(field), resolve) : undefined),
  }
}

/** The fields of a body that its shape does not name, as paths. */
export function strangers(body: unknown, shape: Shape | undefined, path = ''): string[] {
  if (shape === undefined || typeof body !== 'object' || body === null) return []
  if (Array.isArray(body)) return body.flatMap((each) => strangers(each, shape, path))
  return Object.entries(body).flatMap(([field, value]) => {
    const here = path === '' ? field : `${path}.${field}`
    return shape.fields.includes(field) ? strangers(value, shape.at(field), here) : [here]
  })
}

function refuse(ref: string): never {
  throw new Error(`${ref} cannot be followed here`)
}
