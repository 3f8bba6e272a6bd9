// Alerts: what is wrong at this moment with what to do, who is told of it, what is kept quiet, and
// what is over.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  alertsQuery,
  type AlertView,
  type SilenceView,
  testWays,
  unsilence,
  type WayView,
} from '../api/alerts.ts'
import { useMay } from '../api/may.ts'
import { queryClient } from '../api/query-client.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank, Coded, Count, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import type { Told } from '../words/status.ts'
import { Silencing } from './alerts-silence.tsx'

const severities: Record<AlertView['severity'], Told> = {
  critical: { tone: 'failed', word: 'critical' },
  warning: { tone: 'attention', word: 'warning' },
  info: { tone: 'off', word: 'for your information' },
}

function askAgain(): void {
  void queryClient.invalidateQueries({ queryKey: ['alerts'] })
}

export function Alerts() {
  const query = useQuery(alertsQuery)
  const may = useMay('operator')
  const [asked, setAsked] = useState<AlertView>()
  const test = useMutation({
    mutationFn: testWays,
    onSuccess: () => {
      say('A message is on its way to whoever is told')
      askAgain()
    },
    onError: sayTrouble,
  })
  useActions([{ label: 'Send a test', key: 't', run: () => test.mutate(), refused: may }])
  const send = (
    <Button refused={may} busy={test.isPending} onClick={() => test.mutate()}>
      Send a test
    </Button>
  )
  return (
    <Page title="Alerts" wide actions={send}>
      <Shown query={query} rows={4}>
        {({ firing, ended, silences, ways }) => (
          <>
            <Section title="Firing">
              {firing.length === 0 ? (
                <p>
                  <StatusMark told={{ tone: 'fresh', word: 'Nothing is wrong' }} />
                </p>
              ) : (
                <Table
                  label="Firing"
                  columns={firingColumns(may, setAsked)}
                  rows={firing}
                  keyOf={({ id }) => id}
                />
              )}
            </Section>
            <Silences of={silences} may={may} />
            <Ways of={ways} />
            {ended.length > 0 && (
              <Section title="Over">
                <Table label="Over" columns={endedColumns} rows={ended} keyOf={({ id }) => id} />
              </Section>
            )}
          </>
        )}
      </Shown>
      {asked && <Silencing of={asked} onClose={() => setAsked(undefined)} />}
    </Page>
  )
}

function What({ of: { title, detail, todo } }: { of: AlertView }) {
  return (
    <div>
      <b>
        <Bank text={title} whole />
      </b>
      {detail !== null && (
        <p>
          <Bank text={detail} whole />
        </p>
      )}
      <p>
        <Coded text={todo} />
      </p>
    </div>
  )
}

function firingColumns(
  may: string | undefined,
  ask: (alert: AlertView) => void,
): Column<AlertView>[] {
  return [
    {
      title: 'Severity',
      cell: ({ severity, well_since: well }) => (
        <StatusMark told={well === null ? severities[severity] : ENDING} quiet />
      ),
    },
    { title: 'What', prose: true, cell: (alert) => <What of={alert} /> },
    { title: 'Since', cell: ({ since }) => <When at={since} /> },
    { title: 'Told', minor: true, cell: ({ told_at: at }) => <When at={at} /> },
    {
      title: '',
      number: true,
      cell: (alert) =>
        alert.silence_id === null ? (
          <Button refused={may} aria-label={`Silence ${alert.title}`} onClick={() => ask(alert)}>
            Silence
          </Button>
        ) : (
          'silenced'
        ),
    },
  ]
}

/** Told to be over when it stays so for a while. */
const ENDING: Told = { tone: 'running', word: 'well again' }

const endedColumns: Column<AlertView>[] = [
  { title: 'What', prose: true, cell: ({ title }) => <Bank text={title} whole /> },
  { title: 'Since', cell: ({ since }) => <When at={since} /> },
  { title: 'Over', cell: ({ ended_at: at }) => <When at={at} /> },
]

function Silences({ of, may }: { of: SilenceView[]; may: string | undefined }) {
  const end = useMutation({
    mutationFn: unsilence,
    onSuccess: () => {
      say('The silence has ended')
      askAgain()
    },
    onError: sayTrouble,
  })
  if (of.length === 0) return null
  const columns: Column<SilenceView>[] = [
    {
      title: 'Rule',
      cell: ({ rule, labels }) => (
        <span>
          {rule}
          {labels !== null && (
            <>
              {' · '}
              <Bank text={Object.values(labels).join(' ')} />
            </>
          )}
        </span>
      ),
    },
    { title: 'Why', cell: ({ reason }) => <Bank text={reason} whole /> },
    { title: 'By', minor: true, cell: ({ made_by: by }) => <Bank text={by} /> },
    { title: 'Ends', cell: ({ ends_at: at }) => <When at={at} /> },
    {
      title: '',
      number: true,
      cell: ({ id, rule }) => (
        <Button
          refused={may}
          busy={end.isPending && end.variables === id}
          aria-label={`End the silence of ${rule}`}
          onClick={() => end.mutate(id)}
        >
          End
        </Button>
      ),
    },
  ]
  return (
    <Section title="Silences">
      <Table label="Silences" columns={columns} rows={of} keyOf={({ id }) => id} />
    </Section>
  )
}

const wayColumns: Column<WayView>[] = [
  { title: 'Way', cell: ({ way }) => <b>{way}</b> },
  { title: 'State', cell: (way) => <StatusMark told={toldOf(way)} quiet /> },
  { title: 'Waiting', number: true, cell: ({ waiting }) => <Count value={waiting} /> },
  { title: 'Last taken', cell: ({ sent_at: at }) => <When at={at} /> },
  { title: 'Why not', cell: ({ error }) => error ?? '–' },
]

function toldOf({ waiting, error, sent_at: sent }: WayView): Told {
  if (error !== null && waiting > 0) return { tone: 'failed', word: 'does not take it' }
  if (waiting > 0) return { tone: 'running', word: 'on its way' }
  return sent === null ? { tone: 'off', word: 'not used yet' } : { tone: 'fresh', word: 'takes it' }
}

function Ways({ of }: { of: WayView[] }) {
  return (
    <Section title="Who is told">
      {of.length === 0 ? (
        <Empty title="Nobody is told" command="./tartan options">
          Name an e-mail address, a Slack webhook, an address or a command in the options: the page
          docs/alerts.md says how.
        </Empty>
      ) : (
        <Table label="Who is told" columns={wayColumns} rows={of} keyOf={({ way }) => way} />
      )}
    </Section>
  )
}
