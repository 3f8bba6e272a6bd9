// The form that a connector's specification asks for: every field with its label, hint and what is
// wrong with it, alternatives open with their constant hidden, a kept secret never shown.
import { useState } from 'react'
import { brief, visible } from '../words/hostile.ts'
import {
  chosen,
  fieldsOf,
  isFolded,
  objectOf,
  type Schema,
  type SpecField,
  type Values,
  variantOf,
} from '../words/spec.ts'
import { Field } from './field.tsx'
import { SpecInput } from './spec-input.tsx'
import css from './spec-form.module.css'

interface Props {
  schema: Schema
  value: unknown
  /** By JSON pointer. */
  errors: Map<string, string>
  onChange: (value: Values, pointer: string) => void
  onLeave: (pointer: string) => void
  pointer?: string
}

export function SpecForm(props: Props) {
  const fields = fieldsOf(props.schema, props.pointer)
  const folded = fields.filter(isFolded)
  const wrong = [...props.errors.keys()].map((pointer) => `${pointer}/`)
  const isWrong = folded.some(({ pointer }) => wrong.some((one) => one.startsWith(`${pointer}/`)))
  return (
    <div className={css['fields']}>
      {fields
        .filter((field) => !isFolded(field))
        .map((field) => (
          <One key={field.name} field={field} form={props} />
        ))}
      {folded.length > 0 && (
        <Fold isWrong={isWrong}>
          {folded.map((field) => (
            <One key={field.name} field={field} form={props} />
          ))}
        </Fold>
      )}
    </div>
  )
}

function Fold({ isWrong, children }: { isWrong: boolean; children: React.ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className={css['fold']}
      open={isOpen || isWrong}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Optional</summary>
      <div className={css['fields']}>{children}</div>
    </details>
  )
}

function One({ field, form }: { field: SpecField; form: Props }) {
  const { name, pointer, schema } = field
  const values = objectOf(form.value)
  const value = values[name]
  const change = (next: unknown, at: string) => form.onChange({ ...values, [name]: next }, at)
  const inner = { ...form, value, pointer, onChange: change }
  if (schema.oneOf !== undefined) return <Alternatives field={field} form={inner} />
  if (schema.properties !== undefined) {
    return (
      <fieldset className={css['group']}>
        <legend>{visible(field.label)}</legend>
        <SpecForm {...inner} schema={schema} />
      </fieldset>
    )
  }
  return (
    <Field label={labelOf(field)} hint={hintOf(schema)} error={form.errors.get(pointer)}>
      {(props) => (
        <SpecInput
          input={{ ...props, onBlur: () => form.onLeave(pointer) }}
          field={field}
          value={value}
          onChange={(next) => change(next, pointer)}
        />
      )}
    </Field>
  )
}

const none = -1

/** Always open: which one, and below it what that one wants. */
function Alternatives({ field, form }: { field: SpecField; form: Props }) {
  const { schema, pointer, required } = field
  const variants = schema.oneOf ?? []
  const at = variantOf(variants, form.value)
  const variant = variants[at]
  const choose = (next: number) => {
    const to = variants[next]
    const value = to === undefined ? undefined : chosen(to, form.value)
    form.onChange(value as Values, pointer)
  }
  return (
    <div className={css['fields']}>
      <Field label={labelOf(field)} hint={hintOf(schema)} error={form.errors.get(pointer)}>
        {(props) => (
          <select
            {...props}
            value={at}
            onBlur={() => form.onLeave(pointer)}
            onChange={(event) => choose(Number(event.target.value))}
          >
            {(!required || at === none) && <option value={none}>not set</option>}
            {variants.map(({ title }, i) => (
              <option key={i} value={i}>
                {brief(title ?? `choice ${i + 1}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {variant !== undefined && fieldsOf(variant).length > 0 && (
        <fieldset className={css['group']}>
          <legend>{visible(variant.title ?? field.label)}</legend>
          <SpecForm {...form} schema={variant} />
        </fieldset>
      )}
    </div>
  )
}

function labelOf({ label, required, schema }: SpecField): string {
  return `${visible(label)}${required || schema.oneOf !== undefined ? '' : ' (optional)'}`
}

function hintOf({ description, examples = [], pattern_descriptor: looks }: Schema) {
  const plain = description?.replaceAll(/<[^>]*>/g, '')
  const like = looks ?? examples.map((one) => text(one)).join(', ')
  const parts = [plain, like !== '' && plain?.includes(like) !== true ? `Such as ${like}` : '']
  const hint = parts.filter((part) => part !== undefined && part !== '').join(' ')
  return hint === '' ? undefined : visible(hint)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
