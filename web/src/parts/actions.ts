// What can be done on a page: each action is a button there, a line of the palette, and, where it
// has one, a key. Pages register theirs while they are shown.
import { useEffect, useRef } from 'react'

export interface Action {
  label: string
  key?: string
  /** Another key that does the same. */
  also?: string
  run(): void
  refused?: string | undefined
}

const registered = new Set<{ current: Action[] }>()

export function useActions(actions: Action[]): void {
  const held = useRef(actions)
  useEffect(() => {
    held.current = actions
  })
  useEffect(() => {
    registered.add(held)
    return () => {
      registered.delete(held)
    }
  }, [])
}

/** Those of the innermost page come first. */
export function currentActions(): Action[] {
  return [...registered].toReversed().flatMap(({ current }) => current)
}

export function actionOfKey(key: string): Action | undefined {
  return currentActions().find((action) => action.key === key || action.also === key)
}

/** True where a key is a letter of a text that is being written. */
export function isWriting(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** j and k: the focus goes to the next row's link, or the one before. */
export function moveInRows(step: 1 | -1): void {
  moveIn('[data-row-link]', step)
}

function moveIn(selector: string, step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(selector)]
  if (links.length === 0) return
  const at = links.findIndex((link) => link === document.activeElement)
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step
  links[Math.min(links.length - 1, Math.max(0, next))]?.focus()
}

/** Arrows: the focus goes from station to station. */
export function moveInStations(step: 1 | -1): void {
  moveIn('[data-station]', step)
}

/** x: the row that has the focus is chosen, or is no more. */
export function chooseRow(): void {
  const row = document.activeElement?.closest('tr')
  row?.querySelector<HTMLInputElement>('input[type=checkbox]')?.click()
}

/** `.`: the menu of the row that has the focus. */
export function openMenuOfRow(): void {
  const row = document.activeElement?.closest('tr')
  row?.querySelector<HTMLElement>('[aria-haspopup=menu]')?.click()
}
