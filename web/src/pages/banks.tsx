// Banks: which one is unwell, and what is to be done?
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMay } from '../api/may.ts'
import {
  disconnect,
  type Item,
  type ItemFilter,
  itemPagesQuery,
  living,
  livingOf,
  type Standing,
  type Standings,
  standingsQuery,
  startPull,
} from '../api/plaid.ts'
import { useActions } from '../parts/actions.ts'
import { Bulk, type BulkAct } from '../parts/bulk.tsx'
import { Button, buttonClass } from '../parts/button.tsx'
import { Search, Select } from '../parts/field.tsx'
import { Filters } from '../parts/filters.tsx'
import { LinkABank } from '../parts/next-step.tsx'
import { Page } from '../parts/page.tsx'
import { Bank, Count, When } from '../parts/said.tsx'
import { RowMenu } from '../parts/row-menu.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table, useChosen } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { exact } from '../words/numbers.ts'
import { day } from '../words/times.ts'
import { isEnded, itemTold } from '../words/status.ts'
import css from './bank.module.css'

export function Banks() {
  const search = useSearch({ from: '/banks' })
  const navigate = useNavigate({ from: '/banks' })
  const stand = useQuery(standingsQuery)
  const may = useMay('operator')
  const pull = usePull()
  const link = () => void navigate({ to: '/banks/link' })
  useActions([
    { label: 'Link a bank', key: 'l', run: link, refused: may },
    { label: 'Pull all banks now', key: 'P', run: () => pull.mutate(undefined), refused: may },
  ])
  const set = (change: typeof search) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <Page
      title="Banks"
      wide
      actions={
        <>
          <Button
            icon="refresh"
            refused={may}
            busy={pull.isPending}
            onClick={() => pull.mutate(undefined)}
          >
            Pull now
          </Button>
          <LinkABank look="main" />
        </>
      }
    >
      <Shown
        query={stand}
        rows={5}
        empty={(of) =>
          livingOf(of) + of.ended > 0 ? undefined : (
            <Empty
              title="No bank is linked yet"
              command="make plaid-link-token"
              action={<LinkABank look="main" />}
            >
              Each bank that you link stands here, with how it is and what it wants of you.
            </Empty>
          )
        }
      >
        {(of) => (
          <>
            <Asking of={of} search={search} set={set} />
            <Found of={of} search={search} pull={pull.mutate} may={may} />
          </>
        )}
      </Shown>
    </Page>
  )
}

type Shows = 'wants' | 'attention' | 'fresh'

interface Asked {
  q?: string
  show?: Shows
  ended?: 'yes'
}

const shows: Record<Shows, Standing[]> = {
  wants: ['failed', 'owner'],
  attention: ['attention'],
  fresh: ['coming', 'fresh'],
}

/** Of what the sheet has. */
const none = { show: undefined, ended: undefined } as unknown as Asked

const searchMax = 200

function filterOf({ q, show, ended }: Asked): ItemFilter {
  const standing = show === undefined ? living : shows[show]
  return {
    standing: ended === undefined ? standing : [...standing, 'ended'],
    ...(q === undefined ? {} : { search: q.slice(0, searchMax) }),
  }
}

interface AskingProps {
  of: Standings
  search: Asked
  set: (change: Asked) => void
}

function Asking({ of, search, set }: AskingProps) {
  const { ended } = of
  const sum = (show: Shows) => shows[show].reduce((all, one) => all + of[one], 0)
  const status = (
    <Select
      label="Status"
      value={search.show ?? ''}
      options={[
        ['', 'however it is'],
        ['wants', `wants somebody (${sum('wants')})`],
        ['attention', `attention (${sum('attention')})`],
        ['fresh', `fresh or under way (${sum('fresh')})`],
      ]}
      onChange={(show) => set({ show: show === '' ? undefined : show } as Asked)}
    />
  )
  const withEnded = (
    <label>
      <input
        type="checkbox"
        checked={search.ended === 'yes'}
        onChange={(event) => set({ ended: event.target.checked ? 'yes' : undefined } as Asked)}
      />{' '}
      also {ended} that ended
    </label>
  )
  return (
    <Filters
      onClear={() => set(none)}
      of={[
        { label: 'Status', isSet: search.show !== undefined, control: status },
        ...(ended > 0
          ? [{ label: 'Ended', isSet: search.ended !== undefined, control: withEnded }]
          : []),
      ]}
    >
      <Search
        label="Filter banks"
        value={search.q ?? ''}
        onChange={(q) => set({ q: q === '' ? undefined : q } as Asked)}
      />
    </Filters>
  )
}

