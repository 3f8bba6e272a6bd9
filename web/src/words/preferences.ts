// What a person has set for this browser: theme, zone, privacy, single keys. Kept in its storage,
// told to every open tab.
import { useSyncExternalStore } from 'react'
import type { Zone } from './times.ts'

export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  zone: Zone
  /** Amounts are dots, in the document itself. */
  privacy: boolean
  /** Keys without a modifier do something (WCAG 2.1.4). */
  keys: boolean
}

const defaults: Preferences = { theme: 'system', zone: 'local', privacy: false, keys: true }
const listeners = new Set<() => void>()
const darkness = matchMedia('(prefers-color-scheme: dark)')
let current = read()

export function preferences(): Preferences {
  return current
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences)
}

export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  localStorage.setItem(`tartan.${key}`, String(value))
  changed()
}

function read(): Preferences {
  const text = (key: keyof Preferences) => localStorage.getItem(`tartan.${key}`)
  const theme = text('theme')
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : defaults.theme,
    zone: text('zone') === 'UTC' ? 'UTC' : defaults.zone,
    privacy: text('privacy') === 'true',
    keys: text('keys') !== 'false',
  }
}

function changed(): void {
  current = read()
  const { theme } = current
  const isDark = theme === 'dark' || (theme === 'system' && darkness.matches)
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

addEventListener('storage', changed)
darkness.addEventListener('change', changed)
