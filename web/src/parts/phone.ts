// Whether the window is a phone's, also when it is turned.
import { useSyncExternalStore } from 'react'

const narrow = matchMedia('(max-width: 640px)')

export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (changed) => {
      narrow.addEventListener('change', changed)
      return () => narrow.removeEventListener('change', changed)
    },
    () => narrow.matches,
  )
}
