import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameStreams } from '../../src/engine/connection/naming.ts'
import { createScanner, type Segment } from '../../src/engine/pump/scanner.ts'
import type { NamingRule } from '../../src/engine/store/connection.ts'

const plain: NamingRule = { namespaceDefinition: 'source', namespaceFormat: null, prefix: '' }
const streams = [{ name: 'a' }, { name: 'b' }, { name: 'a', namespace: 'n' }, { name: 'q"\\' }]
const names = nameStreams(plain, streams)

/** Order, bytes and counts, without regard to where slices were cut. */
function flat(segments: Segment[]) {
  const out: ({ records: string; counts: Record<number, number[]> } | object)[] = []
  for (const segment of segments) {
    if (segment.kind !== 'records') {
      out.push(segment)
      continue
    }
    let last = out.at(-1) as { records?: string; counts: Record<number, number[]> } | undefined
    if (last?.records === undefined) out.push((last = { records: '', counts: {} }))
    last.records += segment.bytes.toString('latin1')
    for (const { stream, records, bytes } of segment.counts) {
      const [r, b] = last.counts[stream] ?? [0, 0]
      last.counts[stream] = [(r ?? 0) + records, (b ?? 0) + bytes]
    }
  }
  return out
}

function scan(chunks: Buffer[], named = names) {
  const scanner = createScanner(named)
  return flat([...chunks.flatMap((chunk) => scanner.scan(chunk)), ...scanner.end()])
}

const json = (value: unknown) => JSON.stringify(value)
/** As Python's json writes it. */
const spaced = (value: unknown) =>
  JSON.stringify(value, null, 1)
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/([{[]) | ([}\]])/g, '$1$2')

const record = fc.record({
  stream: fc.constantFrom('a', 'b', 'q"\\', 'c'),
  namespace: fc.option(fc.constantFrom('n', 'm'), { nil: undefined }),
  data: fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
  late: fc.boolean(),
})
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: record.chain((r) =>
      fc.constantFrom(json, spaced).map((write) => {
        const { stream, namespace, data } = r
        const of = namespace === undefined ? {} : { namespace }
        const body = r.late ? { stream, data, ...of } : { stream, ...of, data }
        return write({ type: 'RECORD', record: body })
      }),
    ),
  },
  fc.constantFrom(
    '',
    'not json',
    '{"type":"RECORD","record":{"stream":"a"',
    '{"type":"RECORD","record":{"stream":"a","data":{}}}\r',
    '{"record":{"stream":"b","data":{"\u00e9":1}},"type":"RECORD"}',
    '{"type":"STATE","state":{"stream":{"stream_state":{"n":12345678901234567890}}}}',
    '{"type":"LOG","log":{"level":"INFO","message":"x"}}',
    '{"type":"STATE"}',
    '[1]',
  ),
)

test('however the output is cut into chunks, the same comes out as line by line', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.boolean(),
      fc.array(fc.nat({ max: 400 }), { maxLength: 40 }),
      (lines, ended, cuts) => {
        const whole = Buffer.from(lines.join('\n') + (ended ? '\n' : ''))
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut))
          at += cut
        }
        chunks.push(whole.subarray(at))
        const oneByOne = lines.map((text, i) =>
          Buffer.from(i === lines.length - 1 && !ended ? text : `${text}\n`),
        )
        expect(scan(chunks)).toEqual(scan(oneByOne))
      },
    ),
    { numRuns: 500 },
  )
})

test('what the first bytes tell is what a parser would tell', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const known = new Set(names.map(({ source }) => json([source.name, source.namespace ?? ''])))
      const expected = lines.filter((text) => {
        try {
          const { type, record: of } = JSON.parse(text)
          return type === 'RECORD' && known.has(json([of.stream, of.namespace ?? '']))
        } catch {
          return false
        }
      })
      const out = scan([Buffer.from(lines.map((text) => `${text}\n`).join(''))])
      const records = out.flatMap((one) => ('records' in one ? [one.records] : []))
      const wanted = expected.map((text) => `${Buffer.from(text).toString('latin1')}\n`)
      expect(records.join('')).toBe(wanted.join(''))
    }),
    { numRuns: 300 },
  )
})

test('consecutive records leave as one slice of the chunk, uncopied', () => {
  const text = '{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"x":1}}}\n'
  const chunk = Buffer.from(text.repeat(3))
  const [segment, ...rest] = createScanner(names).scan(chunk)
  expect(rest).toEqual([])
  expect(segment).toMatchObject({
    kind: 'records',
    counts: [{ stream: 0, records: 3, bytes: 3 * (text.length - 1) }],
  })
  expect(segment?.kind === 'records' && segment.bytes.buffer).toBe(chunk.buffer)
})

test('a renamed record keeps every digit of its numbers', () => {
  const renamed = nameStreams({ ...plain, prefix: 'p_' }, [{ name: 'a' }])
  const named = (stream: string) =>
    `{"type":"RECORD","record":{"stream":"${stream}","data":{"x":1.10,"y":9007199254740993}}}\n`
  expect(scan([Buffer.from(named('a'))], renamed)).toMatchObject([{ records: named('p_a') }])
})

test('half a record at the end of the output is not passed on', () => {
  const text = '{"type":"RECORD","record":{"stream":"a","data":{"x":1}'
  expect(scan([Buffer.from(text)])).toEqual([{ kind: 'broken' }])
})

test.each([
  '{"type":"RECORD","record":{"stream":"a","data":{"x":"some',
  'WARN: slow {"type":"RECORD","record":{"stream":"a","data":{"x":1}}}',
  '{"type": "STATE", "state": {"stream": {"stream_descriptor"',
  '{"type":"STATE"}',
  '{"record":{"stream":"a","data":{"x":"so',
  'WARN {"record":{"stream":"a","data":{"x":1}},"type":"RECORD"}',
  '{"type":"REC',
  '{"type":"S',
  '","x":1},"record":{"data":{"x":"some payee"}}',
  'at 12:00 {"emitted":1,"state": {"type":"STREAM","stream":{"stream_de',
  '{"type":"STATE","state":{"data":{}}} {"type":"STATE","state":{"data":{}}}',
])('a line with data that is not one message is broken, not text: %s', (text) => {
  expect(scan([Buffer.from(`${text}\n`)])).toEqual([{ kind: 'broken' }])
})

test.each([
  'not json',
  '{"state": "running"}',
  '[1]',
  '{"level":"info"',
  'type RECORD',
  '{"level":"info","state":{"rows":5}}',
  'wrote "record": {"id":1}',
  '{"type":"',
  '{"type":"SYSTEM',
])('a line without data is text: %s', (text) => {
  expect(scan([Buffer.from(`${text}\n`)])).toEqual([{ kind: 'text', text }])
})

test('a renamed record with bytes that are no text is broken, not mended in silence', () => {
  const renamed = nameStreams({ ...plain, prefix: 'p_' }, [{ name: 'a' }])
  const line = Buffer.from(
    '{"type":"RECORD","record":{"stream":"a","data":{"x":"\u00e9"}}}\n',
    'latin1',
  )
  expect(scan([line], renamed)).toEqual([{ kind: 'broken' }])
})
