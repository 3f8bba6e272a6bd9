// Run by the launcher after an install, before any package is used: names what the lock file wants
// for this machine and the folder has not. npm leaves out an optional package that it cannot fetch,
// the database's binaries among them, and still ends well.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked {
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
}

const folder = process.argv[2] ?? '.'
const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const missing = Object.entries(lock.packages)
  .filter(([path, locked]) => isWanted(locked) && !existsSync(join(folder, path, 'package.json')))
  .map(([path]) => path)
if (missing.length > 0) {
  process.stderr.write(`missing: ${missing.join(', ')}\n`)
  process.exitCode = 1
}

/** An optional package that is for no platform in particular may belong to one that is left out. */
function isWanted({ optional, os, cpu, libc }: Locked): boolean {
  if (!optional) return true
  return (
    os?.includes(process.platform) === true &&
    cpu?.includes(process.arch) === true &&
    libc?.includes(ownLibc()) !== false
  )
}

function ownLibc(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
