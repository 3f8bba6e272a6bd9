// Lines of records as sources write them, and as none should: for the two ways of the destination,
// which must make the same row of each.
import fc from 'fast-check'

const string = { type: 'string' }
export const properties = {
  id: string,
  at: { type: 'integer' },
  text: string,
  'a ключ': string,
  number: { type: 'number' },
  truth: { type: 'boolean' },
  day: { ...string, format: 'date' },
  instant: { ...string, format: 'date-time' },
  local: { ...string, format: 'date-time', airbyte_type: 'timestamp_without_timezone' },
  clock: { ...string, format: 'time', airbyte_type: 'time_with_timezone' },
  hour: { ...string, format: 'time', airbyte_type: 'time_without_timezone' },
  any: {},
  constructor: string,
  _ab_cdc_deleted_at: { ...string, format: 'date-time' },
}
/** A field and its value's text. */
export type Cell = [string, string]

const one = fc.constantFrom
const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'))
const text = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''))
const day = text(
  one('2024-', '2023-', '0000-', '0001-', '9999-', '20240-'),
  two(13),
  one('-'),
  two(32),
)
const clock = text(
  two(25),
  one(':'),
  two(60),
  one(':', ':', ':', '.'),
  two(61),
  one('', '', '.5', '.123456', '.1234567', '.', ',5'),
  one('', 'Z', 'Z', '+00:00', '-05:30', '+15:59', '+16:00', '+0100', '+01', 'z', ' Z', 'Z '),
)
const plainDay = text(one('2024-02-', '1999-12-'), one('01', '28', '29'))
const plainClock = text(
  one('00:00:00', '23:59:59'),
  one('', '.000001', '.9'),
  one('Z', '', '-01:00'),
)
const temporal = fc.oneof(
  day,
  clock,
  plainDay,
  plainClock,
  text(day, one('T', ' ', 't', ''), clock),
  text(plainDay, one('T', ' '), plainClock),
)
const string_ = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 3, arbitrary: temporal },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  one(
    '',
    't',
    'no',
    '12',
    '-inf',
    '\\N',
    'a\tb',
    'a\u0000b',
    '\ud800',
    '\u2028',
    'x'.repeat(90_000),
  ),
)
const quoted = fc.oneof(
  string_.map((value) => JSON.stringify(value)),
  one('"\\u0041"', '"\\/"', '"a\tb"', '"\u007f"', '"'),
)
const number = fc.oneof(
  fc.integer().map(String),
  fc.double().map(String),
  text(
    one('', '-'),
    one('0', '00', '1', '12345678', '123456789012345', '1234567890123456'),
    one('', '.0', '.5', '.50', '.000001', '.0000001', '.123456789', '.'),
    one('', '', '', 'e3', 'E-400'),
  ),
)
const space = one('', '', '', ' ', '  ')
const json = fc.letrec<{ value: string; members: string; items: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
    quoted,
    number,
    one('null', 'true', 'false', '{}', '[]', 'nul', 'NaN', '[ ]', '['.repeat(70) + ']'.repeat(70)),
    tie('members'),
    tie('items'),
  ),
  members: fc
    .array(
      fc.tuple(one('"a"', '"b"', '"1"', '"__proto__"', '"\\u0061"'), space, tie('value'), space),
      { maxLength: 4 },
    )
    .map(
      (all) =>
        `{${all
          .map(([key, s, value, t]) => `${t}${key}:${s}${value}`)
          .join(',')
          .trim()}}`,
    ),
  items: fc
    .array(fc.tuple(space, tie('value')), { maxLength: 4 })
    .map((all) => `[${all.map(([s, value], i) => (i === 0 ? value : s + value)).join(',')}]`),
})).value

