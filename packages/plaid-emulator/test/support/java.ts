// Plaid's Java client and what it needs, as test/java/pom.xml pins it, fetched once by Maven into
// .tartan. Where the machine has no JDK with Maven, the suites that need them say that they were
// skipped; under CI that is a failure.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const project = resolve(import.meta.dirname, '../../../..')
const pom = resolve(import.meta.dirname, '../java/pom.xml')
const installMsMax = 5 * 60_000
const runMsMax = 5 * 60_000
/** A program of one file is run from its source since Java 11; ours has records, of Java 17. */
const VERSION_MIN = 17

/** The folder of the libraries; undefined where this machine cannot have them. */
export async function javaLibraries(): Promise<string | undefined> {
  if (!(await isAble())) {
    const sentence = `no JDK ${VERSION_MIN} or newer with Maven on this machine`
    if (process.env['CI'] === 'true') throw new Error(`CI needs it: ${sentence}`)
    process.stderr.write(`SKIPPED: ${sentence}\n`)
    return undefined
  }
  const name = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12)
  const folder = join(project, '.tartan/java', name)
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (isThere) return folder
  // Made beside its place and moved there whole, so that a half-made one is never found.
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${draft}`]
  await run('mvn', ['-q', '-B', '-f', pom, ...copy], { timeout: installMsMax })
  await rename(draft, folder)
  return folder
}

/** Runs a program of one file; throws with what it said where it ends badly. */
export async function runJava(
  libraries: string,
  file: string,
  env: Record<string, string>,
): Promise<string> {
  const args = ['-cp', join(libraries, '*'), file]
  const { stdout } = await run('java', args, { env: { ...process.env, ...env }, timeout: runMsMax })
  return stdout
}

async function isAble(): Promise<boolean> {
  try {
    await run('mvn', ['--version'])
    const { stdout } = await run('javac', ['-version'])
    return Number(/(\d+)/.exec(stdout)?.[1] ?? 0) >= VERSION_MIN
  } catch {
    return false
  }
}
