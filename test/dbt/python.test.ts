// Without a Python that can run dbt, one sentence says so, and nothing was made.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { installedDbt } from '../../src/server/models/python.ts'

const requirements = resolve(import.meta.dirname, '../../dbt/requirements.txt')
const path = process.env['PATH']

afterEach(() => {
  process.env['PATH'] = path
})

test('where Python is missing, it is said in a sentence, and with what to do', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'tartan dbt '))
  const folder = join(parent, 'dbt')
  process.env['PATH'] = parent
  try {
    const asked = installedDbt(folder, requirements, () => {}, new AbortController().signal)
    await expect(asked).rejects.toMatchObject({
      code: 'PYTHON_MISSING',
      kind: 'config',
      message: expect.stringMatching(/Python 3\.10 or newer.*install.*run \.\/tartan models again/),
    })
    expect(existsSync(folder)).toBe(false)
  } finally {
    rmSync(parent, { recursive: true })
  }
})
