// To the clipboard, and a word that it is there.
import { Button } from './button.tsx'
import { say } from './toasts.tsx'

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    say('Copied')
  } catch {
    say('This browser keeps the clipboard closed: mark the text and copy it.')
  }
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  return (
    <Button look="bare" icon="copy" onClick={() => void copy(text)}>
      {label}
    </Button>
  )
}
