// What a schema found, as Plaid says it: fields that lack, that nobody knows, that are wrong.
import type { FastifyError } from 'fastify'
import { saidOf } from '../../../../src/std/schema-check.ts'
import { PlaidFault } from '../fault.ts'

type Findings = NonNullable<FastifyError['validation']>

const fieldsNamedMax = 20
/** A field's name comes from the stranger: an answer repeats this much of it. */
const nameCharactersMax = 100

export function validationFault(findings: Findings): PlaidFault {
  const missing = named(findings, 'required', 'missingProperty')
  if (missing !== '') {
    return new PlaidFault('MISSING_FIELDS', `the following required fields are missing: ${missing}`)
  }
  const unknown = named(findings, 'additionalProperties', 'additionalProperty')
  if (unknown !== '') {
    const text = `the following fields are not recognized by this endpoint: ${unknown}`
    return new PlaidFault('UNKNOWN_FIELDS', text)
  }
  const [first] = findings
  if (first === undefined || first.instancePath === '') return new PlaidFault('INVALID_BODY')
  return new PlaidFault('INVALID_FIELD', `${pathOf(first.instancePath)} ${saidOf(first)}`)
}

/** The fields that a keyword complains of, each once. */
function named(findings: Findings, keyword: string, parameter: string): string {
  const paths = findings
    .filter((finding) => finding.keyword === keyword)
    .map((finding) => pathOf(finding.instancePath, String(finding.params[parameter])))
  return [...new Set(paths)].slice(0, fieldsNamedMax).join(', ')
}

function pathOf(pointer: string, field?: string): string {
  const path = pointer.split('/').slice(1)
  return (field === undefined ? path : [...path, field])
    .map((name) => name.slice(0, nameCharactersMax))
    .join('.')
}
