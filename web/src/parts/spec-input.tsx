// The control of one field: a choice, a tick, a secret that is kept or replaced, lines, or a line.
import { useState } from 'react'
import { brief } from '../words/hostile.ts'
import { mask, type SpecField, typeOf } from '../words/spec.ts'
import { Button } from './button.tsx'
import css from './spec-form.module.css'

interface Props {
  input: { id: string; onBlur: () => void; 'aria-describedby'?: string; 'aria-invalid'?: true }
  field: SpecField
  value: unknown
  onChange: (value: unknown) => void
}

export function SpecInput(props: Props) {
  const { input, field, value, onChange } = props
  const { schema, required } = field
  if (typeOf(schema) === 'boolean') {
    return (
      <input
        {...input}
        type="checkbox"
        checked={(value ?? schema.default) === true}
        onChange={(event) => onChange(event.target.checked)}
      />
    )
  }
  if (schema.enum !== undefined) {
    const options = schema.enum.map(String)
    const at = options.indexOf(textOf(value))
    return (
      <select
        {...input}
        value={at}
        onChange={(event) => onChange(schema.enum?.[Number(event.target.value)])}
      >
        {(!required || at < 0) && <option value={-1}>{unset(schema)}</option>}
        {options.map((option, i) => (
          <option key={option} value={i}>
            {brief(option)}
          </option>
        ))}
      </select>
    )
  }
  return schema.airbyte_secret === true ? <SecretInput {...props} /> : <TextInput {...props} />
}

/** What is not given is, to the connector, its default. */
function unset({ default: value }: SpecField['schema']): string {
  return value === undefined ? 'not set' : `not set: ${brief(textOf(value))}`
}

/** What is kept is not here to be shown: it stays, or another one takes its place. */
function SecretInput(props: Props) {
  const { input, value, onChange, field } = props
  const [wasKept] = useState(value === mask)
  if (value === mask) {
    return (
      <div className={css['kept']}>
        <input {...input} readOnly value="kept" />
        <Button aria-label={`Replace: ${field.label}`} onClick={() => onChange('')}>
          Replace
        </Button>
      </div>
    )
  }
  if (!wasKept) return <TextInput {...props} />
  return (
    <div className={css['kept']}>
      <TextInput {...props} />
      <Button aria-label={`Keep: ${field.label}`} onClick={() => onChange(mask)}>
        Keep the old one
      </Button>
    </div>
  )
}

function TextInput({ input, field: { schema }, value, onChange }: Props) {
  const [example] = schema.examples ?? []
  const instead = schema.default ?? example
  const given = {
    ...input,
    value: textOf(value),
    placeholder: textOf(instead),
    spellCheck: false,
  }
  const type = typeOf(schema)
  const isJson = type === 'array' || type === 'object'
  if (schema.multiline === true || isJson) {
    return <textarea {...given} rows={5} onChange={(event) => onChange(event.target.value)} />
  }
  const isNumber = type === 'integer' || type === 'number'
  return (
    <input
      {...given}
      type={schema.airbyte_secret === true ? 'password' : dateOr(schema.format)}
      autoComplete={schema.airbyte_secret === true ? 'new-password' : 'off'}
      {...(isNumber ? { inputMode: 'numeric' } : {})}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

function dateOr(format: string | undefined): 'date' | 'text' {
  return format === 'date' ? 'date' : 'text'
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
