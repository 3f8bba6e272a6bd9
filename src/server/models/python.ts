// dbt in a virtual environment of its own, in the data folder: what requirements.txt pins, by its
// hashes, as wheels only, so that nothing of a package runs while it is installed. Another list of
// requirements, or another Python, is another environment.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError, errorCode, messageOf, TransientError } from '../../std/errors.ts'
import { writeWhole } from '../files.ts'

const run = promisify(execFile)

const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']
/** A Python that does not answer such a question is none. */
const askMsMax = 20_000
const installMsMax = 15 * 60_000
const outputBytesMax = 16 * 1024 * 1024

/** The program `dbt`; made first where it is not there. */
export async function installedDbt(
  folder: string,
  requirementsFile: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const python = await findPython(signal)
  const requirements = await readFile(requirementsFile, 'utf8')
  const mark = createHash('sha256').update(`${python.version}\n${requirements}`).digest('hex')
  const name = `venv-${mark.slice(0, 12)}`
  const venv = join(folder, name)
  const done = join(venv, 'installed')
  const dbt = join(venv, 'bin', 'dbt')
  if (await isThere(done)) return dbt
  say(`… installing dbt into ${venv}, once`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const old of await readdir(folder)) {
    if (old.startsWith('venv-')) await rm(join(folder, old), { recursive: true, force: true })
  }
  const options = { signal, timeout: installMsMax, maxBuffer: outputBytesMax }
  await run(python.program, ['-m', 'venv', venv], options).catch(withoutVenv)
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check']
  const pinned = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '-r', requirementsFile]
  await run(join(venv, 'bin', 'python'), [...pip, ...pinned], options).catch(notInstalled)
  await writeWhole(done, '')
  return dbt
}

interface Python {
  program: string
  version: string
}

async function findPython(signal: AbortSignal): Promise<Python> {
  const question = 'import sys; print("%d.%d" % sys.version_info[:2])'
  for (const program of CANDIDATES) {
    const answer = await run(program, ['-c', question], { timeout: askMsMax, signal }).catch(
      () => undefined,
    )
    signal.throwIfAborted()
    const version = answer?.stdout.trim() ?? ''
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major === 3 && minor >= 10) return { program, version }
  }
  throw new ConfigError(
    'PYTHON_MISSING',
    'the models are left as they are: they need Python 3.10 or newer with its venv module, and ' +
      'none is on the PATH; install python3 and python3-venv and run ./tartan models again ' +
      '(everything else works without)',
  )
}

function withoutVenv(cause: unknown): never {
  if (errorCode(cause) === 'ABORT_ERR') throw cause
  throw new ConfigError(
    'PYTHON_MISSING',
    'the models are left as they are: this machine’s Python has no venv module; install ' +
      'python3-venv and run ./tartan models again (everything else works without)',
    { cause },
  )
}

function notInstalled(cause: unknown): never {
  if (errorCode(cause) === 'ABORT_ERR') throw cause
  const said = (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1)
  const why = said === undefined || said === '' ? messageOf(cause) : said
  throw new TransientError('DBT_NOT_INSTALLED', `dbt cannot be installed: ${why}`, { cause })
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
