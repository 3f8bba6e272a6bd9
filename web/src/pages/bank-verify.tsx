// Does the store hold what this bank says? It is read again and compared, slice by slice.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useMay } from '../api/may.ts'
import { type Item, verifyItem } from '../api/plaid.ts'
import { Button } from '../parts/button.tsx'
import { Bank } from '../parts/said.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { plural } from '../words/numbers.ts'
import { isEnded } from '../words/status.ts'
import css from './bank.module.css'

type Report = Awaited<ReturnType<typeof verifyItem>>

export function useBankVerify(item: Item) {
  const may = useMay('operator')
  const [pages, setPages] = useState(0)
  const verify = useMutation({
    mutationFn: async (): Promise<Report> => {
      setPages(0)
      for (;;) {
        const report = await verifyItem(item.item_id)
        if (report.status !== 'reading') return report
        setPages(report.pages ?? 0)
      }
    },
    onError: sayTrouble,
  })
  return {
    button: (
      <Button
        refused={may ?? (isEnded(item) ? 'This bank is not linked any more.' : undefined)}
        busy={verify.isPending}
        onClick={() => verify.mutate()}
      >
        Verify
      </Button>
    ),
    outcome: (
      <p role="status" className={css['verified']}>
        {verify.isPending && `It is read again: ${plural(pages, 'page')} so far.`}
        {verify.data && <Outcome of={verify.data} />}
      </p>
    ),
  }
}

function Outcome({ of: { status, accounts, total = 0, streams = [], error } }: { of: Report }) {
  if (status === 'unreadable') {
    return (
      <>
        The bank could not be read: <Bank text={error?.message ?? ''} whole />
      </>
    )
  }
  const rows = plural(
    accounts.reduce((sum, { bank }) => sum + bank.count, 0),
    'row',
  )
  if (status === 'equal') return `Equal: the store holds exactly what the bank says, ${rows}.`
  const others = streams.filter((one) => one.total > 0)
  const differing = plural(
    others.reduce((sum, one) => sum + one.total, total),
    'row',
  )
  return `Different: ${differing}, of ${rows} at the bank. A full refresh reads all of it again.`
}
