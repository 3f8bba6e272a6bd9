// docs/streams.md says what the dictionary says.
// `npx vitest run test/catalog --update` writes it anew.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { streamsPage } from './page.ts'

test('docs/streams.md is the dictionary’s', async () => {
  const path = resolve(import.meta.dirname, '../../docs/streams.md')
  await expect(streamsPage()).toMatchFileSnapshot(path)
})
