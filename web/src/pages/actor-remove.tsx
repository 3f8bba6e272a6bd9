// The end of a source or destination, which takes its connections along: said before it is done.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { deleteActor } from '../api/actor.ts'
import { type Actor, type Connection, connectionsQuery, type Kind } from '../api/engine.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Bank } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'

interface Props {
  kind: Kind
  actor: Actor
  isOpen: boolean
  onClose: () => void
  onDone?: () => void
}

export function RemoveActor({ kind, actor, isOpen, onClose, onDone }: Props) {
  const client = useQueryClient()
  const connections = useQuery(connectionsQuery)
  const remove = useMutation({
    mutationFn: () => deleteActor(kind, actor.id),
    onSuccess: () => {
      say(`The ${kind} is deleted`)
      onClose()
      onDone?.()
      void client.invalidateQueries({ queryKey: ['actors', kind], exact: true })
      void client.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: sayTrouble,
  })
  const unknown = connections.data === undefined ? 'What goes with it is not known yet.' : undefined
  return (
    <Dialog
      title={`Delete the ${kind}?`}
      open={isOpen}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            refused={unknown}
            busy={remove.isPending}
            onClick={() => remove.mutate()}
          >
            Delete the {kind}
          </Button>
        </>
      }
    >
      <Shown query={connections} rows={2}>
        {(all) => <Going kind={kind} actor={actor} with={usersOf(all, kind, actor.id)} />}
      </Shown>
    </Dialog>
  )
}

export function usersOf(connections: Connection[], kind: Kind, id: string): Connection[] {
  const key = kind === 'source' ? 'sourceId' : 'destinationId'
  return connections.filter((connection) => connection[key] === id)
}

function Going({ kind, actor, with: going }: { kind: Kind; actor: Actor; with: Connection[] }) {
  if (going.length === 0) {
    return (
      <p>
        No connection uses <Bank text={actor.name} />. Its configuration is lost; nothing else
        changes.
      </p>
    )
  }
  return (
    <>
      <p>
        With <Bank text={actor.name} /> go the connections that use this {kind}:
      </p>
      <ul>
        {going.map(({ connectionId, name }) => (
          <li key={connectionId}>
            <b>
              <Bank text={name} />
            </b>
          </li>
        ))}
      </ul>
      <p>
        What runs of them is cancelled. The tables and their rows stay in the warehouse, and the
        jobs stay readable.
      </p>
    </>
  )
}
