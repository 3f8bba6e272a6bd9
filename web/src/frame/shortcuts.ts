// The keys of every page. Single ones can be switched off; none acts where a text is written or
// something floats above the page.
import { queryClient } from '../api/query-client.ts'
import { actionOfKey, chooseRow, isWriting, moveInRows, openMenuOfRow } from '../parts/actions.ts'
import { preferences } from '../words/preferences.ts'
import { togglePrivacy, toggleZone } from './head-tools.tsx'
import { openKeys, openPalette } from './palette-state.ts'
import type { Place } from './places.ts'

/** After `g` a place is awaited for so long. */
const placeMsMax = 1_500

export const generalKeys: [key: string, what: string][] = [
  ['Ctrl/⌘ K', 'palette'],
  ['g, then a letter', 'go to a place'],
  ['/', 'filter'],
  ['j k', 'next and previous row'],
  ['Enter', 'open'],
  ['x', 'choose the row, or choose it no more'],
  ['.', 'menu of the row'],
  ['r', 'ask for everything again'],
  ['p', 'privacy'],
  ['u', 'local time or UTC'],
  ['?', 'this list'],
  ['Esc', 'close'],
]

export function listenForKeys(
  places: { readonly current: Place[] },
  go: (to: string) => void,
): () => void {
  let placeUntil = 0
  const onKey = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      openPalette()
      return
    }
    if (!isSingle(event)) return
    if (event.timeStamp < placeUntil) {
      placeUntil = 0
      const place = places.current.find(({ key }) => key === event.key)
      if (place) go(place.to)
      return
    }
    if (event.key === 'g') {
      placeUntil = event.timeStamp + placeMsMax
      return
    }
    if (act(event.key)) event.preventDefault()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}

/** What takes the keys; a toast says something and takes none. */
const floating = '[role=dialog]:not([data-toast]),[role=menu]'

function isSingle(event: KeyboardEvent): boolean {
  if (!preferences().keys || event.ctrlKey || event.metaKey || event.altKey) return false
  if (isMoving(event)) return false
  return !isWriting(event) && document.querySelector(floating) === null
}

/** Arrows of what moves or scrolls by them itself. */
function isMoving({ key, target }: KeyboardEvent): boolean {
  return key.startsWith('Arrow') && target instanceof Element && target.closest(moved) !== null
}

const moved = '[tabindex="0"],[role=grid],[role=slider]'

function act(key: string): boolean {
  const action = actionOfKey(key)
  if (action !== undefined) {
    if (action.refused === undefined) action.run()
    return true
  }
  const general = generals[key]
  general?.()
  return general !== undefined
}

const generals: Record<string, (() => void) | undefined> = {
  '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
  '?': openKeys,
  '.': openMenuOfRow,
  j: () => moveInRows(1),
  k: () => moveInRows(-1),
  x: chooseRow,
  p: togglePrivacy,
  u: toggleZone,
  r: () => void queryClient.invalidateQueries(),
}
