// One bank: is this login all right, since when, and what did it bring?
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMay } from '../api/may.ts'
import { accountsQuery, currencyOf, type Item, itemQuery } from '../api/plaid.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Amount, Bank, Id, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { useNow } from '../words/clock.ts'
import { visible } from '../words/hostile.ts'
import { count } from '../words/numbers.ts'
import { isEnded, itemTold } from '../words/status.ts'
import type { Account } from '../api/plaid.ts'
import { BankActions } from './bank-actions.tsx'
import { BankHealthMark, BankTrouble } from './bank-health.tsx'
import { sayOf } from './bank-words.ts'
import css from './bank.module.css'
import { usePull } from './banks.tsx'
import { Pulls } from './bank-pulls.tsx'
import { TransactionList } from './transaction-list.tsx'

export function BankPage() {
  const { item: id } = useParams({ from: '/banks/$item' })
  const query = useQuery(itemQuery(id))
  const name = query.data?.institution_name ?? 'Bank'
  return (
    <Page
      title={name}
      emblem={<Sett of={query.data?.institution_id ?? id} size={36} />}
      crumbs={[{ label: 'Banks', to: '/banks' }]}
      aside={query.data && <StatusMark told={itemTold(query.data)} />}
      actions={query.data && <HeadActions item={query.data} />}
    >
      <Shown query={query} rows={6}>
        {(item) => <Whole item={item} />}
      </Shown>
    </Page>
  )
}

function HeadActions({ item }: { item: Item }) {
  const may = useMay('operator')
  const navigate = useNavigate()
  const pull = usePull()
  const repair = () => void navigate({ to: '/banks/link', search: { item: item.item_id } })
  const ended = isEnded(item) ? 'This bank is not linked any more.' : may
  useActions([
    { label: 'Pull this bank now', key: 'P', run: () => pull.mutate(item.item_id), refused: ended },
    { label: 'Repair this bank', key: 'R', run: repair, refused: ended },
  ])
  return (
    <>
      <Button
        icon="refresh"
        refused={ended}
        busy={pull.isPending}
        onClick={() => pull.mutate(item.item_id)}
      >
        Pull now
      </Button>
      <Button
        icon="wrench"
        look={item.status === 'needs_user' ? 'main' : 'plain'}
        refused={ended}
        onClick={repair}
      >
        Repair
      </Button>
    </>
  )
}

function Whole({ item }: { item: Item }) {
  const now = useNow(60_000)
  const said = sayOf(item, now)
  return (
    <>
      <div className={css['health']}>
        <p>
          <Bank text={said.text} whole />
          {item.error_code !== null && (
            <>
              {' '}
              <code>{item.error_code}</code>
            </>
          )}
        </p>
        {said.action === 'Repair' && (
          <PageLink to="/banks/link" search={{ item: item.item_id }} look="main">
            Repair
          </PageLink>
        )}
      </div>
      <BankTrouble institution={item.institution_id} />
      <Facts
        of={[
          ['Pulled', <When key="p" at={item.pulled_at} />],
          ['Next pull', <When key="n" at={item.next_pull_at} />],
          ['Linked', <When key="l" at={item.created_at} />],
          ['History', item.history_complete ? 'complete' : 'still coming'],
          ['The bank itself', <BankHealthMark key="b" institution={item.institution_id} />],
          ['Webhooks', <ByPlaid key="w" item={item} />],
          ['Owner', <Id key="o" text={item.client_user_id} />],
          ['item_id', <Id key="i" text={item.item_id} />],
        ]}
      />
      <Section title="Accounts">
        <Accounts item={item} />
      </Section>
      {item.products.length > usualProducts && <Products of={item} />}
      <Section title="Last pulls">
        <Pulls item={item.item_id} />
      </Section>
      {item.misfits.length > 0 && <Misfits of={item} />}
      <BankActions item={item} />
      <Section title="Latest transactions">
        <TransactionList filter={{ item_id: item.item_id }} />
      </Section>
    </>
  )
}

/** What Plaid told of it, and why it cannot tell where it cannot. */
function ByPlaid({ item: { item_id: item, webhook_error: error } }: { item: Item }) {
  return (
    <>
      <Link to="/webhooks" search={{ item }}>
        What Plaid told
      </Link>
      {error !== null && (
        <>
          {' '}
          Plaid did not take the address: <code>{visible(error)}</code>
        </>
      )}
    </>
  )
}

function Accounts({ item }: { item: Item }) {
  const query = useQuery(accountsQuery({ item_id: item.item_id }))
  const columns: Column<Account>[] = [
    {
      title: 'Account',
      cell: (account) => (
        <RowLink to="/accounts/$id" params={{ id: account.account_id }}>
          <Bank text={account.name} />
        </RowLink>
      ),
    },
    { title: 'Mask', cell: ({ mask }) => <code>{mask === null ? '–' : visible(mask)}</code> },
    { title: 'Kind', cell: ({ type, subtype }) => <Bank text={subtype ?? type} /> },
    {
      title: 'Available',
      number: true,
      minor: true,
      cell: (account) => (
        <Amount value={account.available_balance} currency={currencyOf(account)} />
      ),
    },
    {
      title: 'Balance',
      number: true,
      cell: (account) => <Amount value={account.current_balance} currency={currencyOf(account)} />,
    },
    {
      title: '',
      cell: ({ closed_at: closed }) => (closed === null ? null : 'closed'),
    },
  ]
  return (
    <Shown
      query={query}
      rows={3}
      empty={(accounts) =>
        accounts.length > 0 ? undefined : (
          <Empty title="No account yet">
            The bank has not given its accounts yet, minutes at most.
          </Empty>
        )
      }
    >
      {(accounts) => (
        <Table
          label="Accounts"
          columns={columns}
          rows={accounts}
          keyOf={(account) => account.account_id}
        />
      )}
    </Shown>
  )
}

/** Accounts and transactions, which every Item has. */
const usualProducts = 2

function Products({ of: { products } }: { of: Item }) {
  return (
    <Section title="Products">
      <Facts
        of={products.map(({ product, unavailable, error_message: failure }) => {
          const said = unavailable === null ? (failure ?? 'read') : `not available, ${unavailable}`
          return [product, <Bank key={product} text={said} whole />]
        })}
      />
    </Section>
  )
}

function Misfits({ of: { misfits } }: { of: Item }) {
  return (
    <Section title="What did not fit and was left empty">
      <Facts
        of={misfits.map(({ field, reason, records }) => [`${field}: ${reason}`, count(records)])}
      />
    </Section>
  )
}
