// A form of a source or a destination: what it asks for, what is wrong with what was written into
// it, and whether it works, before anything is kept.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mask } from '../../src/engine/connector/configuration.ts'
import {
  type Engine,
  destinationPassword,
  type Loose,
  sourceKey,
  startEngine,
} from '../support/engine.ts'
import { destinationDefinitionId, sourceDefinitionId } from '../support/engine.definitions.ts'

const check = async (engine: Engine, path: string, body: object): Promise<Loose> => {
  const answer = await engine.config(path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

test('a connector’s specification is given as the connector says it', async () => {
  await using engine = await startEngine()
  const source = await engine.config('/source_definition_specifications/get', {
    sourceDefinitionId,
  })
  expect(source.body).toMatchObject({
    sourceDefinitionId,
    connectionSpecification: { properties: { api_key: { airbyte_secret: true } } },
  })
  const destination = await engine.config('/destination_definition_specifications/get', {
    destinationDefinitionId,
  })
  expect(destination.body).toMatchObject({
    connectionSpecification: { required: ['password', 'file'] },
    supportedDestinationSyncModes: ['append', 'overwrite', 'append_dedup'],
  })
  const wrong = { sourceDefinitionId: destinationDefinitionId }
  expect((await engine.config('/source_definition_specifications/get', wrong)).status).toBe(400)
})

test('a draft is checked with everything that is wrong, and nothing is kept of it', async () => {
  await using engine = await startEngine()
  const path = '/scheduler/destinations/check_connection'
  const draft = (connectionConfiguration: object) => ({
    destinationDefinitionId,
    connectionConfiguration,
  })
  const wrong = await check(engine, path, draft({ file: 7 }))
  expect(wrong.status).toBe('failed')
  expect(wrong.errors.map((error: Loose) => error.pointer).sort()).toEqual(['/file', '/password'])
  const file = join(engine.folder, 'x')
  const masked = await check(engine, path, draft({ password: mask, file }))
  expect(masked.errors).toMatchObject([{ pointer: '/password' }])
  const right = await check(engine, path, draft({ password: destinationPassword, file }))
  expect(right).toMatchObject({ status: 'succeeded', jobInfo: { succeeded: true } })
  expect(right.errors).toBeUndefined()
  const source = await check(engine, '/scheduler/sources/check_connection', {
    sourceDefinitionId,
    connectionConfiguration: { api_key: sourceKey, checkFails: true },
  })
  expect(source).toMatchObject({ status: 'failed', jobInfo: { succeeded: true } })
  expect(source.message).toBe(`no bank has ${mask}`) // L5
  expect((await engine.call('GET', '/destinations')).body.data).toEqual([])
})

test('a change is checked with the secrets that are there, and is not made', async () => {
  await using engine = await startEngine()
  await engine.connect()
  const [source] = (await engine.call('GET', '/sources')).body.data
  const { sourceId, configuration } = source
  expect(configuration.api_key).toBe(mask)
  const path = '/sources/check_connection_for_update'
  const change = (connectionConfiguration: object) => ({ sourceId, connectionConfiguration })
  expect(await check(engine, path, change(configuration))).toMatchObject({ status: 'succeeded' })
  const failing = await check(engine, path, change({ ...configuration, checkFails: true }))
  expect(failing.status).toBe('failed')
  const without = await check(engine, path, change({}))
  expect(without.errors).toEqual([{ pointer: '/api_key', message: 'is required' }])
  expect((await engine.call('GET', `/sources/${sourceId}`)).body).toEqual(source)
})

test('one that is refused when it is made says all that is wrong, too', async () => {
  await using engine = await startEngine()
  const [{ workspaceId }] = (await engine.call('GET', '/workspaces')).body.data
  const refused = await engine.call('POST', '/destinations', {
    name: 'd',
    workspaceId,
    definitionId: destinationDefinitionId,
    configuration: { file: 7 },
  })
  expect(refused.status).toBe(422)
  expect(refused.body.data.errors).toHaveLength(2)
})
