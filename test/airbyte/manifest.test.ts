// The manifest’s text is what the dictionary of streams makes of it.
// `npx vitest run test/airbyte --update` writes it anew.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { manifestText, sourceManifest } from '../../src/server/airbyte/manifest.ts'

test('airbyte/source-plaid.yaml is the dictionary’s, and says what setup gives an Airbyte', async () => {
  const text = manifestText()
  await expect(text).toMatchFileSnapshot(
    resolve(import.meta.dirname, '../../airbyte/source-plaid.yaml'),
  )
  expect(parse(text)).toEqual(sourceManifest())
})
