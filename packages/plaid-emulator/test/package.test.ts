// The npm package of the emulator asks for what its code imports: no more, no less, and in the
// versions that are tested here.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const home = resolve(import.meta.dirname, '..')
const project = resolve(home, '../..')
const entries = ['src/main.ts', 'src/package.ts']

interface Manifest {
  version: string
  dependencies: Record<string, string>
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** What only its types are written with. */
const ofTypes = ['typebox']

/** Every module that is reached from the entries and stays when types are gone. */
function packagesImported(): string[] {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const follow = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    const imports = [
      ...text.matchAll(/^(?:import|export) (?!type )(?:[^';]*? from )?'([^']+)'/gm),
      ...text.matchAll(/\bimport\('([^']+)'\)/g),
    ]
    for (const [, name = ''] of imports) {
      if (name.startsWith('.')) follow(resolve(file, '..', name))
      else if (!name.startsWith('node:')) packages.add(name.split('/')[0] ?? '')
    }
  }
  for (const entry of entries) follow(join(home, entry))
  return [...packages].sort()
}

test('the package depends on what it imports, in the versions of the lock file', () => {
  const own = manifest(home)
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  expect(Object.keys(own.dependencies).sort()).toEqual([...packagesImported(), ...ofTypes].sort())
  for (const [name, version] of Object.entries(own.dependencies)) {
    expect([name, version]).toEqual([name, packages[`node_modules/${name}`]?.version])
  }
  expect(own.version).toBe(manifest(project).version)
})
