// Rows on their way out, as texts that the database made: as lines, or in a JSON object with what
// is told beside them. A reader has one text in memory, however slow it is (L9).
import type { FastifyRequest } from 'fastify'

export const NDJSON = 'application/x-ndjson'
/** Of texts kept ready: Node's default is sixteen. */
export const oneAhead = { highWaterMark: 1 }

/** A page goes out in pieces: so many of its rows a reader has in memory, however slow (L9). */
export const pieceRows = 50

export function wantsLines(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes(NDJSON)
}

/** The texts are joined by newlines already; the last one gets its own. */
export async function* asLines(rows: AsyncGenerator<string>): AsyncGenerator<string> {
  let any = false
  for await (const text of rows) {
    yield text
    any = true
  }
  if (any) yield '\n'
}

/** `rest` is asked for when all rows are out. */
export async function* asJson(
  name: string,
  rows: AsyncGenerator<string>,
  rest: () => object,
): AsyncGenerator<string> {
  yield `{"${name}":[`
  yield* rows
  yield `],${JSON.stringify(rest()).slice(1)}`
}
