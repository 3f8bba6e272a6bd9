// Invitations: a link for an e-mail address, which an admin hands over and which opens once.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Problem } from '../api/call.ts'
import { type Invite, invite, invitesQuery, withdrawInvite } from '../api/people.ts'
import { type Role } from '../api/session.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { Once } from '../parts/once.tsx'
import { Section } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { visible } from '../words/hostile.ts'
import { roles } from '../words/may.ts'
import css from './connection.module.css'

const may: Record<Role, string> = {
  viewer: 'Sees everything but SQL, service logs, users, keys and the audit.',
  operator: 'Also syncs, pulls, links and repairs banks, verifies, asks in SQL.',
  admin: 'Also configures, disconnects and erases banks, makes keys, invites.',
}

export function Invitations() {
  return (
    <>
      <Section title="Invite">
        <Form />
      </Section>
      <Section title="Open invitations">
        <List />
      </Section>
    </>
  )
}

function Form() {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [made, setMade] = useState<Invite & { link: string }>()
  const client = useQueryClient()
  const ask = useMutation({
    // what it gives is kept here alone
    mutationFn: async () => setMade(await invite({ email, role })),
    onSuccess: () => {
      setEmail('')
      void client.invalidateQueries({ queryKey: ['invites'] })
    },
    onError: (error) => (isOfField(error) ? undefined : sayTrouble(error)),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ask.isPending) ask.mutate()
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      <Field label="E-mail" error={isOfField(ask.error) ? ask.error.message : undefined}>
        {(field) => (
          <input
            {...field}
            type="email"
            required
            maxLength={320}
            autoComplete="off"
            value={email}
            onChange={(event) => {
              setEmail(event.target.value)
              ask.reset()
            }}
          />
        )}
      </Field>
      <Field label="Role" hint={may[role]}>
        {(field) => (
          <select {...field} value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {roles.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <div className={css['buttons']}>
        <Button look="main" submits busy={ask.isPending}>
          Invite
        </Button>
      </div>
      {made && (
        <Once
          title={`The link for ${visible(made.email)}`}
          secret={made.link}
          copyLabel="Copy the link"
          onClose={() => setMade(undefined)}
        >
          It is shown this once; nothing is sent. Whoever opens it first chooses a password and
          enters as {made.role}: hand it over yourself. It opens until <When at={made.expires_at} />
          .
        </Once>
      )}
    </form>
  )
}

function isOfField(error: unknown): error is Problem {
  return error instanceof Problem && error.field === 'email'
}

function List() {
  const query = useQuery(invitesQuery)
  const client = useQueryClient()
  const withdraw = useMutation({
    mutationFn: withdrawInvite,
    onSuccess: () => say('Its link opens nothing any more'),
    onError: sayTrouble,
    onSettled: () => void client.invalidateQueries({ queryKey: ['invites'] }),
  })
  const columns: Column<Invite>[] = [
    {
      title: 'E-mail',
      cell: ({ email }) => (
        <b>
          <Bank text={email} />
        </b>
      ),
    },
    { title: 'Role', cell: ({ role }) => role },
    { title: 'Invited by', cell: ({ invited_by: by }) => <Bank text={by} /> },
    { title: 'Opens until', cell: ({ expires_at: at }) => <When at={at} /> },
    {
      title: '',
      number: true,
      cell: ({ id, email }) => (
        <Button
          aria-label={`Withdraw the invitation of ${visible(email)}`}
          busy={withdraw.isPending && withdraw.variables === id}
          onClick={() => withdraw.mutate(id)}
        >
          Withdraw
        </Button>
      ),
    },
  ]
  return (
    <Shown
      query={query}
      rows={1}
      empty={(invites) =>
        invites.length > 0 ? undefined : (
          <Empty title="No invitation is open">
            One that was used, withdrawn, or not used for 48 hours is gone from here.
          </Empty>
        )
      }
    >
      {(invites) => (
        <Table label="Invitations" columns={columns} rows={invites} keyOf={({ id }) => id} />
      )}
    </Shown>
  )
}
