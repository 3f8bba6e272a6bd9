// The Python of docs/emulator.md runs as it stands there.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startEmulator } from '../support/emulator.ts'
import { blocksOf, withAddress } from '../support/emulator-page.ts'
import { pythonFolder, runPython } from '../support/python.ts'

const python = await pythonFolder()

test.runIf(python !== undefined)('the page’s Python runs', async () => {
  const blocks = blocksOf('python')
  expect(blocks.length).toBeGreaterThan(0)
  await using bench = await startEmulator()
  const folder = await mkdtemp(join(tmpdir(), 'docs-'))
  for (const block of blocks) {
    const file = join(folder, 'example.py')
    await writeFile(file, withAddress(block, bench.url()))
    const { code, output } = await runPython(python ?? '', [file], { cwd: folder })
    expect(code, output).toBe(0)
    expect(output).toMatch(/./)
  }
  await rm(folder, { recursive: true })
})
