// Users: who may enter, as what, and whose end it is. An admin's.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeUser, removeUser, type User, usersQuery } from '../api/people.ts'
import { type Role, sessionQuery } from '../api/session.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Select } from '../parts/field.tsx'
import { Section } from '../parts/page.tsx'
import { RowMenu } from '../parts/row-menu.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { visible } from '../words/hostile.ts'
import { roles } from '../words/may.ts'

const entersBy: Record<User['kind'], string> = {
  owner: 'this machine',
  member: 'a password',
  proxy: 'the proxy',
}
const ownerStays = 'Whoever holds the machine stays its admin.'

export function Users() {
  const query = useQuery(usersQuery)
  const { data: session } = useQuery(sessionQuery)
  const [asked, setAsked] = useState<User>()
  const change = useChange()
  const columns: Column<User>[] = [
    {
      title: 'Name',
      cell: ({ id, name }) => (
        <span>
          <b>
            <Bank text={name} />
          </b>
          {id === session?.user.id && ' · you'}
        </span>
      ),
    },
    { title: 'E-mail', cell: ({ email }) => (email === null ? '–' : <Bank text={email} />) },
    { title: 'Enters by', minor: true, cell: ({ kind }) => entersBy[kind] },
    { title: 'Since', minor: true, cell: ({ created_at: at }) => <When at={at} /> },
    {
      title: 'State',
      cell: ({ disabled_at: at }) => (
        <StatusMark
          told={at === null ? { tone: 'fresh', word: 'let in' } : { tone: 'off', word: 'disabled' }}
          quiet
        />
      ),
    },
    {
      title: 'Role',
      cell: ({ id, kind, name, role }) =>
        kind === 'owner' ? (
          <span title={ownerStays}>{role}, always</span>
        ) : (
          <Select
            label={`Role of ${visible(name)}`}
            value={role}
            options={roles.map((one) => [one, one])}
            onChange={(one) => change.mutate({ id, role: one as Role })}
          />
        ),
    },
    {
      title: '',
      number: true,
      cell: (user) => (
        <RowMenu
          of={visible(user.name)}
          id={user.id}
          choices={choicesOf(
            user,
            (disabled) => change.mutate({ id: user.id, disabled }),
            setAsked,
          )}
        />
      ),
    },
  ]
  return (
    <Section title="Users">
      <Shown query={query} rows={2}>
        {(users) => <Table label="Users" columns={columns} rows={users} keyOf={({ id }) => id} />}
      </Shown>
      {asked && <Remove user={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  )
}

function choicesOf(user: User, disable: (disabled: boolean) => void, remove: (user: User) => void) {
  const isDisabled = user.disabled_at !== null
  const refused = user.kind === 'owner' ? ownerStays : undefined
  return [
    { label: isDisabled ? 'Let in again' : 'Disable', run: () => disable(!isDisabled), refused },
    { label: 'Remove', run: () => remove(user), refused, danger: true },
  ]
}

function useChange() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string; role?: Role; disabled?: boolean }) =>
      changeUser(id, change),
    onSuccess: () => say('It counts from the next request on'),
    onError: sayTrouble,
    // one's own role, and one's own sessions, may have changed with it
    onSettled: () => {
      for (const key of ['users', 'session', 'sessions']) {
        void client.invalidateQueries({ queryKey: [key] })
      }
    },
  })
}

function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const name = visible(user.name)
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => removeUser(user.id),
    onSuccess: () => {
      say(`${name} is removed`)
      onClose()
      void client.invalidateQueries({ queryKey: ['users'] })
      void client.invalidateQueries({ queryKey: ['sessions'] })
    },
    onError: sayTrouble,
  })
  return (
    <Dialog
      title={`Remove ${name}?`}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove {name}
          </Button>
        </>
      }
    >
      <p>
        Their sessions end now. What they did stays in the audit. They enter again only by another
        invitation, or where a proxy vouches for them.
      </p>
    </Dialog>
  )
}
