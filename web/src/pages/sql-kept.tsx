// The queries that are at hand: those of the first minute, one's own that were saved, and what was
// asked before. The server keeps them, for this person on every machine.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { remember, rememberedQuery, type SavedQuery } from '../api/settings.ts'
import { Button, buttonClass } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Toolbar } from '../parts/field.tsx'
import { When } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { nowMs } from '../words/clock.ts'
import { visible } from '../words/hostile.ts'
import css from './sql.module.css'
import { samples } from './sql-samples.ts'

const savedMax = 50
const askedMax = 50
/** What the server takes of one setting, with room for what JSON adds. */
const charsMax = 60_000

const noneSaved: SavedQuery[] = []

export function useSaved(): SavedQuery[] {
  return useQuery(rememberedQuery).data?.['sql.saved'] ?? noneSaved
}

/** A saved one has an address, so that a bookmark and a new window work. */
export function Ready({ onChoose }: { onChoose: (query: string) => void }) {
  const saved = useSaved()
  return (
    <Toolbar label="Ready queries">
      {samples.map(({ name, query }) => (
        <Button key={name} onClick={() => onChoose(query)}>
          {name}
        </Button>
      ))}
      {saved.map(({ name, query }) => (
        <span key={name} className={css['saved']}>
          <Link
            to="/data/sql"
            search={{ saved: name }}
            className={buttonClass()}
            onClick={() => onChoose(query)}
          >
            <bdi>{visible(name)}</bdi>
          </Link>
          <Forget name={name} />
        </span>
      ))}
    </Toolbar>
  )
}

function Forget({ name }: { name: string }) {
  const forget = useMutation({
    mutationFn: () =>
      remember('sql.saved', (old = []) => old.filter((query) => query.name !== name)),
    onSuccess: () => say('It is not saved any more'),
    onError: sayTrouble,
  })
  return (
    <Button
      look="bare"
      icon="close"
      aria-label={`Forget ${visible(name)}`}
      busy={forget.isPending}
      onClick={() => forget.mutate()}
    />
  )
}

interface SaveProps {
  query: string
  isOpen: boolean
  onClose: () => void
  onSaved: (name: string) => void
}

export function Save({ query, isOpen, onClose, onSaved }: SaveProps) {
  const [name, setName] = useState('')
  const saved = useSaved()
  const isThere = saved.some((one) => one.name === name.trim())
  const save = useMutation({
    mutationFn: (as: string) =>
      remember('sql.saved', (old = []) =>
        [...old.filter((one) => one.name !== as), { name: as, query }].slice(-savedMax),
      ),
    onSuccess: (_, as) => (setName(''), onSaved(as)),
    onError: sayTrouble,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '' && !save.isPending) save.mutate(name.trim())
  }
  return (
    <Dialog title="Save the query" open={isOpen} onClose={onClose}>
      <form onSubmit={submit} className={css['result']}>
        <Field label="Name" hint={isThere ? 'It takes the place of the one that is there.' : ''}>
          {(field) => (
            <input
              {...field}
              required
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <div>
          <Button look="main" submits busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** A query that was asked again is one line, with the last time. */
export async function noteAsked(query: string): Promise<void> {
  await remember('sql.history', (old = []) => {
    const at = new Date(nowMs()).toISOString()
    const all = [{ query, at }, ...old.filter((one) => one.query !== query)].slice(0, askedMax)
    let chars = 0
    return all.filter((one) => (chars += one.query.length) <= charsMax)
  })
}

export function History({ onChoose }: { onChoose: (query: string) => void }) {
  const query = useQuery(rememberedQuery)
  return (
    <Shown
      query={query}
      rows={3}
      empty={(all) =>
        (all['sql.history'] ?? []).length > 0 ? undefined : <p>What you run stands here.</p>
      }
    >
      {(all) => (
        <ol className={css['history']} aria-label="Asked before">
          {(all['sql.history'] ?? []).map(({ query: text, at }) => (
            <li key={text}>
              <When at={at} />
              <button type="button" title={visible(text)} onClick={() => onChoose(text)}>
                <code>{visible(text.replaceAll(/\s+/g, ' '))}</code>
              </button>
            </li>
          ))}
        </ol>
      )}
    </Shown>
  )
}
