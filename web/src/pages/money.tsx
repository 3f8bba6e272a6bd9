// Money: where does it come from, where does it go, what is there? One currency at a time: nothing
// adds two. Every figure leads to the query of its rows.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMay } from '../api/may.ts'
import { sqlQuery, type SqlResult } from '../api/web.ts'
import { useActions } from '../parts/actions.ts'
import { Select } from '../parts/field.tsx'
import { Filters } from '../parts/filters.tsx'
import { ToSyncs } from '../parts/next-step.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { textOf } from '../words/cell.ts'
import { visible } from '../words/hostile.ts'
import { monthName, monthsUntil } from '../words/times.ts'
import { AccountCombobox } from './choices.tsx'
import { Balances } from './money-balances.tsx'
import { Flow } from './money-flow.tsx'
import { Holdings } from './money-holdings.tsx'
import { currencies } from './money-queries.ts'
import { Recurring } from './money-recurring.tsx'
import { Spending } from './money-spending.tsx'
import { Transfers } from './money-transfers.tsx'
import { useIsSynced } from './sql-schema.ts'
import type { View } from './money-view.tsx'

const tabs = [
  [undefined, 'Spending'],
  ['flow', 'In and out'],
  ['recurring', 'Recurring'],
  ['transfers', 'Transfers'],
  ['balances', 'Balances'],
  ['holdings', 'Holdings'],
] as const

const ranges = { year: 12, two: 24, five: 60 }

export function Money() {
  const { tab, ...kept } = useSearch({ from: '/money' })
  const may = useMay('operator')
  return (
    <Page title="Money">
      <Tabs
        label="Parts of Money"
        tabs={tabs.map(([name, label]) => ({
          label,
          link: { to: '/money', search: name === undefined ? kept : { ...kept, tab: name } },
          current: tab === name,
        }))}
      />
      {may === undefined ? (
        <Asked tab={tab} />
      ) : (
        <Empty title={may}>Its figures are asked of the warehouse in SQL.</Empty>
      )}
    </Page>
  )
}

function Asked({ tab }: { tab: (typeof tabs)[number][0] }) {
  const isSynced = useIsSynced()
  if (isSynced === false) return <None />
  if (tab === 'balances') return isSynced && <Balances />
  if (tab === 'holdings') return <Holdings />
  return <Moved tab={tab} isSynced={isSynced === true} />
}

function Moved({ tab, isSynced }: { tab: ViewsProps['tab']; isSynced: boolean }) {
  const query = useQuery({ ...sqlQuery(currencies), enabled: isSynced })
  return (
    <Shown query={query} rows={8} empty={({ rows }) => (rows.length > 0 ? undefined : <None />)}>
      {(result) => <Views of={result} tab={tab} />}
    </Shown>
  )
}

function None() {
  return (
    <Empty title="No money has moved yet" command="make airbyte-sync" action={<ToSyncs />}>
      After the first sync each month stands here: what came in, and where it went.
    </Empty>
  )
}

interface ViewsProps {
  of: SqlResult
  tab: 'flow' | 'recurring' | 'transfers' | undefined
}

function Views({ of, tab }: ViewsProps) {
  const search = useSearch({ from: '/money' })
  const navigate = useNavigate({ from: '/money' })
  const known = of.rows.map((row) => row.map(textOf))
  const [currency = '', last = '', there = '1'] =
    known.find(([code]) => code === search.currency) ?? known[0] ?? []
  const months = monthsUntil(last, Math.min(Number(there), ranges[search.range ?? 'year']))
  const month = months.find((one) => one === search.month) ?? last
  const choose = (to: string | undefined) =>
    to !== undefined && void navigate({ search: (old) => ({ ...old, month: to }), replace: true })
  const at = months.indexOf(month)
  useActions([
    { label: 'The month before', key: '[', also: 'ArrowLeft', run: () => choose(months[at - 1]) },
    { label: 'The month after', key: ']', also: 'ArrowRight', run: () => choose(months[at + 1]) },
  ])
  const asked = { currency, account: search.account, last, months: months.length }
  const view: View = { asked, month, months, choose }
  return (
    <>
      <Asking view={view} currencies={known.map(([code = '']) => code)} tab={tab} />
      {tab === undefined && <Spending view={view} />}
      {tab === 'flow' && <Flow view={view} />}
      {tab === 'recurring' && <Recurring view={view} />}
      {tab === 'transfers' && <Transfers view={view} />}
    </>
  )
}

interface FiltersProps {
  view: View
  currencies: string[]
  tab: ViewsProps['tab']
}

function Asking({ view: { asked, month, months, choose }, currencies: codes, tab }: FiltersProps) {
  const { range = '', account = '', currency } = useSearch({ from: '/money' })
  const navigate = useNavigate({ from: '/money' })
  const set = (key: 'range' | 'account' | 'currency') => (value: string) =>
    void navigate({
      search: ({ [key]: _old, ...rest }) => (value === '' ? rest : { ...rest, [key]: value }),
      replace: true,
    })
  const clear = () =>
    void navigate({
      search: ({ range: _r, account: _a, currency: _c, ...rest }) => rest,
      replace: true,
    })
  const ofRange = {
    label: 'Range',
    isSet: range !== '',
    control: <Select label="Range" value={range} options={rangeWords} onChange={set('range')} />,
  }
  const ofAccount = {
    label: 'Account',
    isSet: account !== '',
    control: <AccountCombobox label="Account" value={account} onChange={set('account')} />,
  }
  const ofCurrency = {
    label: 'Currency',
    isSet: currency !== undefined,
    control: (
      <Select
        label="Currency"
        value={asked.currency}
        options={codes.map((code) => [code, code === '' ? 'no currency' : visible(code)])}
        onChange={set('currency')}
      />
    ),
  }
  return (
    <Filters
      onClear={clear}
      of={[
        ...(tab === 'transfers' ? [] : [ofRange]),
        ofAccount,
        ...(codes.length > 1 ? [ofCurrency] : []),
      ]}
    >
      {tab !== 'recurring' && (
        <Select
          label="Month"
          value={month}
          options={months.toReversed().map((one) => [one, monthName(one)])}
          onChange={choose}
        />
      )}
    </Filters>
  )
}

const rangeWords: [string, string][] = [
  ['', 'of the last year'],
  ['two', 'of the last two years'],
  ['five', 'of the last five years'],
]
