// What else can be done to the emulated world: what lies between it and here breaks, and a row is
// made at a bank. Beside each stands what it does here.
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useMay } from '../api/may.ts'
import { type Item, itemsQuery, living } from '../api/plaid.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { BankCombobox } from './choices.tsx'
import css from './connection.module.css'
import { useCommand } from './world-command.ts'
import list from './world.module.css'

interface Break {
  label: string
  /** What comes of it here. */
  says: string
  command: object
}

const breaks: Break[] = [
  {
    label: 'Too many calls',
    says: 'The next three pages are refused; the pull waits as long as Plaid says, and goes on.',
    command: {
      fault: { endpoint: '/transactions/sync', error_code: 'TRANSACTIONS_SYNC_LIMIT', times: 3 },
    },
  },
  {
    label: 'Slow answers',
    says: 'The next ten calls take five seconds each; the pull takes so long, nothing else.',
    command: { fault: { latency_ms: 5_000, times: 10 } },
  },
  {
    label: 'Lose webhooks',
    says: 'The next three never come; what they told of is found when the bank is next polled.',
    command: { webhook: { fault: 'drop', times: 3 } },
  },
  {
    label: 'Double webhooks',
    says: 'The next three come twice; what is read twice is there once.',
    command: { webhook: { fault: 'duplicate', times: 3 } },
  },
]

export function Breaks() {
  const command = useCommand()
  const may = useMay('operator')
  return (
    <ul className={list['breaks']}>
      {breaks.map(({ label, says, command: asked }) => (
        <li key={label}>
          <Button refused={may} onClick={() => command.mutate(asked)}>
            {label}
          </Button>
          {says}
        </li>
      ))}
    </ul>
  )
}

export function MakeTransaction() {
  const query = useQuery(itemsQuery({ standing: living, limit: 1 }))
  return (
    <Shown
      query={query}
      rows={2}
      empty={([first]) => (first ? undefined : <Empty title="No bank is linked" />)}
    >
      {([first]) => first && <Form first={first} />}
    </Shown>
  )
}

function Form({ first }: { first: Item }) {
  const [item, setItem] = useState(first.item_id)
  const [name, setName] = useState('Corner Shop')
  const [amount, setAmount] = useState('12.50')
  const command = useCommand()
  const may = useMay('operator')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (command.isPending || may !== undefined) return
    command.mutate({ add_transaction: { item_id: item, name, amount: Number(amount) } })
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      <Field label="Bank">
        {(field) => <BankCombobox {...field} value={item} onChange={setItem} />}
      </Field>
      <Field label="Name">
        {(field) => (
          <input
            {...field}
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Amount" hint="What goes out is positive, as in the table.">
        {(field) => (
          <input
            {...field}
            type="number"
            step="0.01"
            required
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
      <div className={css['buttons']}>
        <Button submits refused={may} busy={command.isPending}>
          Make it at the bank
        </Button>
      </div>
      <p>It comes here with the next pull, and into the warehouse with the next sync.</p>
    </form>
  )
}
