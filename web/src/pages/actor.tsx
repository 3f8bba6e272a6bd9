// One source or destination, new or kept: its form, which connections use it, and its end.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { actorQuery, definitionsQuery, type Draft } from '../api/actor.ts'
import { type Actor, connectionsQuery, type Kind } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Facts, Page, Section } from '../parts/page.tsx'
import { Bank, Id } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { brief } from '../words/hostile.ts'
import { type Values, withoutMasked } from '../words/spec.ts'
import { ActorForm } from './actor-form.tsx'
import { RemoveActor, usersOf } from './actor-remove.tsx'
import { Connector } from './actors.tsx'
import form from './connection.module.css'

const crumbs = [
  { label: 'Syncs', to: '/connections' },
  { label: 'Sources and destinations', to: '/actors' },
]
const pathOf = { source: '/sources/$id', destination: '/destinations/$id' } as const

export function NewSource() {
  return <New kind="source" />
}

export function NewDestination() {
  return <New kind="destination" />
}

export function SourcePage() {
  return <Kept kind="source" />
}

export function DestinationPage() {
  return <Kept kind="destination" />
}

function New({ kind }: { kind: Kind }) {
  const { definition, from } = useSearch({ strict: false })
  const definitions = useQuery(definitionsQuery(kind))
  const copied = useQuery(actorQuery(kind, from ?? ''))
  const navigate = useNavigate()
  const choose = (id: string) =>
    navigate({ to: `/${kind}s/new`, search: { definition: id }, replace: true })
  const done = ({ id }: Actor) =>
    navigate({ to: pathOf[kind], params: { id }, replace: true, ignoreBlocker: true })
  const query = from === undefined ? definitions : copied
  return (
    <Page title={`New ${kind}`} crumbs={crumbs}>
      <Shown query={query as typeof definitions} rows={8}>
        {() => {
          const at = copied.data?.definitionId ?? definition ?? definitions.data?.[0]?.id
          if (at === undefined) return <Empty title={`There is no connector of a ${kind}`} />
          return (
            <>
              {from === undefined && (
                <Connectors kind={kind} chosen={at} onChoose={(id) => void choose(id)} />
              )}
              <ActorForm
                key={at}
                saved={begun(kind, at, copied.data)}
                onSaved={(actor) => void done(actor)}
              />
            </>
          )
        }}
      </Shown>
    </Page>
  )
}

/** Of a copy everything but its secrets. */
function begun(kind: Kind, definitionId: string, from: Actor | undefined): Draft {
  if (from === undefined) {
    const name = kind === 'source' ? 'New source' : 'New destination'
    return { kind, definitionId, name, configuration: {} }
  }
  const configuration = withoutMasked(from.configuration) as Values
  return { kind, definitionId, name: `${from.name}, copy`, configuration }
}

interface ConnectorsProps {
  kind: Kind
  chosen: string
  onChoose: (id: string) => void
}

function Connectors({ kind, chosen, onChoose }: ConnectorsProps) {
  const { data: definitions = [] } = useQuery(definitionsQuery(kind))
  return (
    <div className={form['form']}>
      <Field label="Connector">
        {(field) => (
          <select {...field} value={chosen} onChange={(event) => onChoose(event.target.value)}>
            {definitions.map(({ id, name, version }) => (
              <option key={id} value={id}>
                {brief(`${name} ${version}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}

function Kept({ kind }: { kind: Kind }) {
  const { id = '' } = useParams({ strict: false })
  const query = useQuery(actorQuery(kind, id))
  const name = query.data?.name ?? (kind === 'source' ? 'Source' : 'Destination')
  return (
    <Page
      title={name}
      emblem={<Sett of={id} size={36} />}
      crumbs={crumbs}
      actions={query.data && <Actions kind={kind} actor={query.data} />}
    >
      <Shown query={query} rows={8}>
        {(actor) => <Whole key={id} kind={kind} actor={actor} />}
      </Shown>
    </Page>
  )
}

interface Props {
  kind: Kind
  actor: Actor
}

function Whole({ kind, actor }: Props) {
  const [round, setRound] = useState(0)
  const { id, name, definitionId, configuration } = actor
  return (
    <>
      <ActorForm
        key={round}
        saved={{ kind, id, definitionId, name, configuration }}
        onSaved={() => setRound(round + 1)}
      />
      <Section title="Used by">
        <Users kind={kind} actor={actor} />
      </Section>
      <Facts
        of={[
          ['Connector', <Connector key="c" kind={kind} actor={actor} />],
          [`${kind}Id`, <Id key="i" text={id} />],
        ]}
      />
    </>
  )
}

function Users({ kind, actor }: Props) {
  const query = useQuery(connectionsQuery)
  return (
    <Shown
      query={query}
      rows={1}
      empty={(all) =>
        usersOf(all, kind, actor.id).length > 0 ? undefined : <p>No connection yet.</p>
      }
    >
      {(all) => (
        <ul>
          {usersOf(all, kind, actor.id).map(({ connectionId, name }) => (
            <li key={connectionId}>
              <Link to="/connections/$id" params={{ id: connectionId }}>
                <Bank text={name} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Shown>
  )
}

function Actions({ kind, actor }: Props) {
  const [isAsked, setAsked] = useState(false)
  const navigate = useNavigate()
  const may = useMay('admin')
  const copy = () => void navigate({ to: `/${kind}s/new`, search: { from: actor.id } })
  useActions([{ label: 'Duplicate it', key: 'd', run: copy, refused: may }])
  return (
    <>
      <PageLink to="/connections/new" search={{ [kind]: actor.id }} look="plain">
        Connect it
      </PageLink>
      <Button icon="copy" refused={may} onClick={copy}>
        Duplicate
      </Button>
      <Button look="danger" refused={may} onClick={() => setAsked(true)}>
        Delete
      </Button>
      <RemoveActor
        kind={kind}
        actor={actor}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        onDone={() => void navigate({ to: '/actors', ignoreBlocker: true })}
      />
    </>
  )
}
