// What is being written into the form of a source or destination: whether it differs from what is
// kept, what is wrong with it, whether it works, and its saving, which waits for none of that.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type ActorChange,
  actorQuery,
  changeActor,
  checkDraft,
  type Draft,
  makeActor,
} from '../api/actor.ts'
import { type FieldError, Problem } from '../api/call.ts'
import type { Actor } from '../api/engine.ts'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { changesOf, rebased } from '../words/edits.ts'
import { complaintsOf, type Schema, deepFields, type Values, written } from '../words/spec.ts'

interface Given {
  schema: Schema
  saved: Draft
  onSaved: (actor: Actor) => void
}

export function useActorDraft({ schema, saved, onSaved }: Given) {
  const [renamed, rename] = useState<string>()
  const name = renamed ?? saved.name
  const kept = saved.configuration
  const [{ base, edited }, setEdited] = useState({ base: kept, edited: kept })
  const values = rebased(base, edited, kept)
  const { errors, told, leave, forget, tried, tell, clear, refusals } = useErrors(schema, values)
  const client = useQueryClient()
  const configuration = written(schema, values) as Values
  const draft = { ...saved, name: renamed?.trim() ?? saved.name, configuration }
  const before = { name: saved.name, configuration: written(schema, kept) }
  const changes = changesOf(before, { name: draft.name, configuration }) as ActorChange | undefined
  const test = useMutation({
    mutationFn: () => checkDraft(draft),
    onSuccess: (answer) => tell(answer.errors ?? []),
    onError: sayTrouble,
  })
  const save = useMutation({
    mutationFn: () =>
      saved.id === undefined ? makeActor(draft) : changeActor(saved.kind, saved.id, changes ?? {}),
    onSuccess: (actor) => {
      say(`${actor.name} is saved`)
      client.setQueryData(actorQuery(saved.kind, actor.id).queryKey, actor)
      void client.invalidateQueries({ queryKey: ['actors'] })
      onSaved(actor)
    },
    onError: (error) => {
      if (error instanceof Problem && error.errors.length > 0) tell(error.errors)
      else sayTrouble(error)
    },
  })
  return {
    name,
    values,
    errors,
    elsewhere: told.filter(({ pointer }) => !isShown(schema, values, pointer)),
    isDraft: changes !== undefined && !save.isSuccess,
    leave,
    refusals,
    test,
    save,
    rename: (text: string) => rename(text === saved.name ? undefined : text),
    change: (next: Values, pointer: string) => {
      setEdited({ base: kept, edited: next })
      forget(pointer)
      test.reset()
    },
    /** What is wrong by the specification alone is shown first, and not sent to be kept. */
    trySave: () => {
      if (tried() && draft.name !== '') save.mutate()
    },
    tryTest: () => {
      tried()
      test.mutate()
    },
    undo: () => {
      rename(undefined)
      setEdited({ base: kept, edited: kept })
      clear()
      test.reset()
    },
  }
}

export type ActorDraft = ReturnType<typeof useActorDraft>

/** The specification's complaints, of fields that were left or all once tried; and the engine's. */
function useErrors(schema: Schema, values: Values) {
  const [told, setTold] = useState<FieldError[]>([])
  const [left, setLeft] = useState<string[]>([])
  const [isTried, setTried] = useState(false)
  const [refusals, setRefusals] = useState(0)
  const complaints = complaintsOf(schema, values)
  const errors = new Map(told.map(({ pointer, message }) => [pointer, message]))
  for (const [pointer, message] of complaints) {
    if (isTried || left.includes(pointer)) errors.set(pointer, message)
  }
  return {
    errors,
    told,
    /** So often something wrong was found by a try. */
    refusals,
    leave: (pointer: string) => setLeft((all) => [...all, pointer]),
    forget: (pointer: string) =>
      setTold((all) => all.filter((one) => !`${one.pointer}/`.startsWith(`${pointer}/`))),
    tell: (found: FieldError[]) => {
      setTold(found)
      if (found.length > 0) setRefusals((count) => count + 1)
    },
    /** Whether it fits the specification. */
    tried: () => {
      setTried(true)
      if (complaints.size > 0) setRefusals((count) => count + 1)
      return complaints.size === 0
    },
    clear: () => {
      setTold([])
      setLeft([])
      setTried(false)
    },
  }
}

function isShown(schema: Schema, values: Values, pointer: string): boolean {
  return deepFields(schema, values).some(([field]) => field.pointer === pointer)
}
