// One account: what is in it, what it was, and each of its transactions.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMay } from '../api/may.ts'
import { type Account, accountQuery, currencyOf, itemQuery } from '../api/plaid.ts'
import { sqlQuery } from '../api/web.ts'
import { buttonClass } from '../parts/button.tsx'
import { Search, Select, Toolbar } from '../parts/field.tsx'
import { DayLine } from '../parts/line.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Amount, Bank, Id, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
import { money } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import { balanceByDay } from './money-queries.ts'
import { useIsSynced } from './sql-schema.ts'
import { TransactionList } from './transaction-list.tsx'

export function AccountPage() {
  const { id } = useParams({ from: '/accounts/$id' })
  const query = useQuery(accountQuery(id))
  const name = visible(query.data?.name ?? 'Account')
  return (
    <Page
      title={name}
      emblem={<Sett of={id} size={36} />}
      crumbs={[{ label: 'Banks', to: '/banks' }]}
      aside={query.data?.closed_at && <StatusMark told={{ tone: 'off', word: 'closed' }} />}
    >
      <Shown query={query} rows={8}>
        {(account) => <Whole account={account} />}
      </Shown>
    </Page>
  )
}

function Whole({ account }: { account: Account }) {
  const { data: item } = useQuery(itemQuery(account.item_id))
  const currency = currencyOf(account)
  const amount = (value: number | null) => <Amount value={value} currency={currency} />
  return (
    <>
      <Facts
        of={[
          ['Balance', amount(account.current_balance)],
          ['Available', amount(account.available_balance)],
          ['Limit', amount(account.credit_limit)],
          ['As of the pull', <When key="w" at={item?.pulled_at ?? null} />],
          ['Kind', <Bank key="k" text={account.subtype ?? account.type} />],
          ['Mask', <code key="m">{account.mask === null ? '–' : visible(account.mask)}</code>],
          [
            'Bank',
            <Link key="b" to="/banks/$item" params={{ item: account.item_id }}>
              <Bank text={account.institution_name} />
            </Link>,
          ],
          ['account_id', <Id key="i" text={account.account_id} />],
        ]}
      />
      <Section title="Balance by day" aside={<Range />}>
        <Balance account={account} />
      </Section>
      <Section title="Transactions" aside={<Find />}>
        <Transactions id={account.account_id} />
      </Section>
    </>
  )
}

function Range() {
  const { range } = useSearch({ from: '/accounts/$id' })
  const navigate = useNavigate({ from: '/accounts/$id' })
  const set = (value: string) =>
    void navigate({
      search: ({ range: _old, ...rest }) => (value === 'all' ? { ...rest, range: 'all' } : rest),
      replace: true,
    })
  return (
    <Select
      label="Range"
      value={range ?? ''}
      options={[
        ['', 'the last 90 days'],
        ['all', 'all days'],
      ]}
      onChange={set}
    />
  )
}

const shortDays = 90
const computed = ['depository', 'credit']

/** Of today's balance and what moved since; the bank has not said it, and the page says so. */
function Balance({ account }: { account: Account }) {
  const { range } = useSearch({ from: '/accounts/$id' })
  const { privacy } = usePreferences()
  const may = useMay('operator')
  const text = balanceByDay(account.account_id, range === 'all' ? undefined : shortDays)
  const isKnown = account.current_balance !== null && computed.includes(account.type ?? '')
  const isSynced = useIsSynced()
  const isAsked = isKnown && may === undefined && isSynced === true
  const query = useQuery({ ...sqlQuery(text), enabled: isAsked })
  if (!isKnown) {
    return <p>The transactions of such an account do not say what its balance was.</p>
  }
  if (may !== undefined) return <p>{may}</p>
  if (isSynced === false) return <p>The days come with the first sync.</p>
  const say = (value: string) => (privacy ? '•••••' : money(value, currencyOf(account)))
  return (
    <Shown
      query={query}
      rows={4}
      empty={({ rows }) =>
        rows.length > 0 ? undefined : (
          <Empty title="Nothing has moved" command="make airbyte-sync">
            The days come with the account’s transactions, after a sync.
          </Empty>
        )
      }
    >
      {({ rows }) => (
        <>
          <DayLine
            label="Balance by day"
            points={rows.map(([date = null, value = null]) => ({
              date: textOf(date),
              value: textOf(value),
            }))}
            say={say}
          />
          <p>
            Computed back from the balance in the warehouse by the posted transactions: no bank said
            it.{' '}
            <PageLink to="/data/sql" search={{ q: text.trim() }}>
              Show SQL
            </PageLink>
          </p>
        </>
      )}
    </Shown>
  )
}

function Find() {
  const { q = '' } = useSearch({ from: '/accounts/$id' })
  const { id } = useParams({ from: '/accounts/$id' })
  const navigate = useNavigate({ from: '/accounts/$id' })
  const set = (text: string) =>
    void navigate({
      search: ({ q: _old, ...rest }) => (text === '' ? rest : { ...rest, q: text }),
      replace: true,
    })
  return (
    <Toolbar label="Filters">
      <Search label="Find transactions" value={q} onChange={set} />
      <Link
        to="/data/$schema/$table"
        params={{ schema: 'airbyte_plaid', table: 'transactions' }}
        search={{ column: 'account_id', op: 'eq', value: id }}
        className={buttonClass()}
      >
        Open in Data
      </Link>
    </Toolbar>
  )
}

function Transactions({ id }: { id: string }) {
  const { q } = useSearch({ from: '/accounts/$id' })
  const filter = { account_id: id, ...(q === undefined ? {} : { search: q }) }
  const clear = (
    <Link to="/accounts/$id" params={{ id }} className={buttonClass()}>
      Clear filters
    </Link>
  )
  return (
    <TransactionList
      filter={filter}
      {...(q === undefined
        ? {}
        : { nothing: <Empty title="No transaction fits" action={clear} /> })}
    />
  )
}
