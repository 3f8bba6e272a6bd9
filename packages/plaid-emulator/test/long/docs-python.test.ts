// The Python of docs/emulator.md runs as it stands there.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emulatorTable } from '../../src/options.ts'
import { startEmulator } from '../support/emulator.ts'
import { blocksOf, withAddress } from '../support/emulator-page.ts'
import { runPython } from '../../../../test/support/python.ts'
import { emulatorPython } from '../support/python.ts'

const python = await emulatorPython()

test.runIf(python !== undefined)('the page’s Python runs', async () => {
  const blocks = blocksOf('python')
  expect(blocks.length).toBeGreaterThan(0)
  await using bench = await startEmulator({ world: emulatorTable.world.default })
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
