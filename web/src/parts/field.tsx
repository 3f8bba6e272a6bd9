// A field of a form: its label, its hint, and what is wrong with it.
import { type ReactNode, useId } from 'react'
import { useIsPhone } from './phone.ts'
import { Coded } from './said.tsx'
import { brief } from '../words/hostile.ts'
import { setPreference, usePreferences } from '../words/preferences.ts'
import css from './field.module.css'

interface Props {
  label: string
  hint?: ReactNode
  error?: string | undefined
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

export function Field({ label, hint, error, children }: Props) {
  const id = useId()
  const about = `${id}-about`
  const said = error ?? hint
  const described = said !== undefined
  return (
    <div className={css['field']}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described ? { 'aria-describedby': about } : {}),
        ...(error === undefined ? {} : { 'aria-invalid': true }),
      })}
      {described && (
        <p id={about} className={error === undefined ? css['hint'] : css['error']}>
          {typeof said === 'string' ? <Coded text={said} /> : said}
        </p>
      )}
    </div>
  )
}

/** What may be changed, unless it is refused: then it says why, and is there to be read. */
export function Editing({
  refused,
  children,
}: {
  refused: string | undefined
  children: ReactNode
}) {
  return (
    <fieldset disabled={refused !== undefined} className={css['editing']}>
      {refused !== undefined && <p className={css['hint']}>{refused}</p>}
      {children}
    </fieldset>
  )
}

/** Filters and other small controls in a row. */
export function Toolbar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={css['toolbar']} role="group" aria-label={brief(label)}>
      {children}
    </div>
  )
}

interface SelectProps {
  label: string
  value: string
  options: [value: string, label: string][]
  onChange: (value: string) => void
}

export function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <select
      aria-label={brief(label)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {brief(text)}
        </option>
      ))}
    </select>
  )
}

interface SearchProps {
  label: string
  value: string
  onChange: (value: string) => void
}

/** Of a field that `/` puts the focus into, which is said where there are keys. */
export function useHint(label: string): string {
  return useIsPhone() ? label : `${label}  /`
}

export function Search({ label, value, onChange }: SearchProps) {
  const placeholder = useHint(label)
  return (
    <input
      type="search"
      data-filter=""
      aria-label={label}
      placeholder={placeholder}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

type Switch = 'privacy' | 'keys'

/** A preference of this browser that is on or off. */
export function PreferenceBox({ of, children }: { of: Switch; children: ReactNode }) {
  const isOn = usePreferences()[of]
  return (
    <label>
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => setPreference(of, event.target.checked)}
      />{' '}
      {children}
    </label>
  )
}
