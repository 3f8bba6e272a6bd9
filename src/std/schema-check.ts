// Whether a value is as a schema wants it. Compiled when the first one is looked at.
import type { ErrorObject, ValidateFunction } from 'ajv'
import { compiler } from './request-validator.ts'
import type { TSchema } from './type.ts'

export interface Finding {
  /** Of the field that is wrong, that lacks or that nobody knows. */
  path: string[]
  keyword: string
  message: string
}

/** What is wrong first; undefined: nothing is. */
export function checkBy(schema: TSchema): (value: unknown) => Finding | undefined {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= compiler({}).compile(schema)
    const [error] = validate(value) ? [] : (validate.errors ?? [])
    return error && finding(error)
  }
}

function finding({ instancePath, keyword, message, params }: ErrorObject): Finding {
  const path = instancePath.split('/').slice(1)
  if (keyword === 'required') {
    return { path: [...path, String(params['missingProperty'])], keyword, message: 'must be given' }
  }
  if (keyword === 'additionalProperties') {
    return {
      path: [...path, String(params['additionalProperty'])],
      keyword,
      message: 'is not known',
    }
  }
  return { path, keyword, message: saidOf({ message, params }) }
}

/** What a schema says of a value; where it knows a list, the list. */
export function saidOf({ message, params }: { message?: string | undefined; params: object }) {
  const { allowedValues }: { allowedValues?: unknown } = params
  if (!Array.isArray(allowedValues)) return message ?? 'is not as it must be'
  return `must be one of ${allowedValues.join(', ')}`
}
