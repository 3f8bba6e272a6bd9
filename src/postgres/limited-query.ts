// One statement by the extended protocol, of which a bounded part of the answer is taken (L9): so
// many rows, and so many bytes, however large it is. A second statement beside it is a syntax error
// there. Values come as the server's own text.
import { Query } from 'pg'
import { ConfigError } from '../std/errors.ts'
import type { Client } from './pool.ts'

export interface LimitedResult {
  fields: { name: string; dataTypeID: number; dataTypeModifier: number }[]
  rows: (string | null)[][]
  /** There is more. */
  truncated: boolean
}

export interface ResultLimits {
  rowsMax: number
  bytesMax: number
}

/** What of the driver's connection is used and not in its types. */
interface Wire {
  sync(): void
  stream: {
    on(event: 'data', listener: (chunk: Buffer) => void): void
    off(event: 'data', listener: (chunk: Buffer) => void): void
    destroy(): void
  }
}

/** The driver would go on with the portal until it has all. */
class FirstRows extends Query {
  handlePortalSuspended(connection: Wire): void {
    connection.sync()
  }
}

const asText = { getTypeParser: () => (value: unknown) => value }

/** Where the answer is too large the connection is ended: it must not go back into a pool. */
export function limitedQuery(
  client: Client,
  { text, values }: { text: string; values: unknown[] },
  { rowsMax, bytesMax }: ResultLimits,
): Promise<LimitedResult> {
  const { stream } = (client as unknown as { connection: Wire }).connection
  let bytes = 0
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bytesMax) stream.destroy()
  }
  stream.on('data', count)
  return new Promise<LimitedResult>((resolve, reject) => {
    const config = {
      text,
      values,
      queryMode: 'extended',
      rowMode: 'array',
      rows: rowsMax + 1,
      types: asText,
    }
    const answer = (error: Error | null, result: LimitedResult | undefined) => {
      if (error) reject(bytes > bytesMax ? tooLarge(bytesMax, error) : error)
      else if (result) resolve(cut(result, rowsMax))
    }
    client.query(new FirstRows(config as never, answer as never))
  }).finally(() => stream.off('data', count))
}

function cut({ fields, rows }: LimitedResult, rowsMax: number): LimitedResult {
  return { fields, rows: rows.slice(0, rowsMax), truncated: rows.length > rowsMax }
}

function tooLarge(bytesMax: number, cause: Error): ConfigError {
  const sentence = `the answer is larger than ${bytesMax / 1024 ** 2} MB: ask for less`
  return new ConfigError('RESULT_TOO_LARGE', sentence, { status: 413, cause })
}
