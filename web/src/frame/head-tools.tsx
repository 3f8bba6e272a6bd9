// At the right of every page's head: which world this is, the zone, privacy, the palette.
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/session.ts'
import { Button } from '../parts/button.tsx'
import { setPreference, usePreferences } from '../words/preferences.ts'
import { day, localZone } from '../words/times.ts'
import css from './head-tools.module.css'
import { openPalette } from './palette-state.ts'

export function HeadTools() {
  const { data: session } = useQuery(sessionQuery)
  const { zone, privacy } = usePreferences()
  return (
    <div className={css['tools']}>
      {session && <World world={session.world} date={session.bank_date} />}
      <Button
        look="bare"
        title={`Times are ${zone === 'UTC' ? 'UTC' : localZone}: switch`}
        onClick={toggleZone}
      >
        {zone === 'UTC' || localZone === 'UTC' ? 'UTC' : 'local'}
      </Button>
      <Button
        look="bare"
        icon={privacy ? 'hidden' : 'eye'}
        aria-pressed={privacy}
        aria-label="Privacy: hide amounts"
        title={privacy ? 'Amounts are hidden' : 'Hide amounts'}
        onClick={togglePrivacy}
      />
      <Button look="bare" icon="search" aria-label="⌘K, the palette" onClick={() => openPalette()}>
        <kbd className={css['key']}>⌘K</kbd>
      </Button>
    </div>
  )
}

function World({ world, date }: { world: string; date: string | undefined }) {
  const name = world === 'emulator' ? 'emulated' : world
  return (
    <span className={css['world']} data-world={world}>
      <b>{name}</b>
      {date !== undefined && <span className={css['date']}> · bank clock {day(date, true)}</span>}
    </span>
  )
}

export function toggleZone(): void {
  const isUtc = localStorage.getItem('tartan.zone') === 'UTC'
  setPreference('zone', isUtc ? 'local' : 'UTC')
}

export function togglePrivacy(): void {
  setPreference('privacy', localStorage.getItem('tartan.privacy') !== 'true')
}
