// The rarer things that one does with a bank, each said before it is done.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../api/may.ts'
import {
  disconnect,
  erase,
  type Item,
  resolveItem,
  startPull,
  transactionsQuery,
} from '../api/plaid.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Section } from '../parts/page.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { exact } from '../words/numbers.ts'
import { visible } from '../words/hostile.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useBankVerify } from './bank-verify.tsx'
import css from './bank.module.css'

type Asked = 'full' | 'disconnect' | 'erase'

export function BankActions({ item }: { item: Item }) {
  const [asked, setAsked] = useState<Asked>()
  const asOperator = useMay('operator')
  const asAdmin = useMay('admin')
  const verify = useBankVerify(item)
  return (
    <Section title="More">
      {item.status === 'held' && <Choices item={item} />}
      <div className={css['danger']}>
        {verify.button}
        <Button refused={asOperator} onClick={() => setAsked('full')}>
          Full refresh
        </Button>
        <Button
          look="danger"
          refused={item.status === 'removed' ? 'It is disconnected.' : asAdmin}
          onClick={() => setAsked('disconnect')}
        >
          Disconnect
        </Button>
        <Button
          look="danger"
          refused={item.status === 'erased' ? 'It is erased.' : asAdmin}
          onClick={() => setAsked('erase')}
        >
          Erase
        </Button>
      </div>
      {verify.outcome}
      {asked !== undefined && (
        <Confirm item={item} asked={asked} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  )
}

const verbs: Record<Asked, string> = {
  full: 'Read everything again',
  disconnect: 'Disconnect',
  erase: 'Erase',
}

function act(item: Item, asked: Asked): Promise<unknown> {
  if (asked === 'full') return startPull(item.item_id, true)
  return asked === 'disconnect' ? disconnect(item.item_id) : erase(item.item_id)
}

function Confirm({ item, asked, onClose }: { item: Item; asked: Asked; onClose: () => void }) {
  const name = visible(item.institution_name ?? item.item_id)
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const client = useQueryClient()
  const mutation = useMutation({
    mutationFn: () => act(item, asked),
    onSuccess: () => {
      say(`${name}: ${asked === 'full' ? 'the full pull has begun' : `${asked} is under way`}`)
      onClose()
      void client.invalidateQueries({ queryKey: ['items'] })
      if (asked !== 'full') void navigate({ to: '/banks' })
    },
    onError: sayTrouble,
  })
  const refused = asked === 'erase' && typed !== name ? `Type ${name} first.` : undefined
  return (
    <Dialog
      title={`${verbs[asked]} ${asked === 'full' ? `of ${name}` : name}?`}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep it as it is</Button>
          <Button
            look={asked === 'full' ? 'main' : 'danger'}
            refused={refused}
            busy={mutation.isPending}
            onClick={() => mutation.mutate()}
          >
            {asked === 'full' ? verbs.full : `${verbs[asked]} ${name}`}
          </Button>
        </>
      }
    >
      <WillHappen item={item} asked={asked} />
      {asked === 'erase' && (
        <Field label={`Type ${name} to go on`}>
          {(field) => (
            <input {...field} value={typed} onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
      )}
    </Dialog>
  )
}

function WillHappen({ item, asked }: { item: Item; asked: Asked }) {
  const query = useInfiniteQuery(transactionsQuery({ item_id: item.item_id }))
  const total = query.data?.pages[0]?.total_count
  const rows = total === undefined ? 'its transactions' : `its ${exact(total)} transactions`
  if (asked === 'full') {
    return <p>The bank’s whole history is read again. Rows stay readable; what is gone goes.</p>
  }
  if (asked === 'disconnect') {
    return (
      <p>
        The login ends at Plaid, and its billing. In the store and the warehouse {rows} stay, and
        its accounts are marked closed.
      </p>
    )
  }
  return (
    <p>
      The login ends at Plaid. The store takes {rows} and its accounts out; the next sync takes them
      out of the warehouse. Nothing brings them back but linking the bank anew.
    </p>
  )
}

const choices: [string, string][] = [
  ['repair', 'Repair the old link and discard this one'],
  ['replace', 'Let this one take its place'],
  ['keep_both', 'Keep both: they are not the same'],
  ['discard', 'Discard this one'],
]

function Choices({ item }: { item: Item }) {
  const client = useQueryClient()
  const mutation = useMutation({
    mutationFn: (choice: string) => resolveItem(item.item_id, choice),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['items'] }),
    onError: sayTrouble,
  })
  return (
    <div className={css['danger']}>
      {choices.map(([choice, text]) => (
        <Button key={choice} busy={mutation.isPending} onClick={() => mutation.mutate(choice)}>
          {text}
        </Button>
      ))}
    </div>
  )
}
