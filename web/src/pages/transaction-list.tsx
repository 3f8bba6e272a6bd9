// Transactions for people, newest first: money out is negative here, and the hover says what the
// table has.
import { useInfiniteQuery } from '@tanstack/react-query'
import {
  currencyOf,
  type Transaction,
  type TransactionFilter,
  transactionsQuery,
} from '../api/plaid.ts'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { Amount, Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { inWords } from '../words/category.ts'
import { count } from '../words/numbers.ts'
import { day } from '../words/times.ts'
import css from './bank.module.css'

const columns: Column<Transaction>[] = [
  {
    title: 'Transaction',
    cell: ({ transaction_id: transaction, name, merchant_name: merchant }) => (
      <span>
        <RowLink to="/follow/$transaction" params={{ transaction }}>
          <Bank text={merchant ?? name} />
        </RowLink>
        {merchant !== null && merchant !== name && (
          <span className={css['sub']}>
            <Bank text={name} />
          </span>
        )}
      </span>
    ),
  },
  { title: 'Date', cell: ({ date }) => (date === null ? '–' : day(date, true)) },
  { title: 'Category', minor: true, cell: ({ category }) => inWords(category) },
  {
    title: '',
    cell: ({ pending }) =>
      pending === true ? <StatusMark told={{ tone: 'off', word: 'pending' }} quiet /> : null,
  },
  {
    title: 'Amount',
    number: true,
    cell: (row) => <Amount value={row.amount} currency={currencyOf(row)} flip />,
  },
]

interface Props {
  filter: TransactionFilter
  /** Where none fits what was asked for. */
  nothing?: ReactNode
}

export function TransactionList({ filter, nothing }: Props) {
  const query = useInfiniteQuery(transactionsQuery(filter))
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  return (
    <Shown
      query={query}
      rows={8}
      empty={({ pages }) =>
        (pages[0]?.total_count ?? 0) > 0
          ? undefined
          : (nothing ?? (
              <Empty title="No transaction yet">
                The bank has not given its history yet, minutes at most.
              </Empty>
            ))
      }
    >
      {({ pages }) => (
        <div>
          <Table
            label="Transactions"
            paged
            columns={columns}
            rows={pages.flatMap(({ transactions }) => transactions)}
            keyOf={(row) => row.transaction_id}
          />
          {hasNextPage && (
            <p className={css['more']}>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                Show more of {count(pages[0]?.total_count ?? 0)}
                {pages[0]?.total_is_exact === false && '+'}
              </Button>
            </p>
          )}
        </div>
      )}
    </Shown>
  )
}
