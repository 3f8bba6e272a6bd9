// A new connection on one page: from where, to where, which streams and how, and when. Every choice
// has a good default, so that it can be made at once.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import {
  type Actor,
  actorsQuery,
  type Connection,
  connectionQuery,
  type Kind,
  makeConnection,
  type OfferedStream,
  sharedTablesQuery,
  startJob,
  streamsQuery,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Combobox } from '../parts/combobox.tsx'
import { Field, Select } from '../parts/field.tsx'
import { Leave } from '../parts/leave.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { brief } from '../words/hostile.ts'
import { inWords } from '../words/sync-mode.ts'
import {
  chosenStreams,
  keyOf,
  left,
  likeModel,
  manual,
  modesOf,
  usualOf,
} from './connection-begin.ts'
import { ScheduleFields, scheduleOf } from './connection-schedule.tsx'
import css from './connection.module.css'

export function NewConnection() {
  const { like } = useSearch({ from: '/connections/new' })
  const model = useQuery({ ...connectionQuery(like ?? ''), enabled: like !== undefined })
  const title = like === undefined ? 'New connection' : 'Duplicate a connection'
  return (
    <Page title={title} crumbs={[{ label: 'Syncs', to: '/connections' }]}>
      {like === undefined ? (
        <Known />
      ) : (
        <Shown query={model} rows={4}>
          {(connection) => <Known key={like} model={connection} />}
        </Shown>
      )}
    </Page>
  )
}

/** Where there is a model, all is as it is there, but for the name and what it has read. */
interface Modelled {
  model?: Connection | undefined
}

function Known({ model }: Modelled) {
  const sources = useQuery(actorsQuery('source'))
  const destinations = useQuery(actorsQuery('destination'))
  return (
    <Shown query={sources} rows={4} empty={(all) => (all[0] ? undefined : none('source'))}>
      {(from) => (
        <Shown
          query={destinations}
          rows={4}
          empty={(all) => (all[0] ? undefined : none('destination'))}
        >
          {(to) => <Ends sources={from} destinations={to} model={model} />}
        </Shown>
      )}
    </Shown>
  )
}

function none(kind: Kind) {
  const to = kind === 'source' ? '/sources/new' : '/destinations/new'
  return (
    <Empty title={`There is no ${kind} yet`} action={<PageLink to={to}>Make a {kind}</PageLink>}>
      A connection carries what a source offers to a destination.
    </Empty>
  )
}

interface EndsProps extends Modelled {
  sources: Actor[]
  destinations: Actor[]
}

function Ends({ sources, destinations, model }: EndsProps) {
  const search = useSearch({ from: '/connections/new' })
  const navigate = useNavigate()
  const of = (actors: Actor[], id: string | undefined) => actors.find((one) => one.id === id)
  const source = of(sources, search.source ?? model?.sourceId) ?? sources[0]
  const destination =
    of(destinations, search.destination ?? model?.destinationId) ?? destinations[0]
  if (source === undefined || destination === undefined) return null
  const choose = (kind: Kind) => (id: string) =>
    void navigate({
      to: '/connections/new',
      search: { ...search, [kind]: id },
      replace: true,
      ignoreBlocker: true,
    })
  return (
    <>
      {model && (
        <p>
          As <Bank text={model.name} /> is, in its streams, its schedule and its settings; it begins
          with nothing read, and the other goes on as it is.
        </p>
      )}
      <div className={css['form']}>
        <End label="From" actors={sources} chosen={source} onChoose={choose('source')} />
        <End
          label="To"
          actors={destinations}
          chosen={destination}
          onChoose={choose('destination')}
        />
        <p>
          <PageLink to="/sources/new">New source</PageLink> ·{' '}
          <PageLink to="/destinations/new">New destination</PageLink>
        </p>
      </div>
      <Rest key={`${source.id} ${destination.id}`} {...{ source, destination, model }} />
    </>
  )
}

interface EndProps {
  label: string
  actors: Actor[]
  chosen: Actor
  onChoose: (id: string) => void
}

function End({ label, actors, chosen, onChoose }: EndProps) {
  return (
    <Field label={label}>
      {(field) => (
        <Combobox
          {...field}
          value={chosen.id}
          options={actors.map(({ id: value, name: said }) => ({ value, label: said }))}
          onChange={onChoose}
        />
      )}
    </Field>
  )
}

interface RestProps extends Modelled {
  source: Actor
  destination: Actor
}

