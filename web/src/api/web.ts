// What spans the services and comes from the web server itself: processes, tables, SQL.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type * as verify from '../../../src/plaid-api/verify-shapes.ts'
import type { Installation } from '../../../src/server/status/shapes.ts'
import type * as server from '../../../src/web-server/shapes.ts'
import { call, Problem } from './call.ts'
import { queryClient } from './query-client.ts'
import type { Side } from './plaid.ts'

export type TableEntry = server.TableEntry
export type Verification = server.Verification

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => call<Installation>('web/status', { signal }),
  refetchInterval: 30_000,
})

export interface Column {
  name: string
  type: string
}

export interface SqlResult {
  columns: Column[]
  rows: (string | number | boolean | null | object)[][]
  /** There are more than these. */
  truncated: boolean
  seconds: number
}

export function runSql(query: string, limit: number, signal: AbortSignal): Promise<SqlResult> {
  return call('web/sql', { method: 'POST', body: { query, limit }, signal })
}

const askedRowsMax = 1_000

const busyTriesMax = 10
const busyMs = 1_000

/**
 * A question of a page's own: asked again after a sync. They go one after another, since a person
 * may ask two at a time and the editor wants one of them; another tab may have both.
 */
export const sqlQuery = (query: string) =>
  queryOptions({
    queryKey: ['sql', query],
    queryFn: ({ signal }) => {
      const asked = before.then(() => runSql(query, askedRowsMax, signal))
      before = asked.catch(() => undefined)
      return asked
    },
    retry: (failures, error) =>
      error instanceof Problem && error.status === 429 && failures < busyTriesMax,
    retryDelay: busyMs,
    staleTime: 60_000,
  })

let before: Promise<unknown> = Promise.resolve()

export function cancelSql(): Promise<unknown> {
  return call('web/sql/cancel', { method: 'POST' })
}

export function explainSql(query: string): Promise<{ plan: unknown }> {
  return call('web/sql/explain', { method: 'POST', body: { query } })
}

export const tablesQuery = queryOptions({
  queryKey: ['tables'],
  queryFn: ({ signal }) =>
    call<{ tables: TableEntry[]; reader: boolean }>('web/tables', { signal }),
})

export interface TableColumn extends Column {
  nullable: boolean
  /** Its place in the primary key. */
  key: number | null
  doc: string | null
}

export interface TableDescription extends Omit<TableEntry, 'comment'> {
  written: server.Written
  columns: TableColumn[]
  indexes: { name: string; definition: string; unique: boolean; bytes: string }[]
}

function tablePath(schema: string, table: string): string {
  return `web/tables/${encodeURIComponent(schema)}/${encodeURIComponent(table)}`
}

export const tableQuery = (schema: string, table: string) =>
  queryOptions({
    queryKey: ['tables', schema, table],
    queryFn: ({ signal }) => call<TableDescription>(tablePath(schema, table), { signal }),
  })

export interface RowsAsked {
  /** A column, with a minus before it from the top down. */
  sort?: string | undefined
  /** `column.operator.value`. */
  filter?: string | undefined
}

interface RowsPage {
  columns: Column[]
  rows: SqlResult['rows']
  written: server.Written
  next: string | null
}

/** What is seen at once, and what is scrolled to. */
const firstRowsMax = 60
const rowsPageMax = 200

const rowsKey = (schema: string, table: string) => ['rows', schema, table]

export const rowsQuery = (schema: string, table: string, asked: RowsAsked) =>
  infiniteQueryOptions({
    queryKey: [...rowsKey(schema, table), asked],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      call<RowsPage>(`${tablePath(schema, table)}/rows`, {
        query: {
          ...asked,
          after: pageParam,
          limit: pageParam === undefined ? firstRowsMax : rowsPageMax,
        },
        signal,
      }),
    getNextPageParam: ({ next }) => next ?? undefined,
    // what was scrolled to stays as it was read, until somebody asks anew: what is new is told
    staleTime: Infinity,
  })

/** All that was read of its rows is forgotten; what is shown is read from its beginning. */
export function forgetRows(schema: string, table: string): void {
  void queryClient.resetQueries({ queryKey: rowsKey(schema, table) })
}

export interface Option {
  env: string
  flag: string | null
  group: string
  doc: string
  default: string
  value: string | null
  set: string
  applies: string
}

export const optionsQuery = queryOptions({
  queryKey: ['status', 'options'],
  queryFn: async ({ signal }) =>
    (await call<{ options: Option[] }>('web/options', { signal })).options,
})

export interface Fault {
  fault_id: number
  endpoint: string
  error_code: string | null
  latency_ms: number
}

interface World {
  clock?: 'stands' | 'runs'
  /** Those that were told how to do, by id. */
  institutions?: Record<string, string>
  faults: Fault[]
}

export const worldQuery = queryOptions({
  queryKey: ['world'],
  queryFn: ({ signal }) => call<World>('web/world', { signal }),
})

/** A command of the emulator, `{advance: '30d'}`. */
export function commandWorld(command: object): Promise<unknown> {
  return call('web/world', { method: 'POST', body: command })
}

/** Where the emulator's own page opens, once and within a minute. */
export function emulatorPage(): Promise<{ url: string }> {
  return call('web/world/page', { method: 'POST' })
}

export interface VerificationResult {
  banks?: verify.VerifyReport[]
  warehouse?: {
    /** Tables that a sync brought and that are not there. */
    missing: string[]
    /** Streams of which nothing is promised: not compared. */
    unpromised?: string[]
    /** The last sync, if it failed. */
    failedJob?: number
    transactions: {
      accounts: { account_id: string; item_id: string; store: Side; warehouse: Side }[]
      inFlight: number
      different: number
      named: { id: string; kind: string; columns?: string[] }[]
    }
    streams?: Record<string, { compared: number; different: { id: string }[]; unnamed: number }>
  }
  /** Commands that help, in their order. */
  steps?: string[]
  error?: { code: string; message: string }
}

export interface Verifications {
  running: {
    id: string
    started_at: string
    progress: {
      banks: { institution_name: string | null; status: string }[]
      now: { institution_name: string | null; pages: number } | null
    }
  } | null
  last: (Verification & { result: VerificationResult | null }) | null
  history: Verification[]
}

export const verificationsQuery = queryOptions({
  queryKey: ['verify'],
  queryFn: ({ signal }) => call<Verifications>('web/verify', { signal }),
})

export function startVerification(): Promise<unknown> {
  return call('web/verify', { method: 'POST' })
}

interface Behind {
  rows: number
  /** They are more than were counted. */
  more: boolean
}

export interface Followed {
  transaction_id: string
  store: {
    item_id: string
    account_id: string
    created_at: string
    updated_at: string
    deleted_at: string | null
    pending: boolean | null
    /** The pending one that became this one. */
    posted_from: { transaction_id: string; created_at: string } | null
  } | null
  feed?: { head: string; position: string | null; brought: string | null; after: Behind | null }
  /** What the feed has, and the connection of the job has not brought yet. */
  behind: Behind | null
  /** Of the same account, by date; where the warehouse has it. */
  neighbours: { earlier: string | null; later: string | null } | null
  job: { jobId: number; status: string; lastUpdatedAt?: string } | null
  warehouse: { updated_at: string | null } | null
  columns: { name: string; store: string | null; warehouse: string | null; equal: boolean }[]
  unanswered: { what: string; message: string }[]
}

export const followQuery = (id: string) =>
  queryOptions({
    queryKey: ['tables', 'follow', id],
    queryFn: ({ signal }) => call<Followed>(`web/follow/${encodeURIComponent(id)}`, { signal }),
  })
