// `./tartan emulator` is the emulator's own program under another name; what its options do is held
// by the package's tests.
import { resolve } from 'node:path'
import { test } from 'vitest'
import { runsAndSteers } from '../../packages/plaid-emulator/test/support/program.ts'

const TARTAN = resolve(import.meta.dirname, '../../src/cli/main.ts')

test('the command runs an emulator and steers it', () => runsAndSteers(TARTAN, ['emulator']))