function Rest({ source, destination, model }: RestProps) {
  const offered = useQuery(streamsQuery(source.id, destination.id))
  const usual = usualOf(source, destination, model)
  const [name, setName] = useState(usual.name)
  const [prefix, setPrefix] = useState(usual.prefix)
  const [cron, setCron] = useState(usual.cron)
  const [follows, setFollows] = useState(usual.follows)
  const [modes, setModes] = useState<Record<string, string>>({})
  const [isMade, setMade] = useState(false)
  const isChanged =
    name !== usual.name ||
    prefix !== usual.prefix ||
    cron !== usual.cron ||
    follows !== usual.follows
  const isDraft = !isMade && (isChanged || Object.keys(modes).length > 0)
  const body = (streams: OfferedStream[]) => ({
    ...likeModel(model),
    name: name.trim(),
    prefix,
    sourceId: source.id,
    destinationId: destination.id,
    schedule: scheduleOf(cron),
    followsSource: follows,
    configurations: { streams: chosenStreams(streams, modes, model?.configurations.streams) },
  })
  return (
    <>
      <Leave isDraft={isDraft} />
      <Section title="Streams">
        <Shown query={offered} rows={4}>
          {(streams) => (
            <Streams
              streams={streams}
              modeOf={modesOf(modes, model?.configurations.streams)}
              choose={(stream, mode) => setModes({ ...modes, [keyOf(stream)]: mode })}
            />
          )}
        </Shown>
      </Section>
      <Section title="Schedule">
        <div className={css['form']}>
          <ScheduleFields {...{ cron, setCron, follows, setFollows }} />
        </div>
      </Section>
      <Section title="Name">
        <div className={css['form']}>
          <Text label="Name of the connection" value={name} onChange={setName} />
          <Text
            label="Prefix of tables"
            hint="Stands before the name of each table; may be empty."
            value={prefix}
            onChange={setPrefix}
          />
          {offered.data && <Shared body={body(offered.data)} />}
          <Make
            body={offered.data && body(offered.data)}
            isManual={cron === manual && !follows}
            onMade={() => setMade(true)}
          />
        </div>
      </Section>
    </>
  )
}

interface TextProps {
  label: string
  hint?: string
  value: string
  onChange: (value: string) => void
}

function Text({ label, hint, value, onChange }: TextProps) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(field) => (
        <input {...field} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  )
}

interface StreamsProps {
  streams: OfferedStream[]
  modeOf: (stream: OfferedStream) => string
  choose: (stream: OfferedStream, mode: string) => void
}

function Streams({ streams, modeOf, choose }: StreamsProps) {
  const columns: Column<OfferedStream>[] = [
    {
      title: 'Stream',
      cell: ({ streamName }) => (
        <b>
          <Bank text={streamName} />
        </b>
      ),
    },
    {
      title: 'How it is carried',
      cell: (stream) => (
        <Select
          label={`Mode of ${stream.streamName}`}
          value={modeOf(stream)}
          options={[
            [left, 'not at all'],
            ...stream.syncModes.map((mode): [string, string] => [mode, inWords(mode)]),
          ]}
          onChange={(mode) => choose(stream, mode)}
        />
      ),
    },
    {
      title: 'Key',
      cell: ({ sourceDefinedPrimaryKey: key }) =>
        key.length === 0 ? '–' : <code>{key.map((path) => path.join('.')).join(', ')}</code>,
    },
    { title: 'Fields', number: true, cell: ({ propertyFields }) => propertyFields.length },
  ]
  return <Table label="Streams" rows={streams} keyOf={keyOf} columns={columns} />
}

type Body = Parameters<typeof makeConnection>[0]

/** It is not refused: two sources may well be kept in one table. */
function Shared({ body }: { body: Body }) {
  const { destinationId, namespaceDefinition, namespaceFormat, prefix = '' } = body
  const streams = (body.configurations?.streams ?? []).map(({ name = '', namespace }) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
  }))
  const asked = {
    destinationId,
    prefix,
    streams,
    ...(namespaceDefinition === undefined ? {} : { namespaceDefinition }),
    ...(namespaceFormat === undefined ? {} : { namespaceFormat }),
  }
  const { data = [] } = useQuery({
    ...sharedTablesQuery(asked),
    enabled: streams.length > 0,
    placeholderData: keepPreviousData,
  })
  return (
    <div role="status">
      {data.map(({ connectionId, name, streams: shared }) => (
        <p key={connectionId} className={css['warning']}>
          <Shape tone="attention" />
          <span>
            <Bank text={name} /> writes {shared.map((one) => brief(one.name)).join(', ')} too: each
            sync of one changes what the other wrote. Another prefix keeps them apart.
          </span>
        </p>
      ))}
    </div>
  )
}

interface MakeProps {
  body: Body | undefined
  isManual: boolean
  onMade: () => void
}

function Make({ body, isManual, onMade }: MakeProps) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const done = ({ connectionId, name }: Connection) => {
    say(`${name} is made`)
    onMade()
    void client.invalidateQueries({ queryKey: ['connections'] })
    return { to: '/connections/$id', params: { id: connectionId }, ignoreBlocker: true } as const
  }
  const make = useMutation({
    mutationFn: async ({ sync }: { sync: boolean }) => {
      if (body === undefined) return
      const made = await makeConnection(body)
      const page = done(made)
      // it is made, whether or not its first job begins
      const job = sync ? await startJob(made.connectionId).catch(sayTrouble) : undefined
      if (job === undefined) return navigate(page)
      await client.invalidateQueries({ queryKey: ['jobs'] })
      return navigate({ to: '/jobs/$id', params: { id: String(job.jobId) }, ignoreBlocker: true })
    },
    onError: sayTrouble,
  })
  const refused =
    useMay('admin') ??
    (body === undefined ? 'What the source offers is not known yet.' : undefined) ??
    (body?.configurations?.streams.length === 0 ? 'No stream is chosen.' : undefined)
  useActions([
    { label: 'Make and sync', key: 'm', run: () => make.mutate({ sync: true }), refused },
  ])
  const press = (sync: boolean) => ({
    refused,
    busy: make.isPending,
    onClick: () => make.mutate({ sync }),
  })
  return (
    <div className={css['buttons']}>
      <Button look="main" icon="play" {...press(true)}>
        Make and sync
      </Button>
      <Button {...press(false)}>{isManual ? 'Make' : 'Make, and wait for its schedule'}</Button>
    </div>
  )
}
