// Nobody is in yet: the one-time link's code is taken out of the fragment and spent, or a person
// logs in. An ended session is asked for above the page, so that a draft is kept.
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { Problem } from '../api/call.ts'
import { queryClient } from '../api/query-client.ts'
import { type Credentials, login, sessionQuery } from '../api/session.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { Sett } from '../parts/sett.tsx'
import { Failure } from '../parts/shown.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import css from './door.module.css'

let linkCode = takeCode()

/** Spent or not, it stays in no history; before the router reads the address. */
function takeCode(): string | undefined {
  const code = location.hash.slice(1)
  if (code === '' || !location.pathname.endsWith('/login')) return undefined
  history.replaceState(null, '', document.baseURI)
  return code
}

export function Door({ children }: { children: ReactNode }) {
  const [code, setCode] = useState(linkCode)
  const [refused, setRefused] = useState<unknown>()
  // whoever comes by a link is who it says, not who is in already
  const {
    data: session,
    error,
    refetch,
  } = useQuery({
    ...sessionQuery,
    enabled: code === undefined,
  })
  const [wasIn, setWasIn] = useState(false)
  if (session && !wasIn) setWasIn(true)
  const isIn = session !== undefined && session !== null
  useEffect(() => {
    // a link that opens nothing, where somebody is in all the same
    if (isIn && refused !== undefined) sayTrouble(refused)
  }, [isIn, refused])
  if (code !== undefined) {
    const end = (trouble?: unknown) => {
      linkCode = undefined
      setRefused(trouble)
      setCode(undefined)
    }
    return (
      <div className={css['door']}>
        <ByLink code={code} onEnd={end} />
      </div>
    )
  }
  if (session === undefined && error === null) return null
  return (
    <>
      {(isIn || wasIn) && <div inert={!isIn}>{children}</div>}
      {!isIn && (
        <div className={wasIn ? css['above'] : css['door']}>
          {session === null ? (
            <Login refused={refused} />
          ) : (
            <div className={css['card']} role="alert">
              <h1>Tartan does not answer</h1>
              <p>
                <Failure of={error} />
              </p>
              <Button icon="refresh" onClick={() => void refetch()}>
                Try again
              </Button>
            </div>
          )}
        </div>
      )}
    </>
  )
}

/** No password stays in the cache of what was asked for. */
const kept = { gcTime: 0 }

interface ByLinkProps {
  code: string
  /** Somebody is in, or the code opens nothing. */
  onEnd: (trouble?: unknown) => void
}

/** The owner's code enters at once; an invitation's once a password is chosen. */
function ByLink({ code, onEnd }: ByLinkProps) {
  const [invited, setInvited] = useState<string>()
  const enter = useMutation({
    ...kept,
    mutationFn: (chosen: { name: string; password: string } | undefined) =>
      login({ code, ...chosen }),
    onSuccess: (told) => {
      if (told.invited === undefined) onEnd()
      else setInvited(told.invited)
    },
    onError: (error, chosen) => {
      const isOver = error instanceof Problem && error.code === 'CODE_REFUSED'
      if (chosen === undefined || isOver) onEnd(error)
    },
  })
  const { mutate } = enter
  useEffect(() => {
    if (linkCode === undefined) return
    linkCode = undefined
    mutate(undefined)
  }, [mutate])
  if (invited === undefined) return null
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = textsOf(event.currentTarget)
    mutate({ name: text('name'), password: text('password') })
  }
  return (
    <Card onSubmit={submit} error={enter.error} busy={enter.isPending} verb="Enter">
      <ForInvited email={invited} />
    </Card>
  )
}

function Login({ refused }: { refused: unknown }) {
  const enter = useMutation({
    ...kept,
    mutationFn: (credentials: Credentials) => login(credentials),
    onSuccess: () => queryClient.invalidateQueries(),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = textsOf(event.currentTarget)
    enter.mutate({ email: text('email'), password: text('password') })
  }
  const trouble = enter.isIdle ? refused : enter.error
  return (
    <Card onSubmit={submit} error={trouble} busy={enter.isPending} verb="Log in">
      <ForMembers />
    </Card>
  )
}

interface CardProps {
  onSubmit: (event: FormEvent<HTMLFormElement>) => void
  error: unknown
  busy: boolean
  verb: string
  children: ReactNode
}

function Card({ onSubmit, error, busy, verb, children }: CardProps) {
  return (
    <form className={css['card']} onSubmit={onSubmit}>
      <Sett of="tartan" size={48} />
      <h1>Tartan</h1>
      {error !== null && error !== undefined && (
        <p role="alert" className={css['trouble']}>
          <Failure of={error} />
        </p>
      )}
      {children}
      <Button look="main" submits busy={busy}>
        {verb}
      </Button>
      <p className={css['hint']}>
        On the machine itself <code>./tartan open</code> makes a link that logs you in.
      </p>
    </form>
  )
}

function textsOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form)
  return (name) => {
    const value = data.get(name)
    return typeof value === 'string' ? value : ''
  }
}

function ForMembers() {
  return (
    <>
      <Field label="E-mail">
        {(field) => <input {...field} name="email" type="email" autoComplete="username" required />}
      </Field>
      <Field label="Password">
        {(field) => (
          <input
            {...field}
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
        )}
      </Field>
    </>
  )
}

/** An invitation's code opens with a password of one's own. */
function ForInvited({ email }: { email: string }) {
  return (
    <>
      <p>You are invited. Choose how you are called here, and a password.</p>
      <Field label="E-mail" hint="You log in with it from now on.">
        {(field) => (
          <input {...field} type="email" autoComplete="username" value={email} readOnly />
        )}
      </Field>
      <Field label="Your name">
        {(field) => <input {...field} name="name" autoComplete="name" required />}
      </Field>
      <Field label="A password" hint="At least twelve characters.">
        {(field) => (
          <input
            {...field}
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={12}
            required
          />
        )}
      </Field>
    </>
  )
}
