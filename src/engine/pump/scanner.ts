// Cuts a source's output into runs of record lines and single messages (pure). Records are most of
// what passes and are not parsed: a line's first bytes tell its type and stream, and consecutive
// record lines leave as one slice of the chunk, uncopied. Every other line is parsed.
import { isUtf8 } from 'node:buffer'
import type { AirbyteMessage } from '../../protocol/message.ts'
import { SystemError } from '../../std/errors.ts'
import { parseExact } from '../../std/exact-json.ts'
import { lineBytesMax } from '../../std/jsonl.ts'
import { descriptor, type NamedStream, sameStream, streamKey } from '../connection/naming.ts'
import { parseMessage } from '../connector/message.ts'
import { logged, withheld } from './data-line.ts'

export interface RecordCount {
  /** `NamedStream.index`. */
  stream: number
  records: number
  bytes: number
}

export type Segment =
  | { kind: 'records'; bytes: Buffer; counts: RecordCount[] }
  | { kind: 'message'; message: AirbyteMessage }
  | { kind: 'text'; text: string }
  /** A record or a state that is not one whole message: its text is somebody's data. */
  | { kind: 'broken' }
  | { kind: 'foreign'; stream: string }

export interface Scanner {
  /** What the chunk completes, in order; a line without its end waits for the next chunk. */
  scan(chunk: Buffer): Segment[]
  /** What is left when the output ends. */
  end(): Segment[]
}

export function createScanner(streams: NamedStream[]): Scanner {
  const reader = createLineReader(streams)
  let rest: Buffer[] = []
  let restBytes = 0
  return {
    scan: (chunk) => {
      const run = createRun()
      let at = 0
      if (rest.length > 0) {
        const end = chunk.indexOf(NEWLINE)
        if (end !== -1) {
          const line = Buffer.concat([...rest, chunk.subarray(0, end + 1)])
          rest = []
          restBytes = 0
          at = end + 1
          run.add(reader(line, 0, line.length - 1, modeOf(line)), line, 0, line.length)
        }
      }
      run.flush()
      const mode = modeOf(chunk)
      for (let end = chunk.indexOf(NEWLINE, at); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
        run.add(reader(chunk, at, end, mode), chunk, at, end + 1)
        at = end + 1
      }
      run.flush()
      if (at < chunk.length) {
        rest.push(chunk.subarray(at))
        restBytes += chunk.length - at
        if (restBytes > lineBytesMax) {
          throw new SystemError('LINE_TOO_LONG', `a line is longer than ${lineBytesMax} bytes`)
        }
      }
      return run.segments
    },
    end: () => {
      const run = createRun()
      const line = Buffer.concat([...rest, Buffer.from('\n')])
      rest = []
      // A line that nothing ended may be half a line: it must parse as a whole.
      run.add(reader(line, 0, line.length - 1, 'parse'), line, 0, line.length)
      run.flush()
      return run.segments
    },
  }
}

const NEWLINE = 10
const QUOTE = 34
const BACKSLASH = 92
const CLOSING_BRACE = 125

/** A line that was read: the stream of a record that leaves as it came, or a segment. */
type Line = { stream: number; bytes: number } | Segment | undefined

/** Gathers consecutive untouched records of one buffer into one slice. */
function createRun() {
  const segments: Segment[] = []
  let buffer: Buffer | undefined
  let from = 0
  let to = 0
  let counts: RecordCount[] = []
  const flush = () => {
    if (buffer) segments.push({ kind: 'records', bytes: buffer.subarray(from, to), counts })
    buffer = undefined
    counts = []
  }
  const add = (line: Line, chunk: Buffer, start: number, end: number) => {
    if (line === undefined) {
      flush()
      return
    }
    if ('kind' in line) {
      flush()
      segments.push(line)
      return
    }
    if (!buffer) {
      buffer = chunk
      from = start
    }
    to = end
    const { stream, bytes } = line
    const last = counts.at(-1)
    const count = last?.stream === stream ? last : counts.find((one) => one.stream === stream)
    if (count) {
      count.records += 1
      count.bytes += bytes
    } else counts.push({ stream, records: 1, bytes })
  }
  return { segments, add, flush }
}

/**
 * `look`: no line of the buffer names a namespace. `names`: one may, before or after its data.
 * `parse`: the line must be whole.
 */
type Mode = 'look' | 'names' | 'parse'

const NAMESPACE = Buffer.from('"namespace"')

