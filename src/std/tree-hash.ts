// What a piece of code is known by: a hash over files and folders of a project.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Over the names and bytes of all files of these, in order. */
export async function treeHash(project: string, parts: readonly string[]): Promise<string> {
  const files = await Promise.all(parts.map((part) => filesOf(join(project, part))))
  const hash = createHash('sha256')
  for (const file of files.flat()) {
    const bytes = await readFile(file)
    hash.update(`\0${file.slice(project.length)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
