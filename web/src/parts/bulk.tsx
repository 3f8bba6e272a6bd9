// Many rows at once: what can be done with those that are chosen, asked once, and told of each.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { plural } from '../words/numbers.ts'
import type { Tone } from '../words/status.ts'
import css from './bulk.module.css'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Toolbar } from './field.tsx'
import { Bank } from './said.tsx'
import { sentence } from './shown.tsx'
import { Shape } from './status-mark.tsx'

export interface BulkAct<T> {
  label: string
  /** What it will do to each, said before. */
  says: string
  danger?: boolean
  /** Why this person may not at all. */
  refused?: string | undefined
  /** Why not this one: it is left out. */
  not?: (row: T) => string | undefined
  /** Gives what came of it, in words. */
  run: (row: T) => Promise<string>
}

interface Props<T> {
  /** What a row is. */
  of: string
  rows: T[]
  keyOf: (row: T) => string
  nameOf: (row: T) => string
  acts: BulkAct<T>[]
  onClear: () => void
}

export function Bulk<T>(props: Props<T>) {
  const { of, rows, acts, onClear } = props
  // those that were chosen when it was asked: the list goes on changing beneath
  const [asked, setAsked] = useState<{ act: BulkAct<T>; rows: T[] }>()
  return (
    <>
      {rows.length > 0 && (
        <div className={css['bar']}>
          <Toolbar label="With those that are chosen">
            <span role="status">{plural(rows.length, of)} chosen</span>
            {acts.map((act) => (
              <Button
                key={act.label}
                look={act.danger === true ? 'danger' : 'plain'}
                refused={act.refused}
                onClick={() => setAsked({ act, rows })}
              >
                {act.label}
              </Button>
            ))}
            <Button onClick={onClear}>Choose none</Button>
          </Toolbar>
        </div>
      )}
      {asked && <Outcomes {...props} {...asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

interface Outcome {
  tone: Tone
  text: string
}

interface OutcomesProps<T> extends Omit<Props<T>, 'acts' | 'onClear'> {
  act: BulkAct<T>
  onClose: () => void
}

function Outcomes<T>({ of, rows, keyOf, nameOf, act, onClose }: OutcomesProps<T>) {
  const [outcomes, setOutcomes] = useState<Record<string, Outcome>>({})
  const tell = (row: T, outcome: Outcome) =>
    setOutcomes((old) => ({ ...old, [keyOf(row)]: outcome }))
  const all = useMutation({
    // one after another: none is begun that nobody has room for
    mutationFn: async () => {
      for (const row of rows) {
        if (act.not?.(row) !== undefined) continue
        tell(row, { tone: 'running', text: 'under way' })
        await act.run(row).then(
          (text) => tell(row, { tone: 'fresh', text }),
          (error: unknown) => tell(row, { tone: 'failed', text: sentence(error) }),
        )
      }
    },
  })
  const doable = rows.filter((row) => act.not?.(row) === undefined).length
  const begin = (
    <Button
      look={act.danger === true ? 'danger' : 'main'}
      busy={all.isPending}
      refused={doable === 0 ? 'It can be done with none of them.' : undefined}
      onClick={() => all.mutate()}
    >
      {act.label} · {plural(doable, of)}
    </Button>
  )
  return (
    <Dialog
      title={`${act.label}: ${plural(rows.length, of)}`}
      open
      onClose={onClose}
      foot={all.isSuccess ? <Button onClick={onClose}>Close</Button> : begin}
    >
      <p>{act.says}</p>
      <ul className={css['outcomes']} aria-live="polite" aria-label="Outcomes">
        {rows.map((row) => {
          const left: Outcome = { tone: 'off', text: act.not?.(row) ?? '' }
          const { tone, text } = outcomes[keyOf(row)] ?? left
          return (
            <li key={keyOf(row)}>
              <Shape tone={tone} />
              <b>
                <Bank text={nameOf(row)} />
              </b>
              <span>{text}</span>
            </li>
          )
        })}
      </ul>
    </Dialog>
  )
}
