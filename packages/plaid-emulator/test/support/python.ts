// The Python of this package's suites, with what test/python/requirements.txt pins.
import { resolve } from 'node:path'
import { pythonFolder } from '../../../../test/support/python.ts'

export function emulatorPython(): Promise<string | undefined> {
  return pythonFolder(resolve(import.meta.dirname, '../python/requirements.txt'))
}
