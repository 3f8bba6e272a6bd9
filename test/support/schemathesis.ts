// schemathesis over a service's own OpenAPI document: it asks what the document allows and what it
// forbids, and says what was answered otherwise. What it draws is the same each time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pythonFolder, runPython } from './python.ts'

const here = resolve(import.meta.dirname, 'python')

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'every_line',
]

/** The environment's `bin` folder; undefined where there is no Python, which is said. */
export function schemathesisFolder(): Promise<string | undefined> {
  return pythonFolder(join(here, 'schemathesis.txt'))
}

export interface Asking {
  /** Where the service answers, with its document below. */
  url: string
  headers: Record<string, string>
  /** Values that there are, by `path.item_id`; half of the time one of them is taken. */
  known?: Record<string, string[]>
  /** `coverage`: each constraint and its opposite; `fuzzing`: at random, so many an operation. */
  phases: { coverage?: boolean; fuzzing?: number }
  methods?: 'GET' | 'others'
  include?: string
  exclude?: string
}

/** Its report, and 0 where nothing was otherwise. */
export async function askAtRandom(
  python: string,
  asking: Asking,
): Promise<{ code: number; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tartan schemathesis '))
  try {
    await writeFile(join(folder, 'schemathesis.toml'), configuration(asking))
    const { phases, methods, include, exclude } = asking
    const args = [
      join(python, 'st'),
      'run',
      `${asking.url}/openapi.json`,
      '--phases',
      Object.keys(phases).join(','),
      '--checks',
      checks.join(','),
      ...(methods === undefined
        ? []
        : [methods === 'GET' ? '--include-method' : '--exclude-method', 'GET']),
      ...(include === undefined ? [] : ['--include-path-regex', include]),
      ...(exclude === undefined ? [] : ['--exclude-path-regex', exclude]),
    ]
    // It keeps what it found below its folder.
    return await runPython(python, args, { cwd: folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** TOML; its strings are JSON's. */
function configuration({ headers, known = {}, phases }: Asking): string {
  const text = (value: unknown) => JSON.stringify(value)
  const names = Object.keys(known)
  const drawn = (n: number) => `{ dictionary = "of_${n}", probability = 0.5 }`
  return `
hooks = ${text(join(here, 'every_line.py'))}
color = false
continue-on-failure = true
request-timeout = 20
warnings = false
[headers]
${Object.entries(headers)
  .map(([name, value]) => `${text(name)} = ${text(value)}`)
  .join('\n')}
[generation]
deterministic = true
max-examples = ${phases.fuzzing ?? 1}
no-shrink = true
[dictionaries]
${names.map((name, n) => `of_${n} = { values = ${text(known[name])} }`).join('\n')}
[parameters]
${names.map((name, n) => `${text(name)} = ${drawn(n)}`).join('\n')}
`
}
