// What a panel shows of a query: a skeleton of its final size, an empty state with the next step,
// a sentence with "Try again", or the data. The last good data stay, greyed, with their age.
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Problem } from '../api/call.ts'
import { capital } from '../words/capital.ts'
import { Button } from './button.tsx'
import { Bank, When } from './said.tsx'
import css from './shown.module.css'

interface Props<T> {
  query: UseQueryResult<T>
  /** How many rows the skeleton has. */
  rows?: number
  empty?: (data: T) => ReactNode
  children: (data: T) => ReactNode
}

export function Shown<T>({ query, rows = 3, empty, children }: Props<T>) {
  const { data, error } = query
  if (data === undefined) {
    // asking again would not bring it
    if (isMissing(error))
      return (
        <Empty title="It is not here">
          <Failure of={error} />
        </Empty>
      )
    return error === null ? <Skeleton rows={rows} /> : <Trouble query={query} />
  }
  const nothing = empty?.(data)
  const content = nothing ?? children(data)
  if (error === null) return content
  return (
    <>
      <Trouble query={query} />
      <div className={css['stale']}>{content}</div>
    </>
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404
}

function Skeleton({ rows }: { rows: number }) {
  return (
    <div className={css['skeleton']} role="status" aria-label="loading">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  )
}

function Trouble({ query }: { query: UseQueryResult }) {
  const { error, dataUpdatedAt, isFetching } = query
  return (
    <div className={css['trouble']} role="alert">
      <p>
        <Failure of={error} />
        {dataUpdatedAt > 0 && (
          <>
            {' '}
            What follows is from <When at={new Date(dataUpdatedAt).toISOString()} />.
          </>
        )}
      </p>
      <Button icon="refresh" busy={isFetching} onClick={() => void query.refetch()}>
        Try again
      </Button>
    </div>
  )
}

/** One function turns what went wrong into a sentence. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return capital(error.message)
  return error instanceof Error ? `This page failed: ${error.message}` : 'Something failed.'
}

/** That sentence, as somebody else's words: however long they are. */
export function Failure({ of }: { of: unknown }) {
  return <Bank text={sentence(of)} whole />
}

interface EmptyProps {
  title: string
  children?: ReactNode
  /** The same, at the command line. */
  command?: string
  action?: ReactNode
}

export function Empty({ title, children, command, action }: EmptyProps) {
  return (
    <div className={css['empty']}>
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
      {action}
      {command !== undefined && <code>{command}</code>}
    </div>
  )
}
