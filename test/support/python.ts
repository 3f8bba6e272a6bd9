// A Python with the pinned packages of a requirements.txt, in an environment of its own below
// .tartan, made once. Where the machine has no Python, the suites that need one say that they were
// skipped; under CI that is a failure.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const project = resolve(import.meta.dirname, '../..')
const CANDIDATES = ['python3.11', 'python3.12', 'python3.13', 'python3']
/** What the pinned packages ask for, and what an environment is made with. */
const ABLE = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)'
const installMsMax = 10 * 60_000
const runMsMax = 10 * 60_000
const outputBytesMax = 64 * 1024 * 1024

/** The environment's `bin` folder; undefined where this machine cannot make one. */
export async function pythonFolder(requirements: string): Promise<string | undefined> {
  const list = await readFile(requirements)
  const name = createHash('sha256').update(list).digest('hex').slice(0, 12)
  const folder = join(project, '.tartan/python', name)
  if (await isThere(folder)) return join(folder, 'bin')
  const python = await findPython()
  if (python === undefined) {
    const sentence = 'no Python 3.11 or newer with venv on this machine'
    if (process.env['CI'] === 'true') throw new Error(`CI needs it: ${sentence}`)
    process.stderr.write(`SKIPPED: ${sentence}\n`)
    return undefined
  }
  // Made beside its place and moved there whole, so that a half-made one is never found; two
  // suites may want it at the same time.
  const draft = `${folder}.${process.pid}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await run(python, ['-m', 'venv', draft])
  const install = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]
  await run(join(draft, 'bin/python'), install, { timeout: installMsMax })
  await rename(draft, folder).catch(async (error: unknown) => {
    if (!(await isThere(folder))) throw error
    await rm(draft, { recursive: true, force: true }) // the other one was first
  })
  return join(folder, 'bin')
}

export interface PythonRun {
  code: number
  output: string
}

/** Runs a module or a file under the environment's Python; what it leaves stays in `cwd`. */
export async function runPython(
  folder: string,
  args: string[],
  { env = {}, cwd, input = '' }: { env?: Record<string, string>; cwd: string; input?: string },
): Promise<PythonRun> {
  const given = { ...process.env, ...env }
  const options = { cwd, env: given, maxBuffer: outputBytesMax, timeout: runMsMax }
  try {
    const running = run(join(folder, 'python'), args, options)
    running.child.stdin?.end(input)
    const { stdout, stderr } = await running
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }
    return { code: typeof code === 'number' ? code : 1, output: `${stdout}${stderr}` }
  }
}

async function findPython(): Promise<string | undefined> {
  for (const candidate of CANDIDATES) {
    try {
      await run(candidate, ['-c', ABLE])
      return candidate
    } catch {
      // not there, too old, or without venv: the next one
    }
  }
  return undefined
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