function modeOf(buffer: Buffer): Mode {
  return buffer.includes(NAMESPACE) ? 'names' : 'look'
}

/** The two spellings of a record's beginning: JavaScript's and Python's. */
const HEADS = [
  { record: '{"type":"RECORD","record":{"stream":"', namespace: ',"namespace":"' },
  { record: '{"type": "RECORD", "record": {"stream": "', namespace: ', "namespace": "' },
].map((head) => ({
  record: Buffer.from(head.record),
  namespace: Buffer.from(head.namespace),
}))

function createLineReader(streams: NamedStream[]) {
  const byKey = new Map(streams.map((stream) => [streamKey(stream.source), stream]))
  const renamed = (stream: NamedStream) => !sameStream(stream.source, stream.destination)
  /** The bytes up to the stream's name that the last record had: most lines repeat it. */
  let lastHead = Buffer.alloc(0)
  let lastStream = 0

  return (chunk: Buffer, start: number, end: number, mode: Mode): Line => {
    if (mode !== 'parse' && chunk[end - 1] === CLOSING_BRACE) {
      if (mode === 'look' && lastHead.length > 0 && matches(chunk, start, lastHead)) {
        return { stream: lastStream, bytes: end - start }
      }
      const found = look(chunk, start, end)
      if (found && (mode === 'look' || found.named)) {
        lastHead = Buffer.from(chunk.subarray(start, found.headEnd))
        lastStream = found.stream
        return { stream: found.stream, bytes: end - start }
      }
    }
    const line = chunk.subarray(start, end)
    // Decoding would put another character in the place of what is none.
    if (!isUtf8(line)) return logged(line.toString('latin1')) === undefined ? BROKEN : textOf(line)
    return parse(line.toString('utf8'), end - start)
  }

  /** A record of a stream that leaves as it came, told by its first bytes alone. */
  function look(chunk: Buffer, start: number, end: number) {
    for (const head of HEADS) {
      if (!matches(chunk, start, head.record)) continue
      const name = stringAt(chunk, start + head.record.length, end)
      if (!name) return undefined
      let headEnd = name.end
      let namespace: string | undefined
      if (matches(chunk, headEnd, head.namespace)) {
        const value = stringAt(chunk, headEnd + head.namespace.length, end)
        if (!value) return undefined
        namespace = value.text
        headEnd = value.end
      }
      const stream = byKey.get(streamKey(descriptor(name.text, namespace)))
      if (!stream || renamed(stream)) return undefined
      return { stream: stream.index, headEnd, named: namespace !== undefined }
    }
    return undefined
  }

  function parse(text: string, bytes: number): Line {
    const message = parseMessage(text)
    if (message === undefined) {
      if (text.trim() === '') return undefined
      const said = logged(text)
      return said === undefined ? BROKEN : { kind: 'text', text: said }
    }
    if (message.type !== 'RECORD') return { kind: 'message', message }
    const { stream: name, namespace } = message.record
    const stream = byKey.get(streamKey(descriptor(name, namespace)))
    if (!stream) return { kind: 'foreign', stream: name }
    if (!renamed(stream)) return { stream: stream.index, bytes }
    const counts = [{ stream: stream.index, records: 1, bytes }]
    return { kind: 'records', bytes: rename(text, stream), counts }
  }
}

const BROKEN: Segment = { kind: 'broken' }

function textOf(line: Buffer): Segment {
  return { kind: 'text', text: logged(line.toString('utf8')) ?? withheld }
}

function matches(chunk: Buffer, at: number, expected: Buffer): boolean {
  const end = at + expected.length
  return end <= chunk.length && chunk.compare(expected, 0, expected.length, at, end) === 0
}

/** The JSON string whose first character is at `from`; one with escapes is left to the parser. */
function stringAt(chunk: Buffer, from: number, end: number) {
  const close = chunk.indexOf(QUOTE, from)
  if (close === -1 || close >= end) return undefined
  const escape = chunk.subarray(from, close).indexOf(BACKSLASH)
  return escape === -1 ? { text: chunk.toString('utf8', from, close), end: close + 1 } : undefined
}

function rename(text: string, stream: NamedStream): Buffer {
  const message = parseExact(text) as { record: Record<string, unknown> }
  const { stream: _name, namespace: _namespace, ...record } = message.record
  const { name, namespace } = stream.destination
  const named = { stream: name, ...(namespace === undefined ? {} : { namespace }), ...record }
  return Buffer.from(`${JSON.stringify({ ...message, record: named })}\n`)
}
