// All that is wrong about a configuration, each at its field.
import { expect, test } from 'vitest'
import { mask } from '../../src/engine/connector/configuration.ts'
import { configurationErrors } from '../../src/engine/connector/validation.ts'

const specification = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['host', 'port'],
  properties: {
    host: { type: 'string', minLength: 1 },
    port: { type: 'integer', minimum: 1 },
    'a/b~c': { type: 'string' },
    level: { type: 'string', enum: ['low', 'high'] },
    tls: {
      type: 'object',
      oneOf: [
        { title: 'off', required: ['mode'], properties: { mode: { const: 'off' } } },
        {
          title: 'on',
          required: ['mode', 'ca'],
          properties: {
            mode: { const: 'on' },
            ca: { type: 'string' },
            deep: {
              oneOf: [
                { required: ['kind'], properties: { kind: { const: 'x' }, n: { type: 'number' } } },
                { required: ['kind', 'm'], properties: { kind: { const: 'y' } } },
              ],
            },
          },
        },
      ],
    },
  },
}
const good = { host: 'h', port: 1 }

async function pointers(configuration: Record<string, unknown>): Promise<string[]> {
  const errors = await configurationErrors(specification, configuration)
  return errors.map((error) => error.pointer).sort()
}

test.each([
  [good, []],
  [{ ...good, more: 1 }, []],
  [{}, ['/host', '/port']],
  [{ host: '', port: 'x', level: 'no', 'a/b~c': 1 }, ['/a~1b~0c', '/host', '/level', '/port']],
  [{ ...good, tls: { mode: 'off' } }, []],
  [{ ...good, tls: {} }, ['/tls/mode']],
  [{ ...good, tls: { mode: 'other' } }, ['/tls/mode']],
  [{ ...good, tls: 'on' }, ['/tls']],
  [{ ...good, tls: { mode: 'on' } }, ['/tls/ca']],
  [
    { ...good, tls: { mode: 'on', ca: 1, deep: { kind: 'x', n: 's' } } },
    ['/tls/ca', '/tls/deep/n'],
  ],
  [{ ...good, tls: { mode: 'on', ca: '', deep: { kind: 'y' } } }, ['/tls/deep/m']],
  [{ ...good, tls: { mode: 'on', ca: mask } }, ['/tls/ca']],
])('%j is wrong at %j', async (configuration, expected) => {
  const found = await pointers(configuration)
  expect([...new Set(found)]).toEqual(expected)
})

test('a mask that hides nothing is told apart from one that nobody knows whose it is', async () => {
  const configuration = { ...good, key: mask, list: [{ key: mask }] }
  expect(await configurationErrors(specification, configuration)).toMatchObject([
    { pointer: '/key', message: 'is masked, and there is none to keep: give it in clear' },
    { pointer: '/list/0/key', message: expect.stringContaining('which one it was is not certain') },
  ])
})

test('no error is left out, however many there are, and none says what stands there', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `f${i}`)
  const many = {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
    additionalProperties: false,
  }
  expect(await configurationErrors(many, {})).toHaveLength(40)
  const secrets = Object.fromEntries(names.map((name) => [name, 'hunter2']))
  const errors = await configurationErrors(many, { ...secrets, other: 'hunter2' })
  expect(errors).toHaveLength(41)
  expect(errors).toContainEqual({ pointer: '/other', message: 'is not known to the connector' })
  expect(JSON.stringify(errors)).not.toContain('hunter2')
})
