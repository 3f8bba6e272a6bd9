// A connection's name, what becomes of schema changes, whether it runs at all, and its end.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import {
  changeConnection,
  type Connection,
  connectionQuery,
  deleteConnection,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { type Edits, useEdits } from '../parts/edits.ts'
import { Editing, Field } from '../parts/field.tsx'
import { Facts, Section } from '../parts/page.tsx'
import { Bank, Id } from '../parts/said.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import css from './connection.module.css'

const behaviours: [string, string][] = [
  ['propagate_columns', 'new columns come along'],
  ['propagate_fully', 'new columns and streams come along'],
  ['ignore', 'nothing changes here'],
  ['disable_connection', 'the connection is disabled'],
]

export function SettingsTab({ connection }: { connection: Connection }) {
  const edits = useEdits<Draft>({
    name: connection.name,
    nonBreakingSchemaUpdatesBehavior: connection.nonBreakingSchemaUpdatesBehavior,
    status: connection.status,
    postSyncCommand: connection.postSyncCommand ?? '',
  })
  const { changes, isSame } = edits
  const client = useQueryClient()
  const may = useMay('admin')
  const save = useMutation({
    mutationFn: (sent: Partial<Draft>) => changeConnection(connection.connectionId, sent),
    onSuccess: (answer, sent) => {
      say('The settings are saved')
      client.setQueryData(connectionQuery(answer.connectionId).queryKey, answer)
      edits.forget(sent)
      void client.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: sayTrouble,
  })
  return (
    <>
      <div className={css['form']}>
        <Editing refused={may}>
          <Fields {...edits} />
        </Editing>
        <div className={css['buttons']}>
          <Button
            look="main"
            refused={may ?? (isSame ? 'Nothing is changed.' : undefined)}
            busy={save.isPending}
            onClick={() => save.mutate(changes)}
          >
            Save the settings
          </Button>
          {!isSame && <Button onClick={edits.undo}>Undo</Button>}
        </div>
      </div>
      <Facts
        of={[
          [
            'Namespace',
            <Bank key="n" text={connection.namespaceFormat ?? connection.namespaceDefinition} />,
          ],
          [
            'Prefix of tables',
            connection.prefix === '' ? 'none' : <Bank key="p" text={connection.prefix} />,
          ],
          ['connectionId', <Id key="i" text={connection.connectionId} />],
        ]}
      />
      <Remove connection={connection} refused={may} />
    </>
  )
}

interface Draft extends Pick<Connection, 'name' | 'status'> {
  nonBreakingSchemaUpdatesBehavior: string
  /** Empty: none. */
  postSyncCommand: string
}

function Fields({ draft, edit }: Edits<Draft>) {
  return (
    <>
      <Field label="Name">
        {(field) => (
          <input
            {...field}
            value={draft.name}
            onChange={(event) => edit({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="When the source offers something new">
        {(field) => (
          <select
            {...field}
            value={draft.nonBreakingSchemaUpdatesBehavior}
            onChange={(event) => edit({ nonBreakingSchemaUpdatesBehavior: event.target.value })}
          >
            {behaviours.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="After each sync"
        hint="dbt, or another command that this machine’s configuration names; empty: nothing"
      >
        {(field) => (
          <input
            {...field}
            value={draft.postSyncCommand}
            onChange={(event) => edit({ postSyncCommand: event.target.value.trim() })}
          />
        )}
      </Field>
      <label>
        <input
          type="checkbox"
          checked={draft.status === 'active'}
          onChange={(event) => edit({ status: event.target.checked ? 'active' : 'inactive' })}
        />{' '}
        It runs by its schedule
      </label>
    </>
  )
}

function Remove({ connection, refused }: { connection: Connection; refused: string | undefined }) {
  const [isAsked, setAsked] = useState(false)
  const navigate = useNavigate()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteConnection(connection.connectionId),
    onSuccess: () => {
      say('The connection is deleted')
      void client.invalidateQueries({ queryKey: ['connections'] })
      void navigate({ to: '/connections' })
    },
    onError: sayTrouble,
  })
  const close = () => setAsked(false)
  return (
    <Section title="End it">
      <div className={css['buttons']}>
        <Button look="danger" refused={refused} onClick={() => setAsked(true)}>
          Delete the connection
        </Button>
      </div>
      <Dialog
        title="Delete the connection?"
        open={isAsked}
        onClose={close}
        foot={
          <>
            <Button onClick={close}>Keep it</Button>
            <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              Delete the connection
            </Button>
          </>
        }
      >
        <p>
          <Bank text={connection.name} /> is not synced any more. Its tables and their rows stay in
          the warehouse; its jobs stay readable. What it remembers of its position is lost.
        </p>
      </Dialog>
    </Section>
  )
}
