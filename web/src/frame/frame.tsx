// The frame of every page: rail at the left, on a phone a bar at the foot; palette, keys, toasts.
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { alertsQuery, isUrgent } from '../api/alerts.ts'
import { standingsQuery } from '../api/plaid.ts'
import { statusQuery } from '../api/web.ts'
import { Icon } from '../parts/icon.tsx'
import { Sett } from '../parts/sett.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { plural } from '../words/numbers.ts'
import css from './frame.module.css'
import { keepFocus } from './focus.ts'
import { Keys } from './keys.tsx'
import { MoreMenu } from './more-menu.tsx'
import { Palette } from './palette.tsx'
import { type Place, usePlaces } from './places.ts'
import { listenForKeys } from './shortcuts.ts'
import { Silences } from './silences.tsx'

export function Frame() {
  const navigate = useNavigate()
  const shown = usePlaces()
  const held = useRef(shown)
  useEffect(() => {
    held.current = shown
  })
  useEffect(() => listenForKeys(held, (to) => void navigate({ to })), [navigate])
  useEffect(keepFocus, [])
  return (
    <div className={css['frame']}>
      <a href="#main" className={css['skip']}>
        To the page
      </a>
      <div className={css['rail']}>
        <Link to="/" className={css['brand']}>
          <Sett of="tartan" size={24} />
          Tartan
        </Link>
        <nav aria-label="main" className={css['places']}>
          {shown.map((place) => (
            <PlaceLink key={place.to} place={place} shown={shown} />
          ))}
        </nav>
        <Foot />
      </div>
      <div className={css['page']}>
        <Silences />
        <Outlet />
      </div>
      <nav aria-label="main" className={css['bar']}>
        {shown
          .filter((place) => place.phone)
          .map((place) => (
            <PlaceLink key={place.to} place={place} shown={shown} />
          ))}
        <MoreMenu places={shown.filter((place) => place.phone !== true)} />
      </nav>
      <Palette />
      <Keys />
    </div>
  )
}

function PlaceLink({ place, shown }: { place: Place; shown: Place[] }) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const isHere = isCurrent(place, shown, path)
  return (
    <Link
      to={place.to}
      className={`${css['place']} ${place.under === undefined ? '' : css['under']}`}
      activeOptions={{ exact: true }}
      aria-current={isHere ? 'page' : undefined}
      title={place.key === undefined ? undefined : `g ${place.key}`}
    >
      {place.under === undefined && <Icon name={place.icon} />}
      {place.label}
      {place.to === '/banks' && <Wanted />}
      {place.to === '/alerts' && <Firing />}
    </Link>
  )
}

/** The longest place that the path begins with. */
function isCurrent(place: Place, places: Place[], path: string): boolean {
  const fits = (to: string) =>
    to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)
  const best = places
    .filter(({ to, also = [] }) => [to, ...also].some(fits))
    .toSorted((a, b) => b.to.length - a.to.length)[0]
  return best?.to === place.to
}

/** How many banks want somebody. */
function Wanted() {
  const { data: stand } = useQuery(standingsQuery)
  const wanted = stand === undefined ? 0 : stand.owner + stand.failed
  if (wanted === 0) return null
  return (
    <span className={css['wanted']} title={`${plural(wanted, 'bank')} want you`}>
      {wanted}
    </span>
  )
}

/** How many alerts nobody has taken in hand. */
function Firing() {
  const { data } = useQuery(alertsQuery)
  const count = data?.firing.filter(isUrgent).length ?? 0
  if (count === 0) return null
  return (
    <span className={css['wanted']} title={`${plural(count, 'alert')} firing`}>
      {count}
    </span>
  )
}

function Foot() {
  const { data, error } = useQuery(statusQuery)
  if (error !== null) {
    return (
      <p className={css['foot']}>
        <Shape tone="failed" /> no answer
      </p>
    )
  }
  if (data === undefined) return <p className={css['foot']} />
  const up = data.processes.filter((one) => one.state === 'running').length
  const well = up === data.processes.length && data.disk === undefined
  return (
    <p className={css['foot']}>
      <Shape tone={well ? 'fresh' : 'failed'} />
      {up === data.processes.length
        ? plural(up, 'process', 'processes')
        : `${up} of ${data.processes.length} processes`}
      {data.disk !== undefined && ', the disk is full'}
    </p>
  )
}
