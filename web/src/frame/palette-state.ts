// Whether the palette or the list of keys is open; anything may open them.
import { useSyncExternalStore } from 'react'

type Open = 'palette' | 'keys' | undefined

let open: Open
let begun = ''
const listeners = new Set<() => void>()

export function openPalette(text = ''): void {
  begun = text
  set('palette')
}

export function openKeys(): void {
  set('keys')
}

export function closeFloat(): void {
  set(undefined)
}

export function paletteBegun(): string {
  return begun
}

export function useFloat(): Open {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => open,
  )
}

function set(value: Open): void {
  open = value
  for (const listener of listeners) listener()
}
