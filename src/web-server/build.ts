// The app is built on the machine, once for each of its versions: into a folder that is named by a
// hash of what it is made from, under another name until it is whole. Two that build at once do no
// harm: the first one's folder stands. Nothing that fails here stops anything but the page (L7).
import { execFile } from 'node:child_process'
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { identify } from '../std/process.ts'
import { treeHash } from '../std/tree-hash.ts'

/** A cold disk and a busy machine included. */
const buildMsMax = 120_000
const outputBytesMax = 1024 * 1024
const COMPRESSED = new Set(['.js', '.css', '.svg', '.json', '.webmanifest'])

function buildsFolder(project: string): string {
  return join(project, '.tartan', 'web')
}

/** Where this version's build is, or will be. */
export async function buildFolder(project: string): Promise<string> {
  const version = await treeHash(project, ['package-lock.json', 'web']).catch(noApp)
  return join(buildsFolder(project), version)
}

function noApp(cause: unknown): never {
  throw new ConfigError('APP_MISSING', 'the folder web/ of the project cannot be read', { cause })
}

/** Builds it if it is not there yet; gives the folder. Runs as a process of its own. */
export async function buildApp(project: string): Promise<string> {
  // The lowest got nothing at all of a busy machine, and was ended for it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  const folder = await buildFolder(project)
  if (await isThere(folder)) return folder
  const half = `${folder}.partial-${process.pid}`
  try {
    await mkdir(buildsFolder(project), { recursive: true })
    await runVite(project, half)
    await compress(half)
    await rename(half, folder)
  } catch (cause) {
    if (await isThere(folder)) return folder // somebody else was faster
    throw cause
  } finally {
    await rm(half, { recursive: true, force: true }).catch(() => {})
  }
  await sweep(buildsFolder(project), folder)
  return folder
}

async function runVite(project: string, outDir: string): Promise<void> {
  const vite = join(project, 'node_modules', 'vite', 'bin', 'vite.js')
  const config = join(project, 'web', 'vite.config.ts')
  const args = [vite, 'build', '--config', config, '--outDir', outDir, '--emptyOutDir']
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: project,
      // Whoever starts it may have another; React would be its larger and slower self.
      env: { ...process.env, NODE_ENV: 'production' },
      timeout: buildMsMax,
      killSignal: 'SIGKILL',
      maxBuffer: outputBytesMax,
    })
  } catch (cause) {
    const { stderr, killed = false } = cause as { stderr?: string; killed?: boolean }
    const late = killed ? `it took longer than ${buildMsMax / 1_000} s` : undefined
    const said = late ?? (stderr?.trim() || messageOf(cause))
    const words = said.split('\n').slice(0, wordsMax).join('\n')
    throw new ConfigError('BUILD_FAILED', `Vite could not build it: ${words}`, { cause })
  }
}

const wordsMax = 12

/** Once here, and never while somebody waits. */
async function compress(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!COMPRESSED.has(extname(name))) continue
    const path = join(folder, name)
    const bytes = await readFile(path)
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes))
  }
}

/** Older versions, and what killed builders left; a server that runs has its own in memory. */
async function sweep(builds: string, keep: string): Promise<void> {
  for (const name of await readdir(builds)) {
    const path = join(builds, name)
    const builder = /\.partial-(\d+)$/.exec(name)?.[1]
    const isBuilding = builder !== undefined && identify(Number(builder)) !== undefined
    if (path !== keep && !isBuilding) await rm(path, { recursive: true, force: true })
  }
}

async function isThere(folder: string): Promise<boolean> {
  return access(join(folder, 'index.html')).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false
      throw error
    },
  )
}
