// Sources and destinations: what the connections join, and whether each can be reached now.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { definitionsQuery } from '../api/actor.ts'
import { type Actor, actorsQuery, checkActor, connectionsQuery, type Kind } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Bank } from '../parts/said.tsx'
import { RowMenu } from '../parts/row-menu.tsx'
import { Sett } from '../parts/sett.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, RowLink, Table } from '../parts/table.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { plural } from '../words/numbers.ts'
import { RemoveActor, usersOf } from './actor-remove.tsx'
import css from './bank.module.css'

export function Actors() {
  const navigate = useNavigate()
  const may = useMay('admin')
  useActions([
    {
      label: 'New source',
      key: 'n',
      run: () => void navigate({ to: '/sources/new' }),
      refused: may,
    },
    {
      label: 'New destination',
      key: 'N',
      run: () => void navigate({ to: '/destinations/new' }),
      refused: may,
    },
  ])
  return (
    <Page title="Sources and destinations" wide crumbs={[{ label: 'Syncs', to: '/connections' }]}>
      <Section
        title="Sources"
        aside={
          <PageLink to="/sources/new" look="plain">
            New source
          </PageLink>
        }
      >
        <List kind="source" />
      </Section>
      <Section
        title="Destinations"
        aside={
          <PageLink to="/destinations/new" look="plain">
            New destination
          </PageLink>
        }
      >
        <List kind="destination" />
      </Section>
    </Page>
  )
}

function List({ kind }: { kind: Kind }) {
  const query = useQuery(actorsQuery(kind))
  const columns: Column<Actor>[] = [
    {
      title: 'Name',
      cell: ({ id, name }) => (
        <RowLink to={`/${kind}s/$id`} params={{ id }}>
          <Sett of={id} size={20} />
          <Bank text={name} />
        </RowLink>
      ),
    },
    { title: 'Connector', cell: (actor) => <Connector kind={kind} actor={actor} /> },
    { title: 'Used by', cell: ({ id }) => <Users kind={kind} id={id} /> },
    { title: 'Now', number: true, cell: ({ id }) => <Test kind={kind} id={id} /> },
    { title: '', number: true, cell: (actor) => <More kind={kind} actor={actor} /> },
  ]
  return (
    <Shown
      query={query}
      rows={1}
      empty={(actors) =>
        actors.length > 0 ? undefined : (
          <Empty title={`There is no ${kind} yet`} command="make airbyte-setup" />
        )
      }
    >
      {(actors) => (
        <Table label={`${kind}s`} columns={columns} rows={actors} keyOf={({ id }) => id} />
      )}
    </Shown>
  )
}

/** By its name: not every connector has a type. */
export function Connector({ kind, actor }: { kind: Kind; actor: Actor }) {
  const { data = [] } = useQuery(definitionsQuery(kind))
  const known = data.find(({ id }) => id === actor.definitionId)
  return <Bank text={known?.name ?? actor.type} />
}

function Users({ kind, id }: { kind: Kind; id: string }) {
  const { data: connections = [] } = useQuery(connectionsQuery)
  return plural(usersOf(connections, kind, id).length, 'connection')
}

/** Asks the connector itself, with the configuration that is kept. */
function Test({ kind, id }: { kind: Kind; id: string }) {
  const may = useMay('operator')
  const test = useMutation({ mutationFn: () => checkActor(kind, id), onError: sayTrouble })
  const told =
    test.data?.status === 'succeeded'
      ? ({ tone: 'fresh', word: 'reached' } as const)
      : ({ tone: 'failed', word: 'failed' } as const)
  return (
    <span className={css['test']}>
      {test.data && (
        <>
          <StatusMark told={told} quiet />
          {test.data.message !== undefined && <Bank text={test.data.message} />}
        </>
      )}
      <Button refused={may} busy={test.isPending} onClick={() => test.mutate()}>
        Test
      </Button>
    </span>
  )
}

function More({ kind, actor }: { kind: Kind; actor: Actor }) {
  const [isAsked, setAsked] = useState(false)
  const navigate = useNavigate()
  const may = useMay('admin')
  const { id, name } = actor
  return (
    <>
      <RowMenu
        of={name}
        id={id}
        choices={[
          { label: 'Connect it', run: () => void navigate(connecting(kind, id)), refused: may },
          {
            label: 'Duplicate',
            run: () => void navigate({ to: `/${kind}s/new`, search: { from: id } }),
            refused: may,
          },
          { label: 'Delete', run: () => setAsked(true), refused: may, danger: true },
        ]}
      />
      <RemoveActor kind={kind} actor={actor} isOpen={isAsked} onClose={() => setAsked(false)} />
    </>
  )
}

function connecting(kind: Kind, id: string) {
  return { to: '/connections/new', search: { [kind]: id } } as const
}
