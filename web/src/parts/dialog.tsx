// What floats above a page until it is answered; on a phone a sheet of the whole screen.
import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { brief } from '../words/hostile.ts'
import { Button } from './button.tsx'
import css from './dialog.module.css'

interface Props {
  title: string
  open: boolean
  onClose: () => void
  children: ReactNode
  /** Buttons, the one that does it last. */
  foot?: ReactNode
  /** A panel at that edge. */
  at?: 'side' | 'bottom'
}

export function Dialog({ title, open, onClose, children, foot, at }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={css['veil']} />
        <Base.Popup className={css[at ?? 'dialog']}>
          <div className={css['head']}>
            <Base.Title className={css['title']}>
              <bdi>{brief(title)}</bdi>
            </Base.Title>
            <Base.Close render={<Button look="bare" icon="close" aria-label="close" />} />
          </div>
          <div className={css['body']}>{children}</div>
          {foot !== undefined && <div className={css['foot']}>{foot}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
