// The dbt project says of the streams what the dictionary says, and leaves nothing undescribed.
// `npx vitest run test/dbt --update` writes the derived files anew.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { derivedFiles } from './staging.ts'

const project = resolve(import.meta.dirname, '../../dbt')

function filesOf(folder: string, ending: string): string[] {
  const all = readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
  const ours = all.filter((file) => file.endsWith(ending) && !file.startsWith('own/'))
  return ours.map((file) => join(project, folder, file))
}

const byText = (a: string, b: string) => a.localeCompare(b)

test('sources and staging are the dictionary’s streams, column for column', async () => {
  for (const [path, text] of Object.entries(derivedFiles())) {
    await expect(text).toMatchFileSnapshot(join(project, path))
  }
})

test('every model is described with a contract, and each of its columns with type and text', () => {
  const pages = filesOf('models', '_models.yml').map((file) => readFileSync(file, 'utf8'))
  const models = pages.flatMap((page) => page.split(/^ {2}- name: /m).slice(1))
  const names = models.map((model) => /^\w+/.exec(model)?.[0] ?? '')
  expect(names.toSorted(byText)).toEqual(
    filesOf('models', '.sql')
      .map((file) => basename(file, '.sql'))
      .toSorted(byText),
  )
  for (const model of models) {
    const [head = '', ...columns] = model.split(/^ {6}- name: /m)
    expect(head).toContain('contract: {enforced: true}')
    expect(columns).not.toEqual([])
    for (const column of columns) {
      expect(column).toMatch(/^ {8}data_type: \w/m)
      expect(column).toMatch(/^ {8}description: "\S/m)
    }
  }
})

test('what dbt is installed from is pinned, by hashes', () => {
  const text = readFileSync(join(project, 'requirements.txt'), 'utf8').replaceAll('\\\n', ' ')
  const lines = text.split('\n').filter((line) => line !== '')
  expect(lines.filter((line) => !/^[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}/.test(line))).toEqual(
    [],
  )
  expect(text).toMatch(/^dbt-core==1\.11\.\d+ /m)
  expect(text).toMatch(/^dbt-postgres==1\.11\.\d+ /m)
})