const words = one(
  '""',
  '"x"',
  '"é😀"',
  '"/\u007f\u2028"',
  `"${'long '.repeat(20)}"`,
  '"2024-01-01"',
)
const amount = one('0', '-1', '12.5', '-0.000001', '123456789012345', '0.25', '100')
const of = (texts: fc.Arbitrary<string>) => texts.map((value) => JSON.stringify(value))
const instants = of(text(plainDay, one('T', ' '), plainClock))
/** Of each field what a source writes that keeps to its schema. */
const usualValues: Record<keyof typeof properties, fc.Arbitrary<string>> = {
  id: words,
  at: one('0', '-5', '123456789012345'),
  text: fc.oneof(words, amount, one('true')),
  'a ключ': words,
  number: amount,
  truth: one('true', 'false'),
  day: of(plainDay),
  instant: instants,
  local: instants,
  clock: of(plainClock),
  hour: of(plainClock),
  any: fc.oneof(
    words,
    amount,
    one('{"a":[1,{"b":null}],"c":"d"}', '[1, 2]', '{"a": {}, "1":[[]]}'),
  ),
  constructor: words,
  _ab_cdc_deleted_at: one('null'),
}
/** And what one writes that does not. */
const oddValues: Record<keyof typeof properties, fc.Arbitrary<string>> = {
  id: one('7', 'null', '{}'),
  at: one('1.5', '9007199254740993', '-0', '"5"'),
  text: fc.oneof(quoted, number),
  'a ключ': quoted,
  number,
  truth: one('"yes"', '1', 'True'),
  day: of(fc.oneof(day, temporal)),
  instant: of(temporal),
  local: of(temporal),
  clock: of(fc.oneof(clock, temporal)),
  hour: of(fc.oneof(clock, temporal)),
  any: json,
  constructor: quoted,
  _ab_cdc_deleted_at: one('"2024-01-01T00:00:00Z"', '0'),
}
const fields = Object.keys(properties) as (keyof typeof properties)[]

export interface Spelling {
  name: string
  colon: string
  comma: string
  instantFirst: boolean
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  name: one('"things"', '"things"', '"things"', '"others"'),
  colon: one(':', ':', ': ', ' :'),
  comma: one(',', ',', ', ', ' ,'),
  instantFirst: fc.boolean(),
})

/** As JavaScript writes a record of `things`. */
export const plain: Spelling = { name: '"things"', colon: ':', comma: ',', instantFirst: true }

export function lineOf({ name, colon, comma, instantFirst }: Spelling, cells: Cell[], at: string) {
  const member = (key: string, value: string) => `${JSON.stringify(key)}${colon}${value}`
  const data = `{${cells.map(([key, value]) => member(key, value)).join(comma)}}`
  const payload = [member('data', data)]
  payload[instantFirst ? 'unshift' : 'push'](member('emitted_at', at))
  const record = `{${[member('stream', name), ...payload].join(comma)}}`
  return `{${[member('type', '"RECORD"'), member('record', record)].join(comma)}}`
}

const kindOfCell = one(...Array<'usual'>(120).fill('usual'), 'null', 'null', 'odd', 'odd', 'json')
/** A record's cells: names that the table has, or has not. */
const cells = (order: fc.Arbitrary<string[]>) =>
  order.chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        kindOfCell.chain((kind): fc.Arbitrary<Cell> => {
          const isField = Object.hasOwn(properties, name)
          const values = kind === 'odd' ? oddValues : usualValues
          const value = kind === 'json' || !isField ? json : values[name as 'id']
          return (kind === 'null' ? one('null') : value).map((found) => [name, found])
        }),
      ),
    ),
  )
const known = fc.constant<string[]>(fields)
const instant = fc.oneof(
  { weight: 8, arbitrary: one('1700000000000', '1700000000001', '1', '4102444800000') },
  { weight: 1, arbitrary: one('0', '-1', '1e3', '01', '99999999999999', '9007199254740993') },
)
/** Lines as a source writes them, one after the other: mostly in one shape. */
export const lines = fc
  .tuple(
    spelling,
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.tuple(cells(known), instant, fc.constant(undefined)) },
        {
          weight: 1,
          arbitrary: fc.tuple(
            cells(fc.subarray([...fields, 'unknown', 'a "quoted" key', '7'])),
            instant,
            fc.constant(undefined),
          ),
        },
        {
          weight: 1,
          arbitrary: fc.tuple(
            cells(fc.shuffledSubarray([...fields, ...fields])),
            instant,
            spelling,
          ),
        },
      ),
      { minLength: 1, maxLength: 8 },
    ),
  )
  .map(([usual, all]) => all.map(([values, at, other]) => lineOf(other ?? usual, values, at)))
