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
  // A record over several lines.
  '  "type": "RECORD",',
  '  "record": {',
  "  'emitted_at': 1,",
  // As Python, Node.js and Java print an object.
  "{'type': 'RECORD', 'record': {'stream': 's', 'emitted_at': 1, 'data': {'payee': 'Bob'}}}",
  "INFO {'type': 'RECORD', 'record': {'stream': 's'}}",
  "{ type: 'RECORD', record: { stream: 's', data: [Object] } }",
  'got {type=RECORD, record={stream=s, data={payee=Bob}}}',
  "type=RECORD record=AirbyteRecordMessage(stream='s', data={'payee': 'Bob'}, emitted_at=1)",
  // Of which only the end, the beginning or the middle is there.
  'b","payee":"Bob Smith"},"emitted_at":1760000000000}}',
  'Smith"},"emitted_at":1760000',
  'mith","x":1}}}',
  '{"level":"info"',
  '{"type":"',
  '{"type":"SYSTEM',
  // Of another protocol, or of none.
  '{"stream":"s","data":{"payee":"Bob"},"emitted_at":1}',
  'INFO {"stream":"s","data":{"payee":"Bob"}}',
  '{"type": "Record","stream":"s","record":{"payee":"Bob"}}',
  '{"type":"record","stream":"s","message":"x"}',
  '{"type":"RECORDS","records":[{"payee":"Bob"}]}',
  '{"Type":"RECORD","Record":{"Stream":"s","Data":{"payee":"Bob"}}}',
  '{"records":[{"payee":"Bob"}]}',
  '{"data":"Bob Smith"}',
  '{"id":"b","payee":"Bob Smith","emitted_at":1}',
  '[{"type":"RECORD","record":{"stream":"a","data":{"x":1}}}]',
  '[{"data":{"payee":"Bob"}}]',
  json('{"stream":"s","data":{"payee":"Bob"}}'),
  '{"state":{"cursor":"Bob"}}',
  '{"type":"RECORD","record":{"stream":"a","data":{"x":1}}}'.split('').join('\u0000'),
])('a line with data that is not one message is broken, not text: %s', (text) => {
  expect(scan([Buffer.from(`${text}\n`)])).toEqual([{ kind: 'broken' }])
})

test.each([
  'not json',
  '{"state": "running"}',
  '[1]',
  // An object over several lines is not always a record.
  '{',
  '  }',
  '}, {',
  '[',
  '[{',
  ']',
  'type RECORD',
  '{"level":"info","state":{"rows":5}}',
  'wrote "record": {"id":1}',
  // As libraries log in JSON.
  '{"level":"info","msg":"read 5 rows","stream":"users","records":5}',
  '{"type":"DEBUG","message":"Syncing stream","data":{"stream_name":"users"}}',
  '{"log":"started","stream":"stdout","time":"2026-01-01T00:00:00Z"}',
  '{"event":"page read","stream":"users"}',
  '{"records":100,"ms":3}',
  '{"type":"record","name":"User","fields":[{"name":"id","type":"string"}]}',
  '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{}}}',
  '"done"',
  '[]',
  '["users","accounts"]',
  // As they log in plain text.
  '[INFO] reading the stream users, type: state',
  '[2026-01-01 00:00:00,000] {base.py:84} INFO - starting',
  '[main] INFO c.zaxxer.hikari.HikariDataSource - HikariPool-1 - Start completed.',
  '[====>      ] 45%',
  '[#####.....]',
  '100%|##########| 5/5 [00:01<00:00,  4.2it/s]',
  "2026-01-01 INFO read with {'start': '2026-01-01', 'state': {'rows': 5}, 'type': 'basic'}",
  'ERROR 400: {"type":"invalid_request","data":null,"errors":[{"message":"bad"}]}',
  "starting the slice {'stream': 'users', 'page': 1}",
  'INFO {"type":"TRACE","trace":{"type":"ERROR","emitted_at":1}}',
  'Traceback (most recent call last):',
  '  File "/airbyte/source.py", line 12, in read',
  '    raise ValueError(f"bad {name}")',
  "ValueError: the state is no {'data': …}: {'id': 1}",
  "KeyError: 'data'",
  'Exception in thread "main" java.lang.IllegalStateException: no stream',
  '\tat io.airbyte.protocol.models.v0.AirbyteRecordMessage.getData(AirbyteRecordMessage.java:55)',
  '\tat [Source: (String)"{"a":1}"; line: 1, column: 5]',
  "Unexpected close marker '}': expected ']' (for root starting at [line: 1])",
  '\t... 12 more',
  'schema {"type":"record","name":"User","fields":[]}',
  "'  |____| .__|_| |_|_| |_\\__, | / / / /",
  ' :: Spring Boot ::                (v2.7.0)',
  '    at Object.<anonymous> (/app/index.js:1:7)',
])('a line without data is text: %s', (text) => {
  expect(scan([Buffer.from(`${text}\n`)])).toEqual([{ kind: 'text', text }])
})

test.each(['  "payee": "Bob Smith",', "'payee': 'Bob Smith'"])(
  'of an object over several lines no value is told: %s',
  (line) => {
    const text = 'a line that looks like data was withheld'
    expect(scan([Buffer.from(`${line}\n`)])).toEqual([{ kind: 'text', text }])
  },
)

test('a renamed record with bytes that are no text is broken, not mended in silence', () => {
  const renamed = nameStreams({ ...plain, prefix: 'p_' }, [{ name: 'a' }])
  const line = Buffer.from(
    '{"type":"RECORD","record":{"stream":"a","data":{"x":"\u00e9"}}}\n',
    'latin1',
  )
  expect(scan([line], renamed)).toEqual([{ kind: 'broken' }])
})
