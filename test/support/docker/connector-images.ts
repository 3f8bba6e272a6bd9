// The connector images, run as an Airbyte runs them: by its own shell line, as its user, with files
// in a folder and pipes between, over the containers that are up.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { catalog } from '../../../src/catalog/catalog.ts'
import { airbyteStream } from '../../../src/catalog/stream.ts'
import type { AirbyteMessage } from '../../../src/protocol/message.ts'

interface Stack {
  sh(command: string): Promise<string>
  /** Of the containers. */
  network: string
  source: Record<string, unknown>
  destination: Record<string, unknown>
}

export async function runConnectorImages({ sh, network, ...configs }: Stack): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tartan-images-'))
  try {
    await sh('make connector-images VERSION=test')
    const streams = catalog.map((stream) => ({
      stream: airbyteStream(stream),
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
      primary_key: stream.primaryKey.map((field) => [field]),
      cursor_field: [stream.cursorField],
    }))
    const files = { ...configs, catalog: { streams } }
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify(content), { mode: 0o644 })
    }
    await sh(`chmod 0755 ${folder}`)
    const run = (image: string, place: string, verb: string) =>
      `docker run --rm -i --network ${network} -v ${folder}:/config:ro -w ${place} ` +
      `--entrypoint sh tartan-${image}:test -c 'eval "$AIRBYTE_ENTRYPOINT ${verb}"'`
    const source = (verb: string) => run('source-plaid', '/source', verb)
    const destination = (verb: string) => run('destination-postgres', '/dest', verb)
    expect(await sh('docker run --rm --entrypoint id tartan-source-plaid:test -un')).toBe(
      'airbyte\n',
    )
    for (const image of ['source-plaid', 'destination-postgres']) {
      const [said] = messagesOf(await sh(`docker run --rm tartan-${image}:test spec`))
      expect(said?.type).toBe('SPEC')
    }
    for (const check of [
      source('check --config /config/source.json'),
      destination('check --config /config/destination.json'),
    ]) {
      expect(messagesOf(await sh(check))).toContainEqual({
        type: 'CONNECTION_STATUS',
        connectionStatus: { status: 'SUCCEEDED' },
      })
    }
    const withCatalog = '--catalog /config/catalog.json'
    const read = source(`read --config /config/source.json ${withCatalog}`)
    const write = destination(`write --config /config/destination.json ${withCatalog}`)
    const states = messagesOf(await sh(`${read} | ${write}`)).filter(({ type }) => type === 'STATE')
    expect(states.length).toBeGreaterThanOrEqual(streams.length)
  } finally {
    await sh('docker rmi -f tartan-source-plaid:test tartan-destination-postgres:test')
    await rm(folder, { recursive: true })
  }
}

function messagesOf(text: string): AirbyteMessage[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as AirbyteMessage)
}