export function usePull() {
  return useMutation({
    mutationFn: (item: string | undefined) => startPull(item),
    onSuccess: () => say('The pull has begun'),
    onError: sayTrouble,
  })
}

interface FoundProps {
  of: Standings
  search: Asked
  pull: (item: string) => void
  may: string | undefined
}

/** Page by page, as the service finds them. */
function Found({ of, search, ...rest }: FoundProps) {
  const filter = filterOf(search)
  const pages = useInfiniteQuery({ ...itemPagesQuery(filter), placeholderData: keepPreviousData })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages
  const isWhole = filter.search === undefined
  const total = (filter.standing ?? []).reduce((sum, one) => sum + of[one], 0)
  return (
    <Shown query={pages} rows={5}>
      {({ pages: all }) => (
        <>
          <List items={all.flatMap(({ items }) => items)} {...rest} />
          {hasNextPage && (
            <p className={css['more']}>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isWhole ? `Show more of ${exact(total)}` : 'Show more'}
              </Button>
            </p>
          )}
        </>
      )}
    </Shown>
  )
}

interface ListProps {
  items: Item[]
  pull: (item: string) => void
  may: string | undefined
}

const keyOf = (item: Item) => item.item_id
const nameOf = (item: Item) => item.institution_name ?? item.item_id
const notLinked = (item: Item) => (isEnded(item) ? 'It is not linked any more.' : undefined)

function useActs(): BulkAct<Item>[] {
  const asOperator = useMay('operator')
  const asAdmin = useMay('admin')
  const pull = (isFull: boolean) => async (item: Item) => {
    await startPull(item.item_id, isFull)
    return isFull ? 'the full pull has begun' : 'the pull has begun'
  }
  return [
    {
      label: 'Pull now',
      says: 'Each bank is asked for what is new since its last pull.',
      refused: asOperator,
      not: notLinked,
      run: pull(false),
    },
    {
      label: 'Full refresh',
      says: 'Each bank’s whole history is read again; what it does not have any more goes.',
      refused: asOperator,
      not: notLinked,
      run: pull(true),
    },
    {
      label: 'Disconnect',
      says: 'Each bank’s Item ends at Plaid, and its billing. What it brought stays, marked.',
      danger: true,
      refused: asAdmin,
      not: notLinked,
      run: async (item) => (await disconnect(item.item_id), 'it is being disconnected'),
    },
  ]
}

function columnsOf(pull: ListProps['pull'], may: ListProps['may']): Column<Item>[] {
  return [
    {
      title: 'Bank',
      cell: (item) => (
        <RowLink to="/banks/$item" params={{ item: item.item_id }}>
          <Sett of={item.institution_id ?? item.item_id} />
          <Bank text={item.institution_name} />
        </RowLink>
      ),
    },
    { title: 'Status', cell: (item) => <StatusMark told={itemTold(item)} /> },
    { title: 'Pulled', cell: (item) => <When at={item.pulled_at} /> },
    { title: 'Next pull', minor: true, cell: (item) => <When at={item.next_pull_at} /> },
    {
      title: 'Accounts',
      number: true,
      cell: ({ counts }) => <Count value={counts.accounts} />,
    },
    {
      title: 'Transactions',
      number: true,
      cell: ({ counts }) => <Count value={counts.transactions} />,
    },
    {
      title: 'Consent until',
      minor: true,
      cell: ({ consent_expires_at: at }) => (at === null ? 'no end' : day(at, true)),
    },
    {
      title: '',
      number: true,
      cell: (item) => (
        <RowMenu
          of={item.institution_name ?? 'this bank'}
          id={item.item_id}
          choices={[{ label: 'Pull now', refused: may, run: () => pull(item.item_id) }]}
        />
      ),
    },
  ]
}

function List({ items, pull, may }: ListProps) {
  const choice = useChosen(items, keyOf)
  const acts = useActs()
  if (items.length === 0) {
    return (
      <Empty
        title="No bank fits"
        action={
          <Link to="/banks" className={buttonClass()}>
            Clear filters
          </Link>
        }
      />
    )
  }
  return (
    <>
      <Table
        label="Banks"
        columns={columnsOf(pull, may)}
        rows={items}
        paged
        keyOf={keyOf}
        choice={{ ...choice, nameOf }}
      />
      <Bulk
        of="bank"
        rows={choice.rows}
        keyOf={keyOf}
        nameOf={nameOf}
        acts={acts}
        onClear={choice.clear}
      />
    </>
  )
}
