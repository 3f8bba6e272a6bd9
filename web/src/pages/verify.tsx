// Verify: does the warehouse hold what the banks say? Bank, store and warehouse, account by
// account.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMay } from '../api/may.ts'
import { accountsQuery, type Side } from '../api/plaid.ts'
import {
  startVerification,
  type Verification,
  type VerificationResult,
  type Verifications,
  verificationsQuery,
} from '../api/web.ts'
import { Link } from '@tanstack/react-router'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Amount, Bank, Count, Id, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Shape, StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table, usePart } from '../parts/table.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { plural } from '../words/numbers.ts'
import type { Told } from '../words/status.ts'
import css from './link.module.css'
import { VerifiedStreams } from './verify-streams.tsx'

const words: Record<Verification['status'], Told> = {
  running: { tone: 'running', word: 'running' },
  equal: { tone: 'fresh', word: 'equal' },
  different: { tone: 'failed', word: 'different' },
  unreadable: { tone: 'attention', word: 'a bank could not be read' },
  failed: { tone: 'failed', word: 'failed' },
}

const notCompared: Told = { tone: 'attention', word: 'not compared' }

export function Verify() {
  const query = useQuery(verificationsQuery)
  const client = useQueryClient()
  const may = useMay('operator')
  const start = useMutation({
    mutationFn: startVerification,
    onSuccess: () => void client.invalidateQueries({ queryKey: ['verify'] }),
    onError: sayTrouble,
  })
  const isRunning = query.data?.running !== null && query.data !== undefined
  useActions([{ label: 'Verify now', key: 'v', run: () => start.mutate(), refused: may }])
  const run = (
    <Button
      look="main"
      refused={may}
      busy={isRunning || start.isPending}
      onClick={() => start.mutate()}
    >
      Verify now
    </Button>
  )
  return (
    <Page title="Verify" aside={<Last of={query.data?.last ?? null} />} actions={run}>
      <Shown
        query={query}
        rows={6}
        empty={({ last, running }) =>
          last === null && running === null ? (
            <Empty title="Never verified" command="./tartan verify" action={run}>
              Every row of every bank is read again and compared with the store and the warehouse.
            </Empty>
          ) : undefined
        }
      >
        {({ running, last, history }) => (
          <>
            {running && <Progress of={running} />}
            {last?.result?.steps && <Steps of={last.result.steps} />}
            {last?.result && <Result of={last.result} />}
            {last?.result && <VerifiedStreams of={last.result} />}
            <Section title="History">
              <Table
                label="History"
                columns={historyColumns}
                rows={history}
                keyOf={({ id }) => id}
              />
            </Section>
          </>
        )}
      </Shown>
    </Page>
  )
}

function Last({ of }: { of: Verification | null }) {
  if (of === null) return null
  return (
    <>
      <StatusMark told={words[of.status]} />
      <span>
        <When at={of.ended_at ?? of.started_at} />
      </span>
    </>
  )
}

const historyColumns: Column<Verification>[] = [
  { title: 'Begun', cell: ({ started_at: at }) => <When at={at} /> },
  { title: 'Outcome', cell: ({ status }) => <StatusMark told={words[status]} quiet /> },
  { title: 'By', cell: ({ begun_by: by }) => <Bank text={by} /> },
]

function Progress({ of: { progress } }: { of: NonNullable<Verifications['running']> }) {
  return (
    <ol className={css['card']} role="log" aria-label="Progress">
      {progress.banks.map(({ institution_name: name, status }) => (
        <li key={name} className={css['wait']}>
          <Shape tone={status === 'equal' ? 'fresh' : 'failed'} /> <Bank text={name} /> {status}
        </li>
      ))}
      <li className={css['wait']}>
        <Shape tone="running" />
        {progress.now === null ? (
          'the warehouse is compared with the store'
        ) : (
          <span>
            <Bank text={progress.now.institution_name} />: {plural(progress.now.pages, 'page')} read
          </span>
        )}
      </li>
    </ol>
  )
}

