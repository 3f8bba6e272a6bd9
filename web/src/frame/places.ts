// The places of the app: the rail, the palette and the keys after `g` are made of those that are
// there for whoever is here.
import { useQuery } from '@tanstack/react-query'
import { useMayGo } from '../api/may.ts'
import { sessionQuery } from '../api/session.ts'
import type { IconName } from '../parts/icon.tsx'

export interface Place {
  label: string
  to: string
  /** Other paths that are of this place. */
  also?: string[]
  icon: IconName
  /** After `g`. */
  key?: string
  /** A place below another one. */
  under?: string
  /** In the bottom bar of a phone. */
  phone?: boolean
  /** Only where the banks are emulated. */
  emulated?: boolean
}

const places: Place[] = [
  { label: 'Overview', to: '/', icon: 'overview', key: 'o', phone: true },
  { label: 'Banks', to: '/banks', also: ['/accounts'], icon: 'bank', key: 'b', phone: true },
  { label: 'Money', to: '/money', icon: 'money', key: 'm', phone: true },
  { label: 'Data', to: '/data', icon: 'data', key: 'd', phone: true },
  { label: 'SQL', to: '/data/sql', icon: 'right', under: '/data', key: 'q' },
  { label: 'Syncs', to: '/connections', icon: 'syncs', key: 's', phone: true },
  { label: 'Jobs', to: '/jobs', icon: 'jobs', under: '/connections', key: 'j' },
  {
    label: 'Sources, destinations',
    to: '/actors',
    also: ['/sources', '/destinations'],
    icon: 'ends',
    under: '/connections',
    key: 'e',
  },
  { label: 'Alerts', to: '/alerts', icon: 'alert', key: 'a' },
  { label: 'Verify', to: '/verify', icon: 'verify', key: 'v' },
  { label: 'Webhooks', to: '/webhooks', icon: 'webhooks', key: 'h' },
  { label: 'World', to: '/world', icon: 'world', key: 'w', emulated: true },
  { label: 'System', to: '/system', icon: 'system', key: 'y' },
  { label: 'Settings', to: '/settings', icon: 'settings', key: 't' },
]

export function usePlaces(): Place[] {
  const { data: session } = useQuery(sessionQuery)
  const refused = useMayGo()
  return places
    .filter(({ emulated }) => emulated !== true || session?.world === 'emulator')
    .filter(({ to }) => refused(to) === undefined)
}
