// Webhooks: what did Plaid tell us, and what came of it?
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import {
  type Webhook,
  type WebhookStatus,
  webhooksQuery,
  webhookStatusQuery,
} from '../api/plaid.ts'
import { sessionQuery } from '../api/session.ts'
import { Button, buttonClass } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { Select, Toolbar } from '../parts/field.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Bank, Count, Id, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { visible } from '../words/hostile.ts'
import { plural } from '../words/numbers.ts'
import { webhookTold } from '../words/status.ts'
import bank from './bank.module.css'
import { BankCombobox } from './choices.tsx'
import css from './connection.module.css'

const columns: Column<Webhook>[] = [
  {
    title: 'Code',
    cell: ({ id, webhook_type: type, webhook_code: code }) => (
      <span>
        <RowLink to="/webhooks" search={(old) => ({ ...old, id })}>
          <Bank text={code} />
        </RowLink>
        <span className={bank['sub']}>
          <Bank text={type} />
        </span>
      </span>
    ),
  },
  { title: 'Received', cell: ({ received_at: at }) => <When at={at} /> },
  {
    title: 'Bank',
    cell: ({ item_id: item, institution_name: name }) =>
      item === null ? (
        '–'
      ) : name === null ? (
        <Id text={item} />
      ) : (
        <Link to="/banks/$item" params={{ item }}>
          <Bank text={name} />
        </Link>
      ),
  },
  { title: 'Led to', cell: (webhook) => <StatusMark told={webhookTold(webhook)} quiet /> },
  {
    title: 'Rows',
    number: true,
    cell: ({ pull }) =>
      pull === null ? '' : <Count value={pull.added + pull.modified + pull.removed} />,
  },
  {
    title: 'Times',
    number: true,
    minor: true,
    cell: ({ deliveries }) => (deliveries > 1 ? <Count value={deliveries} /> : ''),
  },
]

export function Webhooks() {
  const search = useSearch({ from: '/webhooks' })
  const navigate = useNavigate({ from: '/webhooks' })
  const status = useQuery(webhookStatusQuery)
  const set = (key: 'item' | 'type') => (value: string) =>
    void navigate({
      search: ({ [key]: _old, id: _id, ...rest }) =>
        value === '' ? rest : { ...rest, [key]: value },
      replace: true,
    })
  return (
    <Page title="Webhooks" wide aside={status.data && <Received of={status.data} />}>
      {status.data && <Address of={status.data} />}
      <Toolbar label="Filters">
        <Select
          label="Type"
          value={search.type ?? ''}
          options={[['', 'every type'], ...types.map((type): [string, string] => [type, type])]}
          onChange={set('type')}
        />
        <BankCombobox
          label="Bank"
          value={search.item ?? ''}
          every="every bank"
          onChange={set('item')}
        />
      </Toolbar>
      <List status={status.data} />
    </Page>
  )
}

const types = [
  'TRANSACTIONS',
  'ITEM',
  'LINK',
  'HOLDINGS',
  'INVESTMENTS_TRANSACTIONS',
  'LIABILITIES',
  'IDENTITY',
]

function Received({ of }: { of: WebhookStatus }) {
  return (
    <>
      <span>{plural(of.received_last_day, 'webhook')} in a day</span>
      {of.waiting > 0 && <span>{plural(of.waiting, 'webhook')} waiting</span>}
      {of.last_received_at !== null && (
        <span>
          last <When at={of.last_received_at} />
        </span>
      )}
    </>
  )
}

/** Where Plaid is told to send them, and which banks it did not take that for. */
function Address({ of: { address, items, failures } }: { of: WebhookStatus }) {
  if (address === null || address === '') return null
  return (
    <>
      <Facts
        of={[
          ['Address', <Id key="a" text={address} />],
          ['Banks that have it', <Count key="t" value={items.told} />],
          ['Told next', <Count key="w" value={items.waiting} />],
          ['Not taken by Plaid', <Count key="f" value={items.failed} />],
        ]}
      />
      {failures.length > 0 && (
        <Section title="Where Plaid did not take the address">
          <Table
            label="Where Plaid did not take the address"
            columns={failureColumns}
            rows={failures}
            keyOf={({ item_id: id }) => id}
          />
        </Section>
      )}
    </>
  )
}

const failureColumns: Column<WebhookStatus['failures'][number]>[] = [
  {
    title: 'Bank',
    cell: ({ item_id: item, institution_name: name }) => (
      <RowLink to="/banks/$item" params={{ item }}>
        <Bank text={name ?? item} />
      </RowLink>
    ),
  },
  { title: 'Plaid’s code', cell: ({ error }) => <code>{visible(error)}</code> },
]

function List({ status }: { status: WebhookStatus | undefined }) {
  const { id, ...filter } = useSearch({ from: '/webhooks' })
  const query = useInfiniteQuery(webhooksQuery(filter))
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  return (
    <Shown
      query={query}
      rows={8}
      empty={({ pages }) =>
        (pages[0]?.webhooks.length ?? 0) > 0 ? undefined : (
          <Nothing isFiltered={Object.keys(filter).length > 0} status={status} />
        )
      }
    >
      {({ pages }) => {
        const rows = pages.flatMap(({ webhooks }) => webhooks)
        const open = rows.find((row) => row.id === id)
        return (
          <div>
            {open && <Body of={open} />}
            <Table
              label="Webhooks"
              paged
              columns={columns}
              rows={rows}
              keyOf={(row) => row.id}
              isRunning={({ outcome, pull }) => outcome === null || pull?.status === 'running'}
            />
            {hasNextPage && (
              <p className={bank['more']}>
                <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  Show more
                </Button>
              </p>
            )}
          </div>
        )
      }}
    </Shown>
  )
}

/** As Plaid sent it; tokens are dots. */
function Body({ of: { body, webhook_code: code } }: { of: Webhook }) {
  const text = JSON.stringify(body, null, 2)
  return (
    <Section title={`What Plaid sent: ${visible(code)}`} aside={<CopyButton text={text} />}>
      {/* Tab reaches it, so that arrows scroll it */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={css['json']} role="region" aria-label="Body" tabIndex={0}>
        {text.split('\n').map(visible).join('\n')}
      </pre>
      <Link to="/webhooks" search={({ id: _id, ...rest }) => rest} className={buttonClass()}>
        Close
      </Link>
    </Section>
  )
}

interface NothingProps {
  isFiltered: boolean
  status: WebhookStatus | undefined
}

function Nothing({ isFiltered, status }: NothingProps) {
  const { data: session } = useQuery(sessionQuery)
  if (isFiltered) {
    const clear = (
      <Link to="/webhooks" className={buttonClass()}>
        Clear filters
      </Link>
    )
    return <Empty title="No webhook fits" action={clear} />
  }
  if (status?.address !== null && status?.address !== '') {
    const world = session?.world === 'emulator' && (
      <Link to="/world" className={buttonClass()}>
        Let something happen
      </Link>
    )
    return (
      <Empty title="None has come yet" action={world === false ? undefined : world}>
        Plaid sends one when a bank has something new, and when a login ends.
      </Empty>
    )
  }
  return (
    <Empty title="Plaid does not know where to send them" command="TARTAN_PUBLIC_URL=https://…">
      Until it does, every bank is asked now and then: what is new comes late, and none of it is
      lost.
    </Empty>
  )
}
