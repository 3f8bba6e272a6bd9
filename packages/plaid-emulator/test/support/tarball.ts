// The package's tarball, made as its page says.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const project = resolve(import.meta.dirname, '../../../..')

/** The name of the tarball that is in the folder then. */
export async function packInto(folder: string): Promise<string> {
  // an old one would hide a fault
  await rm(join(project, 'packages/plaid-emulator/dist'), { recursive: true, force: true })
  const pack = ['run', '--silent', 'tarball', '--workspace', 'packages/plaid-emulator', '--']
  const { stdout } = await run('npm', [...pack, '--silent', '--pack-destination', folder], {
    cwd: project,
  })
  return stdout.trim().split('\n').at(-1) ?? ''
}
