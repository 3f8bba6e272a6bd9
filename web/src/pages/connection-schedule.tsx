// When a connection runs: by hand or by a cron expression, with its next five runs before it is
// saved, in this browser's zone and in UTC; and beside it as soon as its source has news.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { changeConnection, type Connection, connectionQuery, cronQuery } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { Button } from '../parts/button.tsx'
import { useEdits } from '../parts/edits.ts'
import { Editing, Field } from '../parts/field.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { inFull } from '../words/times.ts'
import { hourly, manual } from './connection-begin.ts'
import css from './connection.module.css'

const usual: [string, string][] = [
  [manual, 'by hand'],
  [hourly, 'every hour'],
  ['0 0 */6 * * ?', 'every six hours'],
  ['0 0 */12 * * ?', 'every twelve hours'],
  ['0 0 6 * * ?', 'every day at 6:00 UTC'],
  ['0 0 6 ? * MON', 'every Monday at 6:00 UTC'],
]
const own = 'own'
const quartz =
  'Quartz: seconds, minutes, hours, day of the month, month, weekday; a zone may follow, such ' +
  'as Europe/Paris. At most once an hour.'

export function ScheduleTab({ connection }: { connection: Connection }) {
  const { schedule, connectionId } = connection
  const edits = useEdits({
    cron: schedule.cronExpression ?? manual,
    follows: connection.followsSource ?? false,
  })
  const { draft, changes, isSame, edit } = edits
  const [round, setRound] = useState(0)
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: ({ cron, follows }: typeof changes) =>
      changeConnection(connectionId, {
        // a basic schedule, which is not shown here, stays as it is
        ...(cron === undefined ? {} : { schedule: scheduleOf(cron) }),
        ...(follows === undefined ? {} : { followsSource: follows }),
      }),
    onSuccess: (answer, sent) => {
      say('The schedule is saved')
      client.setQueryData(connectionQuery(answer.connectionId).queryKey, answer)
      edits.forget(sent)
      void client.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: sayTrouble,
  })
  const may = useMay('admin')
  const refused = may ?? (isSame ? 'Nothing is changed.' : undefined)
  const undo = () => {
    edits.undo()
    setRound(round + 1)
  }
  return (
    <div className={css['form']}>
      <Editing refused={may}>
        <ScheduleFields
          key={round}
          {...draft}
          setCron={(cron) => edit({ cron })}
          setFollows={(follows) => edit({ follows })}
        />
      </Editing>
      <div className={css['buttons']}>
        <Button
          look="main"
          refused={refused}
          busy={save.isPending}
          onClick={() => save.mutate(changes)}
        >
          Save the schedule
        </Button>
        {!isSame && <Button onClick={undo}>Undo</Button>}
      </div>
    </div>
  )
}

export function scheduleOf(cron: string): {
  scheduleType: 'manual' | 'cron'
  cronExpression?: string
} {
  return cron === manual
    ? { scheduleType: 'manual' }
    : { scheduleType: 'cron', cronExpression: cron }
}

interface FieldsProps {
  /** Or `manual`. */
  cron: string
  setCron: (cron: string) => void
  /** It runs when the source has news, too. */
  follows: boolean
  setFollows: (follows: boolean) => void
}

/** When it runs, and the next runs of that. */
export function ScheduleFields({ cron, setCron, follows, setFollows }: FieldsProps) {
  const [isWritten, setOwn] = useState(false)
  const isOwn = isWritten || !usual.some(([value]) => value === cron)
  const choose = (value: string) => {
    setOwn(value === own)
    if (value !== own) setCron(value)
  }
  return (
    <>
      <Field label="Runs">
        {(field) => (
          <select
            {...field}
            value={isOwn ? own : cron}
            onChange={(event) => choose(event.target.value)}
          >
            {[...usual, [own, 'as a cron expression says'] as const].map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {isOwn && (
        <Field label="Cron expression" hint={quartz}>
          {(field) => (
            <input
              {...field}
              value={cron === manual ? '' : cron}
              onChange={(event) => {
                setOwn(true) // it may be a usual one on the way to another
                setCron(event.target.value)
              }}
            />
          )}
        </Field>
      )}
      {cron !== manual && cron !== '' && <NextRuns cron={cron} />}
      <label>
        <input
          type="checkbox"
          checked={follows}
          onChange={(event) => setFollows(event.target.checked)}
        />{' '}
        It follows its source: what is new there is synced at once
      </label>
    </>
  )
}

function NextRuns({ cron }: { cron: string }) {
  const { data } = useQuery(cronQuery(useDeferredValue(cron)))
  if (data === undefined) return null
  if (!data.isValid) {
    return (
      <p role="alert" className={css['wrong']}>
        {data.validationErrorMessage}
      </p>
    )
  }
  return (
    <div className={css['will']}>
      <h3>The next runs</h3>
      <ol className={css['runs']}>
        {(data.nextExecutions ?? []).map((at) => (
          <li key={at}>{inFull(at * 1_000)}</li>
        ))}
      </ol>
    </div>
  )
}
