// How the bank itself does, for everybody: what looks like a fault of this login may be none, and a
// repair of it would not help now.
import { useQuery } from '@tanstack/react-query'
import { type BankHealth, bankHealthQuery } from '../api/plaid.ts'
import { When } from '../parts/said.tsx'
import { Shape, StatusMark } from '../parts/status-mark.tsx'
import type { Told } from '../words/status.ts'
import css from './connection.module.css'

const words: Record<BankHealth['status'], Told> = {
  healthy: { tone: 'fresh', word: 'healthy' },
  degraded: { tone: 'attention', word: 'degraded' },
  down: { tone: 'failed', word: 'down' },
}
const names: Record<BankHealth['product'], string> = {
  item_logins: 'logins',
  transactions_updates: 'transactions',
}
const worse: BankHealth['status'][] = ['down', 'degraded']

/** A word for all of it. */
export function BankHealthMark({ institution }: { institution: string | null }) {
  const { data } = useQuery(bankHealthQuery(institution))
  const { products = [] } = data ?? {}
  const worst = worse.find((status) => products.some((one) => one.status === status))
  if (products.length === 0) return 'Plaid does not say'
  return <StatusMark told={words[worst ?? 'healthy']} quiet />
}

/** Where it is not well: what, since when, and what it means. Nothing where it is. */
export function BankTrouble({ institution }: { institution: string | null }) {
  const { data } = useQuery(bankHealthQuery(institution))
  const unwell = (data?.products ?? []).filter(({ status }) => status !== 'healthy')
  return unwell.map(({ product, status, since }) => (
    <p key={product} className={css['warning']} role="status">
      <Shape tone={words[status].tone} />
      <span>
        The bank’s {names[product]} are {words[status].word} for everybody
        {since !== null && (
          <>
            {' '}
            since <When at={since} />
          </>
        )}
        : it is the bank, not this login. What is tried now may fail; it is tried again by itself.
      </span>
    </p>
  ))
}
