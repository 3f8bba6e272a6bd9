// The form of a source or destination: its name, what its connector wants to be told, Test of
// exactly that, and Save, which never waits for the test.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type Draft, specQuery } from '../api/actor.ts'
import type { Actor } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { Editing, Field } from '../parts/field.tsx'
import { Leave } from '../parts/leave.tsx'
import { Bank } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { SpecForm } from '../parts/spec-form.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { defaultsOf, type Schema } from '../words/spec.ts'
import { type ActorDraft, useActorDraft } from './actor-draft.ts'
import css from './connection.module.css'

interface Props {
  /** As it is kept; of a new one what it begins with. */
  saved: Draft
  onSaved: (actor: Actor) => void
}

export function ActorForm(props: Props) {
  const { kind, definitionId } = props.saved
  const spec = useQuery(specQuery(kind, definitionId))
  return (
    <Shown query={spec} rows={8}>
      {(schema) => <Form {...props} schema={schema} />}
    </Shown>
  )
}

function Form({ saved, onSaved, schema }: Props & { schema: Schema }) {
  const isNew = saved.id === undefined
  const begun = isNew ? { ...defaultsOf(schema), ...saved.configuration } : saved.configuration
  const draft = useActorDraft({ schema, saved: { ...saved, configuration: begun }, onSaved })
  const may = useMay('admin')
  const form = useRef<HTMLFormElement>(null)
  useActions([{ label: 'Test what is written', key: 't', run: draft.tryTest, refused: may }])
  useFocusOnWrong(form, draft)
  const unchanged = isNew || draft.isDraft ? undefined : 'Nothing is changed.'
  return (
    <form
      ref={form}
      noValidate
      className={css['form']}
      onSubmit={(event) => {
        event.preventDefault()
        if (may === undefined && unchanged === undefined) draft.trySave()
      }}
    >
      <Leave isDraft={draft.isDraft} />
      <Editing refused={may}>
        <Field label="Name" error={draft.name.trim() === '' ? 'is required' : undefined}>
          {(field) => (
            <input
              {...field}
              value={draft.name}
              onChange={(event) => draft.rename(event.target.value)}
            />
          )}
        </Field>
        <SpecForm
          schema={schema}
          value={draft.values}
          errors={draft.errors}
          onChange={draft.change}
          onLeave={draft.leave}
        />
      </Editing>
      <div className={css['buttons']}>
        <Button look="main" submits refused={may ?? unchanged} busy={draft.save.isPending}>
          Save
        </Button>
        <Button refused={may} busy={draft.test.isPending} onClick={draft.tryTest}>
          Test
        </Button>
        {draft.isDraft && <Button onClick={draft.undo}>Undo</Button>}
      </div>
      <Result draft={draft} />
    </form>
  )
}

/** Of what is written now: a change takes it away. */
function Result({ draft }: { draft: ActorDraft }) {
  const { data } = draft.test
  return (
    <div role="status" aria-label="Result of the test" className={css['buttons']}>
      {data !== undefined && (
        <StatusMark
          told={
            data.status === 'succeeded'
              ? { tone: 'fresh', word: 'succeeded' }
              : { tone: 'failed', word: 'failed' }
          }
        />
      )}
      {data?.message !== undefined && <Bank text={data.message} whole />}
      {draft.elsewhere.map(({ pointer, message }) => (
        <p key={pointer + message} className={css['wrong']}>
          <Bank text={`${pointer === '' ? 'The whole' : pointer} ${message}`} />
        </p>
      ))}
    </div>
  )
}

/** After Save or Test the first field that is wrong has the focus. */
function useFocusOnWrong(
  form: React.RefObject<HTMLFormElement | null>,
  { refusals }: ActorDraft,
): void {
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [form, refusals])
}
