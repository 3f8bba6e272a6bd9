// What a connection carries: its streams, how each is read, and by what its rows are told apart. A
// changed mode says what the next sync will do before it is saved.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  changeConnection,
  type Connection,
  type ConnectionStream,
  type OfferedStream,
  type StreamChange,
  streamsQuery,
} from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { Button } from '../parts/button.tsx'
import { Editing, Select } from '../parts/field.tsx'
import { Bank } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { inWords } from '../words/sync-mode.ts'
import css from './connection.module.css'

interface Line {
  name: string
  namespace: string | undefined
  modes: string[]
  fields: number
  chosen: ConnectionStream | undefined
}

export function StreamsTab({ connection }: { connection: Connection }) {
  const { connectionId, sourceId, destinationId, configurations } = connection
  const offered = useQuery(streamsQuery(sourceId, destinationId))
  const [draft, setDraft] = useState<Record<string, string>>({})
  const may = useMay('admin')
  const lines = (streams: OfferedStream[]) => linesOf(streams, configurations.streams)
  return (
    <Shown query={offered} rows={4}>
      {(streams) => (
        <>
          <Editing refused={may}>
            <Table
              label="Streams"
              rows={lines(streams)}
              keyOf={keyOf}
              columns={columnsOf(draft, setDraft)}
            />
          </Editing>
          {Object.keys(draft).length > 0 && (
            <Save
              key={JSON.stringify(draft)}
              id={connectionId}
              streams={changed(lines(streams), draft)}
              onDone={() => setDraft({})}
            />
          )}
        </>
      )}
    </Shown>
  )
}

/** Two streams may have one name, in two namespaces. */
function keyOf({ name, namespace = '' }: { name: string; namespace?: string | undefined }): string {
  return JSON.stringify([namespace, name])
}

/** What the source offers; and what is carried although it does not offer it now, which stays. */
function linesOf(offered: OfferedStream[], carried: ConnectionStream[]): Line[] {
  const chosen = new Map(carried.map((stream) => [keyOf(stream), stream]))
  const lines = offered.map(({ streamName, streamnamespace, syncModes, propertyFields }): Line => {
    const id = { name: streamName, namespace: streamnamespace }
    const fields = propertyFields.length
    return { ...id, modes: syncModes, fields, chosen: chosen.get(keyOf(id)) }
  })
  const known = new Set(lines.map(keyOf))
  const missing = carried.filter((stream) => !known.has(keyOf(stream)))
  return [
    ...lines,
    ...missing.map(({ name, namespace, syncMode, selectedFields }) => ({
      name,
      namespace,
      modes: [syncMode],
      fields: selectedFields.length,
      chosen: chosen.get(keyOf({ name, namespace })),
    })),
  ]
}

const left = 'left'

function columnsOf(
  draft: Record<string, string>,
  setDraft: (draft: Record<string, string>) => void,
): Column<Line>[] {
  const modeOf = (line: Line) => draft[keyOf(line)] ?? line.chosen?.syncMode ?? left
  const choose = (line: Line) => (mode: string) => {
    const key = keyOf(line)
    const { [key]: _old, ...rest } = draft
    const isSaved = mode === (line.chosen?.syncMode ?? left)
    setDraft(isSaved ? rest : { ...rest, [key]: mode })
  }
  return [
    {
      title: 'Stream',
      cell: ({ name, namespace }) => (
        <>
          <b>
            <Bank text={name} />
          </b>
          {namespace !== undefined && (
            <>
              {' in '}
              <Bank text={namespace} />
            </>
          )}
        </>
      ),
    },
    {
      title: 'How it is carried',
      cell: (line) => (
        <Select
          label={`Mode of ${line.name}`}
          value={modeOf(line)}
          options={[
            [left, 'not at all'],
            ...line.modes.map((mode): [string, string] => [mode, inWords(mode)]),
          ]}
          onChange={choose(line)}
        />
      ),
    },
    { title: 'Key', cell: ({ chosen }) => path(chosen?.primaryKey.map((one) => one.join('.'))) },
    { title: 'Cursor', minor: true, cell: ({ chosen }) => path(chosen?.cursorField) },
    {
      title: 'Fields',
      number: true,
      cell: ({ fields, chosen }) =>
        chosen && chosen.selectedFields.length > 0
          ? `${chosen.selectedFields.length} of ${fields}`
          : fields,
    },
  ]
}

function path(names: string[] = []) {
  return names.length === 0 ? '–' : <code>{names.join(', ')}</code>
}

function changed(lines: Line[], draft: Record<string, string>): Partial<ConnectionStream>[] {
  return lines.flatMap((line) => {
    const { name, namespace, chosen } = line
    const syncMode = draft[keyOf(line)] ?? chosen?.syncMode ?? left
    if (syncMode === left) return []
    const { cursorField, primaryKey, selectedFields = [] } = chosen ?? {}
    return [
      {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        syncMode,
        ...(cursorField === undefined ? {} : { cursorField }),
        ...(primaryKey === undefined ? {} : { primaryKey }),
        ...(selectedFields.length === 0 ? {} : { selectedFields }),
      },
    ]
  })
}

interface SaveProps {
  id: string
  streams: Partial<ConnectionStream>[]
  onDone: () => void
}

function Save({ id, streams, onDone }: SaveProps) {
  const client = useQueryClient()
  const change = (dryRun: boolean) => changeConnection(id, { configurations: { streams } }, dryRun)
  const will = useQuery({
    queryKey: ['dry run', id, streams],
    queryFn: () => change(true),
    retry: false,
  })
  const save = useMutation({
    mutationFn: () => change(false),
    onSuccess: () => {
      say('The streams are saved')
      onDone()
      void client.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: sayTrouble,
  })
  return (
    <Shown query={will} rows={2}>
      {({ streamChanges }) => (
        <>
          <div className={css['will']}>
            <h3>What the next sync will do</h3>
            {streamChanges.map((one) => (
              <p key={one.name}>
                <b>
                  <Bank text={one.name} />
                </b>
                : {decision(one)}
              </p>
            ))}
          </div>
          <div className={css['buttons']}>
            <Button look="main" busy={save.isPending} onClick={() => save.mutate()}>
              Save the streams
            </Button>
            <Button onClick={onDone}>Undo</Button>
          </div>
        </>
      )}
    </Shown>
  )
}

const decisions: Record<string, string> = {
  none: 'goes on where it was',
  read_again: 'is read again from the beginning; the table stays readable',
  refuse: 'cannot be carried like this',
  removed: 'is not carried any more; its table stays as it is',
}

function decision({ decision: word, reason }: StreamChange): string {
  if (word === 'none' && reason !== undefined) return reason
  return `${decisions[word] ?? word}${reason === undefined ? '' : ` (${reason})`}`
}
