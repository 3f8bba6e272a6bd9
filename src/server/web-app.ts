// The build of the web app as a part of a start: made by a process of its own, beside everything
// else, and what came of it kept for the web server's plain page and for `status` (L7).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { classify, messageOf } from '../std/errors.ts'
import { buildFolder } from '../web-server/build.ts'
import { writeWhole } from './files.ts'
import { childEnvironment, projectFolder } from './settings.ts'

function failurePath(dataFolder: string): string {
  return join(dataFolder, 'run', 'web-build.failure')
}

/** Builds it where it is not there; never rejects. */
export async function ensureBuilt(
  dataFolder: string,
  logLevel: string,
  signal: AbortSignal,
): Promise<void> {
  const failure = await build(logLevel, signal).catch((error: unknown) => classify(error).message)
  if (signal.aborted) return
  try {
    if (failure === undefined) await rm(failurePath(dataFolder), { force: true })
    else {
      await mkdir(join(dataFolder, 'run'), { recursive: true, mode: 0o700 })
      await writeWhole(failurePath(dataFolder), failure)
    }
  } catch {
    // a full disk: what is there, or is not, tells enough
  }
}

/** What went wrong; undefined where it is there. */
async function build(logLevel: string, signal: AbortSignal): Promise<string | undefined> {
  if ((await folderIfBuilt()) !== undefined) return undefined
  const program = join(projectFolder, 'src/server/web-build.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    cwd: projectFolder,
    env: childEnvironment(logLevel),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.on(
    'data',
    (chunk: Buffer) => (said = (said + chunk.toString()).slice(-wordsCharsMax)),
  )
  const [code, how] = (await once(child, 'close')) as [number | null, string | null]
  if (code === 0) return undefined
  return said.trim() || `the build of the web app ended with ${how ?? code}`
}

const wordsCharsMax = 4_000

/** Where this version's app is, or why it is not there. */
export async function builtApp(
  dataFolder: string,
): Promise<{ folder: string } | { missing: string }> {
  try {
    const folder = await folderIfBuilt()
    if (folder !== undefined) return { folder }
  } catch (error) {
    return { missing: messageOf(error) }
  }
  return { missing: (await buildFailure(dataFolder)) ?? 'it has not been built yet' }
}

/** Of the last start. */
export async function buildFailure(dataFolder: string): Promise<string | undefined> {
  return readFile(failurePath(dataFolder), 'utf8').catch(() => undefined)
}

async function folderIfBuilt(): Promise<string | undefined> {
  const folder = await buildFolder(projectFolder)
  return access(folder).then(
    () => folder,
    () => undefined,
  )
}
