// A secret that is shown this once: it stands in the dialog's own state, in no cache and in no
// address, and is gone when the dialog closes (L5).
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'
import { Dialog } from './dialog.tsx'
import css from './once.module.css'

interface Props {
  title: string
  secret: string
  copyLabel: string
  onClose: () => void
  /** What it opens, and until when. */
  children: ReactNode
}

export function Once({ title, secret, copyLabel, onClose, children }: Props) {
  return (
    <Dialog
      title={title}
      open
      onClose={onClose}
      foot={
        <>
          <CopyButton text={secret} label={copyLabel} />
          <Button look="main" onClick={onClose}>
            I have it
          </Button>
        </>
      }
    >
      <code className={css['secret']}>{secret}</code>
      <p>{children}</p>
    </Dialog>
  )
}
