// API keys of plaid-api: one for each program that reads it, so that each can be revoked alone.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import {
  type ApiKey,
  type KeyMade,
  keysQuery,
  makeKey,
  replaceKey,
  revokeKey,
} from '../api/keys.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Once } from '../parts/once.tsx'
import { Section } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { visible } from '../words/hostile.ts'
import css from './connection.module.css'

const nameCharsMax = 100

/** Each holds those before it. */
const may: Record<ApiKey['scope'], string> = {
  read: 'It reads everything, and changes nothing.',
  sync: 'It also pulls, verifies and links.',
  admin: 'It also disconnects and erases.',
}
const scopes = Object.keys(may) as ApiKey['scope'][]

const lives = [
  { words: 'until it is revoked', days: undefined },
  { words: '30 days', days: 30 },
  { words: '90 days', days: 90 },
  { words: 'a year', days: 365 },
]

export function Keys() {
  return (
    <>
      <Section title="Make a key">
        <Form />
      </Section>
      <Section title="API keys">
        <List />
      </Section>
    </>
  )
}

function Form() {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<ApiKey['scope']>('read')
  const [words, setWords] = useState(lives[0]?.words)
  const [made, setMade] = useState<KeyMade>()
  const client = useQueryClient()
  const ask = useMutation({
    // what it gives is kept here alone
    mutationFn: async () => {
      const days = lives.find((one) => one.words === words)?.days
      setMade(await makeKey({ name, scope, ...(days === undefined ? {} : { days }) }))
    },
    onSuccess: () => {
      setName('')
      void client.invalidateQueries({ queryKey: ['keys'] })
    },
    onError: sayTrouble,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ask.isPending) ask.mutate()
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      <Field label="Name" hint="Which program it is for.">
        {(field) => (
          <input
            {...field}
            required
            pattern=".*\S.*"
            maxLength={nameCharsMax}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Scope" hint={may[scope]}>
        {(field) => (
          <select
            {...field}
            value={scope}
            onChange={(event) => setScope(event.target.value as ApiKey['scope'])}
          >
            {scopes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Opens">
        {(field) => (
          <select {...field} value={words} onChange={(event) => setWords(event.target.value)}>
            {lives.map((one) => (
              <option key={one.words}>{one.words}</option>
            ))}
          </select>
        )}
      </Field>
      <div className={css['buttons']}>
        <Button look="main" submits busy={ask.isPending}>
          Make the key
        </Button>
      </div>
      {made && <NewKeyOnce made={made} onClose={() => setMade(undefined)} />}
    </form>
  )
}

function NewKeyOnce({ made, onClose }: { made: KeyMade; onClose: () => void }) {
  return (
    <Once
      title={`The key of ${visible(made.name)}`}
      secret={made.key}
      copyLabel="Copy the key"
      onClose={onClose}
    >
      It is shown this once: only its hash is kept. <code>Authorization: Bearer …</code> with it
      opens plaid-api.
    </Once>
  )
}

const own = 'It is Tartan’s own: ./tartan keys rotate puts another in its place.'

type Ask = (act: 'revoke' | 'replace', key: ApiKey) => void

function columnsOf(ask: Ask): Column<ApiKey>[] {
  return [
    {
      title: 'Name',
      cell: ({ name, own: isOwn }) => (
        <span>
          <b>
            <Bank text={name} />
          </b>
          {isOwn && ' · Tartan’s own'}
        </span>
      ),
    },
    { title: 'Scope', cell: ({ scope }) => scope },
    { title: 'Made', minor: true, cell: ({ created_at: at }) => <When at={at} /> },
    { title: 'Last used', cell: ({ used_at: at }) => <When at={at} /> },
    {
      title: 'State',
      cell: (key) => <State of={key} />,
    },
    {
      title: '',
      number: true,
      cell: (key) =>
        key.revoked_at === null && (
          <>
            {!key.expired && (
              <Button
                aria-label={`Replace ${visible(key.name)}`}
                refused={key.own ? own : undefined}
                onClick={() => ask('replace', key)}
              >
                Replace
              </Button>
            )}{' '}
            <Button
              aria-label={`Revoke ${visible(key.name)}`}
              refused={key.own ? own : undefined}
              onClick={() => ask('revoke', key)}
            >
              Revoke
            </Button>
          </>
        ),
    },
  ]
}

function State({ of: { revoked_at: revoked, expires_at: end, expired } }: { of: ApiKey }) {
  if (revoked !== null) {
    return (
      <span>
        <StatusMark told={{ tone: 'off', word: 'revoked' }} quiet /> <When at={revoked} />
      </span>
    )
  }
  if (end === null) return <StatusMark told={{ tone: 'fresh', word: 'opens' }} quiet />
  const told = expired
    ? ({ tone: 'off', word: 'expired' } as const)
    : ({ tone: 'fresh', word: 'opens, ends' } as const)
  return (
    <span>
      <StatusMark told={told} quiet /> <When at={end} />
    </span>
  )
}

function List() {
  const query = useQuery(keysQuery)
  const [asked, setAsked] = useState<{ act: 'revoke' | 'replace'; key: ApiKey }>()
  const columns = columnsOf((act, key) => setAsked({ act, key }))
  const close = () => setAsked(undefined)
  return (
    <>
      <Shown
        query={query}
        rows={2}
        empty={(keys) =>
          keys.length > 0 ? undefined : (
            <Empty title="There is no key" command="./tartan keys list" />
          )
        }
      >
        {(keys) => <Table label="API keys" columns={columns} rows={keys} keyOf={({ id }) => id} />}
      </Shown>
      {asked?.act === 'revoke' && <Revoke of={asked.key} onClose={close} />}
      {asked?.act === 'replace' && <Replace of={asked.key} onClose={close} />}
    </>
  )
}

function Revoke({ of, onClose }: { of: ApiKey; onClose: () => void }) {
  const name = visible(of.name)
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => revokeKey(of.id),
    onSuccess: () => {
      say(`${name} is revoked`)
      onClose()
      void client.invalidateQueries({ queryKey: ['keys'] })
    },
    onError: sayTrouble,
  })
  return (
    <Dialog
      title={`Revoke ${name}?`}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke {name}
          </Button>
        </>
      }
    >
      <p>
        Whatever uses it is refused from its next request on. It was last used{' '}
        <When at={of.used_at} />.
      </p>
    </Dialog>
  )
}

function Replace({ of, onClose }: { of: ApiKey; onClose: () => void }) {
  const name = visible(of.name)
  const client = useQueryClient()
  const [made, setMade] = useState<KeyMade>()
  const replace = useMutation({
    mutationFn: async () => setMade(await replaceKey(of.id)),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['keys'] }),
    onError: sayTrouble,
  })
  if (made) return <NewKeyOnce made={made} onClose={onClose} />
  return (
    <Dialog
      title={`Replace ${name}?`}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="main" busy={replace.isPending} onClick={() => replace.mutate()}>
            Replace {name}
          </Button>
        </>
      }
    >
      <p>
        Another key with the same rights is made and shown this once. The old one opens for a day
        more, in which its program can be given the new one.
      </p>
    </Dialog>
  )
}
