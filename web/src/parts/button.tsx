// A button says a verb; one that cannot be pressed says why.
import type { ComponentProps, ReactNode } from 'react'
import css from './button.module.css'
import { Icon, type IconName } from './icon.tsx'

export type Look = 'plain' | 'main' | 'danger' | 'bare'

interface Props extends Omit<ComponentProps<'button'>, 'type'> {
  look?: Look
  icon?: IconName
  /** Why it cannot be pressed. */
  refused?: string | undefined
  busy?: boolean
  submits?: boolean
  children?: ReactNode
}

export function Button(props: Props) {
  const { look = 'plain', icon, refused, busy = false, submits = false, ...rest } = props
  const { onClick, children, title, ...more } = rest
  const off = refused !== undefined || busy
  // that an act is under way is seen a moment after it began: its double click is one press
  const acts = props.busy !== undefined
  const isOff = (event: { detail: number }) => off || (acts && event.detail > 1)
  return (
    <button
      {...more}
      type={submits ? 'submit' : 'button'}
      className={buttonClass(look, children === undefined)}
      aria-disabled={off || undefined}
      title={refused ?? title}
      onClick={(event) => (isOff(event) ? event.preventDefault() : onClick?.(event))}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
      {busy && <span className={css['busy']} aria-label="under way" role="img" />}
    </button>
  )
}

/** For a link that looks like a button. */
export function buttonClass(look: Look = 'plain', iconOnly = false): string {
  return `${css['button']} ${css[look]} ${iconOnly ? css['icon'] : ''}`
}
