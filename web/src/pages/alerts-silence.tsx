// Keeping an alert quiet: why, and until when.
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type AlertView, silence } from '../api/alerts.ts'
import { queryClient } from '../api/query-client.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Select } from '../parts/field.tsx'
import { Bank } from '../parts/said.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import css from './connection.module.css'

const reasonCharsMax = 500
const spans: [hours: string, label: string][] = [
  ['1', 'for an hour'],
  ['8', 'for eight hours'],
  ['24', 'for a day'],
  ['168', 'for a week'],
  ['720', 'for thirty days'],
]

export function Silencing({ of, onClose }: { of: AlertView; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [hours, setHours] = useState('8')
  const ask = useMutation({
    mutationFn: () => silence({ rule: of.rule, labels: of.labels, reason, hours: Number(hours) }),
    onSuccess: () => {
      say('It is silenced')
      onClose()
      void queryClient.invalidateQueries({ queryKey: ['alerts'] })
    },
    onError: sayTrouble,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ask.isPending) ask.mutate()
  }
  return (
    <Dialog title="Silence this alert" open onClose={onClose}>
      <form className={css['form']} onSubmit={submit}>
        <p>
          <Bank text={of.title} whole />
        </p>
        <Field label="Why" hint="For whoever sees it. Nobody is told meanwhile; it stays here.">
          {(field) => (
            <input
              {...field}
              required
              pattern=".*\S.*"
              maxLength={reasonCharsMax}
              autoComplete="off"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <Select label="For how long" value={hours} options={spans} onChange={setHours} />
        <div className={css['buttons']}>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="main" submits busy={ask.isPending}>
            Silence it
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