function Steps({ of: steps }: { of: string[] }) {
  if (steps.length === 0) return null
  return (
    <Section title="What helps, in this order">
      <ol>
        {steps.map((step) => (
          <li key={step}>
            <code>{step}</code>
          </li>
        ))}
      </ol>
    </Section>
  )
}

interface Line {
  id: string
  bank: Side | undefined
  store: Side | undefined
  warehouse: Side | undefined
  /** Bank and store, and store and warehouse, each by its own checksum. */
  told: Told
}

function Result({ of }: { of: VerificationResult }) {
  const warehouse = of.warehouse?.transactions
  const { missing = [], unpromised = [], failedJob } = of.warehouse ?? {}
  const banks = (of.banks ?? []).flatMap((bank) => bank.accounts)
  const ids = new Set([
    ...banks.map((one) => one.account_id),
    ...(warehouse?.accounts ?? []).map((one) => one.account_id),
  ])
  const lines = [...ids].map((id): Line => {
    const bank = banks.find((one) => one.account_id === id)
    const held = warehouse?.accounts.find((one) => one.account_id === id)
    const isEqual =
      !missing.includes('transactions') &&
      same(bank?.bank, bank?.store) &&
      same(held?.store, held?.warehouse)
    const store = bank?.store ?? held?.store
    const asFar = unpromised.includes('transactions') ? notCompared : words.equal
    const told = isEqual ? asFar : words.different
    return { id, bank: bank?.bank, store, warehouse: held?.warehouse, told }
  })
  const { part, more } = usePart(lines)
  const { data: accounts = [] } = useQuery({
    ...accountsQuery({ account_id: part.map(({ id }) => id) }),
    enabled: part.length > 0,
    placeholderData: keepPreviousData,
  })
  const account = (id: string) => accounts.find((one) => one.account_id === id)
  const columns: Column<Line>[] = [
    { title: 'Account', cell: ({ id }) => <Bank text={account(id)?.name ?? id} /> },
    ...(['bank', 'store', 'warehouse'] as const).map((side): Column<Line> => ({
      title: side.slice(0, 1).toUpperCase() + side.slice(1),
      number: true,
      cell: (line) => <OfSide side={line[side]} currency={account(line.id)?.iso_currency_code} />,
    })),
    {
      title: '',
      number: true,
      cell: ({ told }) => <StatusMark told={told} quiet />,
    },
  ]
  return (
    <Section
      title="Transactions, account by account"
      aside={
        warehouse && warehouse.inFlight > 0 ? (
          <span>{plural(warehouse.inFlight, 'row')} on the way</span>
        ) : undefined
      }
    >
      {of.error !== undefined && <p role="alert">{of.error.message}</p>}
      <Table label="Accounts" columns={columns} rows={part} paged keyOf={({ id }) => id} />
      {more}
      {missing.map((table) => (
        <p key={table} role="alert">
          The warehouse has no table {table} any more; the next sync reads it again.
        </p>
      ))}
      {failedJob !== undefined && <p role="alert">The last sync, job {failedJob}, failed.</p>}
      {(warehouse?.named ?? []).map(({ id, kind, columns: names }) => (
        <p key={id}>
          <Link to="/follow/$transaction" params={{ transaction: id }}>
            <Id text={id} />
          </Link>{' '}
          {kind} {names?.join(', ')}
        </p>
      ))}
    </Section>
  )
}

function OfSide({
  side,
  currency,
}: {
  side: Side | undefined
  currency: string | null | undefined
}) {
  if (side === undefined) return '–'
  return (
    <>
      <Count value={side.count} /> rows, <Amount value={side.sum} currency={currency ?? null} />
    </>
  )
}

function same(one: Side | undefined, other: Side | undefined): boolean {
  if (one === undefined || other === undefined) return true
  return one.count === other.count && one.sum === other.sum && one.checksum === other.checksum
}
