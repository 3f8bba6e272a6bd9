// World: the emulated banks' clock and faults, beside what they do here.
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useMay } from '../api/may.ts'
import { itemPagesQuery, living } from '../api/plaid.ts'
import { sessionQuery } from '../api/session.ts'
import { emulatorPage, type Fault, worldQuery } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { Toolbar } from '../parts/field.tsx'
import { LinkABank } from '../parts/next-step.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { duration } from '../words/numbers.ts'
import { itemTold } from '../words/status.ts'
import { day } from '../words/times.ts'
import type { Item } from '../api/plaid.ts'
import { useCommand } from './world-command.ts'
import { Breaks, MakeTransaction } from './world-break.tsx'
import { Month } from './world-month.tsx'

const steps: [string, string][] = [
  ['1h', 'An hour'],
  ['1d', 'A day'],
  ['7d', 'A week'],
  ['30d', 'Thirty days'],
]

export function World() {
  const { data: session } = useQuery(sessionQuery)
  const command = useCommand()
  const may = useMay('operator')
  const date = session?.bank_date
  const { data: world } = useQuery(worldQuery)
  const open = useMutation({
    mutationFn: emulatorPage,
    onSuccess: ({ url }) => void window.open(url, '_blank', 'noopener'),
    onError: sayTrouble,
  })
  return (
    <Page
      title="World"
      aside={
        date !== undefined && (
          <span>
            bank clock {day(date, true)}
            {world?.clock !== undefined && `, ${world.clock}`}
          </span>
        )
      }
      actions={
        <Button refused={may} busy={open.isPending} onClick={() => open.mutate()}>
          The emulator’s own page
        </Button>
      }
    >
      <p>
        The banks here are emulated: their time moves when you move it, and they break when you
        break them. Everything else is as with real ones.
      </p>
      <Section title="Let a month pass">
        <Month />
      </Section>
      <Section title="Move the clock alone">
        <Toolbar label="Clock">
          {world?.clock !== undefined && <StopOrGo clock={world.clock} />}
          {steps.map(([step, label]) => (
            <Button
              key={step}
              icon="clock"
              refused={may}
              busy={command.isPending}
              onClick={() => command.mutate({ advance: step })}
            >
              {label}
            </Button>
          ))}
        </Toolbar>
      </Section>
      <Section title="Break a bank">
        <Banks />
      </Section>
      <Section title="Break what lies between">
        <Breaks />
      </Section>
      <Section title="Make a transaction">
        <MakeTransaction />
      </Section>
      <Section title="Faults that wait">
        <Faults />
      </Section>
    </Page>
  )
}

/** The banks’ clock: a standing one is moved only by hand. */
function StopOrGo({ clock }: { clock: 'stands' | 'runs' }) {
  const command = useCommand()
  const runs = clock === 'runs'
  return (
    <Button
      icon={runs ? 'stop' : 'play'}
      refused={useMay('operator')}
      busy={command.isPending}
      onClick={() => command.mutate({ clock: runs ? 'stands' : 'runs' })}
    >
      {runs ? 'Stop it' : 'Let it run'}
    </Button>
  )
}

function Break({ item }: { item: Item }) {
  const command = useCommand()
  const may = useMay('operator')
  const { data: world } = useQuery(worldQuery)
  const isDown = world?.institutions?.[item.institution_id ?? ''] === 'DOWN'
  return (
    <Toolbar label={`Break ${item.institution_name ?? 'this bank'}`}>
      <Button
        refused={may}
        onClick={() => command.mutate({ reset_login: { item_id: item.item_id } })}
      >
        End its login
      </Button>
      <Button
        refused={may}
        onClick={() =>
          command.mutate({
            institution: {
              institution_id: item.institution_id,
              health: isDown ? 'healthy' : 'down',
            },
          })
        }
      >
        {isDown ? 'Bring it up again' : 'Take it down'}
      </Button>
    </Toolbar>
  )
}

function Banks() {
  const query = useInfiniteQuery(itemPagesQuery({ standing: living }))
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const columns: Column<Item>[] = [
    {
      title: 'Bank',
      cell: (item) => (
        <RowLink to="/banks/$item" params={{ item: item.item_id }}>
          <Sett of={item.institution_id ?? item.item_id} size={20} />
          <Bank text={item.institution_name} />
        </RowLink>
      ),
    },
    { title: 'As it is here', cell: (item) => <StatusMark told={itemTold(item)} quiet /> },
    { title: 'Break it', cell: (item) => <Break item={item} /> },
  ]
  return (
    <Shown
      query={query}
      rows={3}
      empty={({ pages }) => ((pages[0]?.items.length ?? 0) > 0 ? undefined : <NoBank />)}
    >
      {({ pages }) => (
        <>
          <Table
            label="Banks"
            columns={columns}
            rows={pages.flatMap(({ items }) => items)}
            paged
            keyOf={(item) => item.item_id}
          />
          {hasNextPage && (
            <p>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                Show more
              </Button>
            </p>
          )}
        </>
      )}
    </Shown>
  )
}

function NoBank() {
  return <Empty title="No bank is linked yet" action={<LinkABank />} />
}

function Faults() {
  const query = useQuery(worldQuery)
  const command = useCommand()
  const may = useMay('operator')
  return (
    <Shown query={query} rows={1}>
      {({ faults }) =>
        faults.length === 0 ? (
          <p>None: every call is answered.</p>
        ) : (
          <Toolbar label="Faults">
            <span>{faults.map(said).join(', ')}</span>
            <Button refused={may} onClick={() => command.mutate({ clear_faults: {} })}>
              Mend all
            </Button>
          </Toolbar>
        )
      }
    </Shown>
  )
}

/** By its code; a slow one by how slow it is. */
function said({ error_code: code, latency_ms: ms, endpoint }: Fault): string {
  return code ?? (ms > 0 ? `answers take ${duration(ms)}` : endpoint)
}
