// Settings: how it looks here, who is in, who else may enter and what they did.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay, useMayGo } from '../api/may.ts'
import { logout, sessionQuery } from '../api/session.ts'
import { endSession, type SessionRow, sessionsQuery } from '../api/people.ts'
import { Button } from '../parts/button.tsx'
import { Field, PreferenceBox } from '../parts/field.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { browserOf } from '../words/browser.ts'
import { brief } from '../words/hostile.ts'
import { type Preferences, setPreference, usePreferences } from '../words/preferences.ts'
import { localZone } from '../words/times.ts'
import css from './connection.module.css'
import { Audit } from './settings-audit.tsx'
import { Invitations } from './settings-invitations.tsx'
import { Keys } from './settings-keys.tsx'
import { Users } from './settings-users.tsx'

const tabs = [
  [undefined, 'You'],
  ['users', 'Users'],
  ['invitations', 'Invitations'],
  ['keys', 'API keys'],
  ['audit', 'Audit'],
] as const

export function Settings() {
  const { tab } = useSearch({ from: '/settings' })
  const refused = useMayGo()
  const shown = tabs.filter(([name]) => refused(`/settings?tab=${name}`) === undefined)
  return (
    <Page title="Settings">
      {shown.length > 1 && (
        <Tabs
          label="Parts of the settings"
          tabs={shown.map(([name, label]) => ({
            label,
            link: { to: '/settings', search: name === undefined ? {} : { tab: name } },
            current: tab === name,
          }))}
        />
      )}
      {tab === undefined && <Own />}
      {tab === 'users' && <ForAdmins of={<Users />} />}
      {tab === 'invitations' && <ForAdmins of={<Invitations />} />}
      {tab === 'keys' && <ForAdmins of={<Keys />} />}
      {tab === 'audit' && <ForAdmins of={<Audit />} />}
    </Page>
  )
}

/** Others are told why, and nothing is asked for. */
function ForAdmins({ of }: { of: ReactNode }) {
  const { data: session } = useQuery(sessionQuery)
  const refused = useMay('admin')
  if (!session) return null
  if (refused === undefined) return of
  return <Empty title={refused}>Whoever is an admin here can change your role, under Users.</Empty>
}

function Own() {
  const { data: session } = useQuery(sessionQuery)
  return (
    <>
      <Section title="Appearance, in this browser">
        <Appearance />
      </Section>
      {session && (
        <Section title="You">
          <Facts
            of={[
              ['Name', <Bank key="n" text={session.user.name} />],
              ['Role', session.user.role],
              ['Version', session.version],
              ['Zone of the server', session.zone],
            ]}
          />
        </Section>
      )}
      <Section title="Sessions">
        <Sessions />
      </Section>
    </>
  )
}

function Appearance() {
  const { theme, zone } = usePreferences()
  return (
    <div className={css['form']}>
      <Field label="Theme">
        {(field) => (
          <select
            {...field}
            value={theme}
            onChange={(event) => setPreference('theme', event.target.value as Preferences['theme'])}
          >
            <option value="system">as the system says</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        )}
      </Field>
      <Field label="Times">
        {(field) => (
          <select
            {...field}
            value={zone}
            onChange={(event) => setPreference('zone', event.target.value as Preferences['zone'])}
          >
            <option value="local">{localZone}</option>
            <option value="UTC">UTC</option>
          </select>
        )}
      </Field>
      <PreferenceBox of="privacy">Amounts are hidden</PreferenceBox>
      <PreferenceBox of="keys">Single keys act</PreferenceBox>
    </div>
  )
}

function Sessions() {
  const query = useQuery(sessionsQuery)
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => void client.invalidateQueries({ queryKey: ['sessions'] }),
    onError: sayTrouble,
  })
  const leave = useMutation({
    mutationFn: logout,
    onSuccess: () => client.clear(),
    onError: sayTrouble,
  })
  const columns: Column<SessionRow>[] = [
    {
      title: 'Browser',
      cell: ({ user_agent: agent, current = false }) => (
        <span title={brief(agent)}>
          <Bank text={browserOf(agent)} />
          {current && <b> · this one</b>}
        </span>
      ),
    },
    { title: 'Who', cell: ({ name }) => <Bank text={name} /> },
    { title: 'Address', minor: true, cell: ({ address }) => <code>{address}</code> },
    { title: 'Last seen', cell: ({ seen_at: at }) => <When at={at} /> },
    {
      title: '',
      number: true,
      cell: ({ id, current = false }) =>
        current ? (
          <Button onClick={() => leave.mutate()}>Log out</Button>
        ) : (
          <Button onClick={() => end.mutate(id)}>End it</Button>
        ),
    },
  ]
  return (
    <Shown query={query} rows={2}>
      {(sessions) => (
        <Table label="Sessions" columns={columns} rows={sessions} keyOf={({ id }) => id} />
      )}
    </Shown>
  )
}
