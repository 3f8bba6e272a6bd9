// A command as a form: its inputs follow from its fields, and its fields from what was filled in.
import { Type } from '../../../../src/std/type.ts'
import { parse } from 'yaml'
import { ConfigError, messageOf } from '../../../../src/std/errors.ts'
import type { Command } from '../control/command.ts'

export interface Input {
  name: string
  kind: 'text' | 'number' | 'choice' | 'switch' | 'list' | 'value'
  required: boolean
  choices: string[]
}

/** What a schema tells of itself, as far as a form needs it. */
interface Schema {
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  const?: unknown
}

export function inputsOf({ fields }: Command): Input[] {
  const { required = [] } = Type.Object(fields) as { required?: string[] }
  return Object.entries(fields).map(([name, field]) => {
    const schema = field as Schema
    const choices = (schema.enum ?? (schema.anyOf ?? []).map((each) => each.const)).map(String)
    const isChoice = schema.enum !== undefined || schema.anyOf?.every((each) => 'const' in each)
    const kind = isChoice === true ? 'choice' : (KINDS[schema.type ?? ''] ?? 'value')
    return { name, kind, required: required.includes(name), choices: isChoice ? choices : [] }
  })
}

const KINDS: Readonly<Record<string, Input['kind']>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'switch',
  array: 'list',
}

/** The command's fields; what was left empty is not given. */
export function filledIn(command: Command, form: URLSearchParams): Record<string, unknown> {
  const filled = inputsOf(command).flatMap(({ name, kind }) => {
    const text = form.get(name)?.trim() ?? ''
    return text === '' ? [] : [[name, valueOf(name, kind, text)] as const]
  })
  return Object.fromEntries(filled)
}

function valueOf(name: string, kind: Input['kind'], text: string): unknown {
  if (kind === 'number') return Number(text)
  if (kind === 'switch') return text === 'true'
  const isPlain = !/^[[{]/.test(text)
  if (kind === 'list' && isPlain) return text.split(',').map((each) => each.trim())
  if (kind === 'text' || kind === 'choice' || isPlain) return text
  try {
    return parse(text)
  } catch (cause) {
    throw new ConfigError('COMMAND_INVALID', `${name} is not YAML: ${messageOf(cause)}`, {
      field: name,
      cause,
    })
  }
}
