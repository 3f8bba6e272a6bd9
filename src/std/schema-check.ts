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
    if (validate(value)) return undefined
    // Of alternatives, of the one that fits so far that something within it is wrong.
    const found = (validate.errors ?? []).map(finding)
    const depth = Math.max(...found.map(({ path }) => path.length))
    return found.find(({ path }) => path.length === depth)
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
  const { allowedValues, pattern }: { allowedValues?: unknown; pattern?: unknown } = params
  const words = typeof pattern === 'string' ? WORDS.exec(pattern)?.[1]?.split('|') : allowedValues
  if (Array.isArray(words)) return `must be one of ${words.join(', ')}`
  return pattern === DAY ? 'must be a day like 2026-01-31' : (message ?? 'is not as it must be')
}

/** A pattern that is a list of words. */
const WORDS = /^\^\(([\w -]+(?:\|[\w -]+)*)\)\$$/
const DAY = String.raw`^\d{4}-\d{2}-\d{2}$`
