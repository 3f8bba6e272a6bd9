// ⌘K: to any place, bank, connection, job or transaction, and every action of this page.
import { Dialog } from '@base-ui/react/dialog'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useState } from 'react'
import { summariesQuery } from '../api/engine.ts'
import { useMayGo } from '../api/may.ts'
import { itemsQuery } from '../api/plaid.ts'
import { currentActions } from '../parts/actions.ts'
import { brief } from '../words/hostile.ts'
import css from './palette.module.css'
import { closeFloat, paletteBegun, useFloat } from './palette-state.ts'
import { usePlaces } from './places.ts'

interface Line {
  kind: string
  label: string
  run(): void
}

const linesMax = 12
const searchMax = 200

export function Palette() {
  const isOpen = useFloat() === 'palette'
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => (open ? undefined : closeFloat())}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css['veil']} />
        <Dialog.Popup className={css['palette']} aria-label="Palette">
          {isOpen && <Choices />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Choices() {
  const [text, setText] = useState(paletteBegun)
  const [at, setAt] = useState(0)
  const lines = useLines(text)
  const sql = useMayGo()('/data/sql') === undefined ? ', > for SQL' : ''
  const chosen = Math.min(at, lines.length - 1)
  const run = (line: Line | undefined) => {
    if (line === undefined) return
    closeFloat()
    line.run()
  }
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) setAt((chosen + step + lines.length) % Math.max(1, lines.length))
    else if (event.key === 'Enter') run(lines[chosen])
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        className={css['input']}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-lines"
        aria-activedescendant={`line-${chosen}`}
        aria-label="Where to, or what to do"
        placeholder={`A page, a bank, a job’s number, a transaction’s id${sql}`}
        value={text}
        onKeyDown={onKey}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
      />
      <ul id="palette-lines" role="listbox" aria-label="Choices" className={css['lines']}>
        {lines.map((line, i) => (
          // the keys are those of the input, which has the focus
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={`${line.kind} ${line.label}`}
            id={`line-${i}`}
            role="option"
            aria-selected={i === chosen}
            className={css['line']}
            onClick={() => run(line)}
          >
            <bdi>{line.label}</bdi>
            <span className={css['kind']}>{line.kind}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function useLines(text: string): Line[] {
  const navigate = useNavigate()
  const search = text.trim().slice(0, searchMax)
  const { data: items = [], isPlaceholderData } = useQuery({
    ...itemsQuery({ limit: linesMax, ...(search === '' ? {} : { search }) }),
    placeholderData: keepPreviousData,
  })
  const { data: connections = [] } = useQuery(summariesQuery)
  const places = usePlaces()
  const refused = useMayGo()
  const go = (to: string, search = {}) => void navigate({ to, search })
  const wanted = text.trim().toLowerCase()
  if (wanted.startsWith('>')) {
    if (refused('/data/sql') !== undefined) return []
    const query = text.trim().slice(1).trim()
    return [{ kind: 'SQL', label: query || 'New query', run: () => go('/data/sql', { q: query }) }]
  }
  const number = /^#?(\d{1,15})$/.exec(wanted)?.[1]
  const all: Line[] = [
    ...(number === undefined
      ? []
      : [{ kind: 'job', label: `Job ${number}`, run: () => go(`/jobs/${number}`) }]),
    ...(/^[\w-]{20,}$/.test(text.trim())
      ? [
          {
            kind: 'transaction',
            label: text.trim(),
            run: () => go(`/follow/${text.trim()}`),
          },
        ]
      : []),
    ...currentActions()
      .filter(({ refused }) => refused === undefined)
      .map(({ label, run }) => ({ kind: 'action', label, run })),
    ...places.map(({ label, to }) => ({ kind: 'page', label, run: () => go(to) })),
    ...items.map((item) => ({
      kind: 'bank',
      label: brief(item.institution_name ?? item.item_id),
      run: () => go(`/banks/${encodeURIComponent(item.item_id)}`),
    })),
    ...connections.map((connection) => ({
      kind: 'connection',
      label: brief(connection.name),
      run: () => go(`/connections/${connection.connectionId}`),
    })),
  ]
  const fits = ({ label, kind }: Line) =>
    (kind === 'job' && number !== undefined) ||
    (kind === 'bank' && !isPlaceholderData) ||
    label.toLowerCase().includes(wanted)
  return all.filter(fits).slice(0, linesMax)
}
