// The laws of the house, held by a test: who may import whom, how large a file may be, where SQL,
// time, randomness and the environment may appear.
import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

const rooms: Record<string, string[]> = {
  std: [],
  catalog: ['std'],
  protocol: ['std'],
  postgres: ['std'],
  plaid: ['std'],
  'plaid-api': ['std', 'catalog', 'postgres', 'plaid'],
  'source-plaid': ['std', 'catalog', 'protocol'],
  'destination-postgres': ['std', 'protocol', 'postgres'],
  engine: ['std', 'protocol', 'postgres'],
  'web-server': ['std', 'catalog', 'postgres'],
  'plaid-emulator': ['std'],
}
const everything = Object.keys(rooms)
rooms['server'] = everything
rooms['cli'] = [...everything, 'server']

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '')
const code = tracked.filter((file) => /\.(ts|tsx|mjs)$/.test(file))
const source = code.filter((file) => /^(packages\/[^/]+\/)?src\//.test(file))
const app = code.filter((file) => file.startsWith('web/src/'))

const imports = new Map(source.map((file) => [file, importsOf(file)]))

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Each line of the files for which `wrong` holds, as `file:line: text`. */
function offences(files: string[], wrong: (line: string) => boolean): string[] {
  return files.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, i) => (wrong(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  )
}

/** The files of ours that a file imports. */
function importsOf(file: string): string[] {
  return [...text(file).matchAll(/\b(?:from |import\(|import )'(\.[^']+)'/g)].map(([, path]) =>
    relative(root, resolve(root, dirname(file), path ?? '')),
  )
}

/** What is wrong about the folders in `home`, by the order of a table on a page. */
function upwardIn(home: string, page: string, title: string): string[] {
  const section = (text(page).split(`${title}\n`)[1] ?? '').split('\n## ')[0] ?? ''
  const order = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, folder]) => folder)
  const folderOf = (file: string) =>
    file.startsWith(home) && file.slice(home.length).includes('/')
      ? file.slice(home.length).split('/')[0]
      : undefined
  return source.flatMap((file) => {
    const folder = folderOf(file)
    if (folder === undefined) return []
    if (!order.includes(folder)) return [`${file} is in a folder that is not in the table`]
    return importsOf(file)
      .filter((target) => order.indexOf(folderOf(target)) > order.indexOf(folder))
      .map((target) => `${file} imports ${target}`)
  })
}

/** All that a file imports, and what that imports. */
function reachedFrom(file: string, found = new Set<string>()): Set<string> {
  for (const target of imports.get(file) ?? []) {
    if (found.has(target)) continue
    found.add(target)
    reachedFrom(target, found)
  }
  return found
}

function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function isComment(line: string): boolean {
  return /^\s*(\/\/|\*|\/\*)/.test(line)
}

describe('the walls', () => {
  test('a room imports only the rooms that the plan allows', () => {
    const crossings = source.flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const from = roomOf(file)
        const to = roomOf(target)
        if (from === to || rooms[from]?.includes(to)) return []
        return [`${file} imports ${target}`]
      }),
    )
    expect(crossings).toEqual([])
  })

  test('files import one another in no circle, be it for a type alone', () => {
    const reached = new Map(source.map((file) => [file, reachedFrom(file)]))
    const reaches = (from: string, to: string) => reached.get(from)?.has(to) === true
    const inCircles = source.filter((file) => reaches(file, file))
    const circles = inCircles.map((file) =>
      inCircles.filter((other) => reaches(file, other) && reaches(other, file)).join(' '),
    )
    expect([...new Set(circles)]).toEqual([])
  })

  test('what is beside a package’s source knows the package, std and the tests’ support', () => {
    const beside = code.filter((file) => /^packages\/[^/]+\/(test|bench)\//.test(file))
    expect(beside).not.toEqual([])
    const crossings = beside.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith(file.split('/', 2).join('/')))
        .filter((target) => !/^(src\/std|test\/support|bench)\//.test(target))
        .map((target) => `${file} imports ${target}`),
    )
    expect(crossings).toEqual([])
  })

  test('every room is in the plan', () => {
    const found = new Set(source.map(roomOf))
    expect([...found].filter((room) => rooms[room] === undefined)).toEqual([])
  })

  test('the plan in ARCHITECTURE.md names the same rooms', () => {
    const page = text('ARCHITECTURE.md')
    expect(Object.keys(rooms).filter((room) => !page.includes(`\`${room}\``))).toEqual([])
  })

  test('it names the engine’s folders, of which each knows only those above it', () => {
    expect(upwardIn('src/engine/', 'ARCHITECTURE.md', '## Inside the engine')).toEqual([])
  })

  test('the engine’s root has only what composes it', () => {
    const atRoot = source.filter((file) => /^src\/engine\/[^/]+$/.test(file))
    const composition = ['scheduler.ts', 'server.ts', 'worker.ts']
    expect(atRoot).toEqual(composition.map((name) => `src/engine/${name}`))
  })

  test('it names the emulator’s folders, of which each knows only those above it', () => {
    const home = 'packages/plaid-emulator/'
    expect(upwardIn(`${home}src/`, `${home}ARCHITECTURE.md`, '# Inside the emulator')).toEqual([])
    const inside = source.filter((file) => /^packages\/plaid-emulator\/src\/[^/]+\//.test(file))
    const outward = inside
      .filter((file) => file.startsWith('packages/plaid-emulator/src/world/'))
      .flatMap((file) => importsOf(file).map((target) => `${file} imports ${target}`))
      .filter(
        (crossing) => !/imports (packages\/plaid-emulator\/src\/world|src\/std)\//.test(crossing),
      )
    expect(outward).toEqual([])
  })
})

describe('the web app', () => {
  test('it knows the services by HTTP; of their code only the types of answers', () => {
    const outward = /^\s*(import|export)\b.*'((\.\.\/)+(src|packages|test|bench)\/[^']*)'/
    const wrong = (line: string) => {
      const match = outward.exec(line)
      return match !== null && !/^\s*import type .*\/([a-z]+-)?shapes\.ts'/.test(line)
    }
    expect(offences(app, wrong)).toEqual([])
  })

  test('its files import one another in no circle', () => {
    const graph = new Map(app.map((file) => [file, importsOf(file)]))
    const reach = (file: string, found = new Set<string>()): Set<string> => {
      for (const target of graph.get(file) ?? []) {
        if (!found.has(target)) reach(target, found.add(target))
      }
      return found
    }
    expect(app.filter((file) => reach(file).has(file))).toEqual([])
  })

  test('it asks for the time in one place, makes no randomness and no markup of text', () => {
    const clock = 'web/src/words/clock.ts'
    const files = app.filter((file) => file !== clock)
    expect(
      offences(files, (line) => /Date\.now\(|new Date\(\)|performance\.now/.test(line)),
    ).toEqual([])
    const wrong =
      /Math\.random|randomUUID|innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|logo_url/
    expect(offences(app, (line) => wrong.test(line) && !isComment(line))).toEqual([])
  })

  test('a comment stands at the top of each of its files', () => {
    expect(app.filter((file) => !/^(\/\/|\/\*)/.test(text(file)))).toEqual([])
  })
})

describe('sizes', () => {
  test('a file has at most 400 lines', () => {
    const long = code.filter((file) => text(file).split('\n').length > 401)
    expect(long).toEqual([])
  })

  test('a line has at most 100 characters', () => {
    // A test's title stands on the line of its function, where the formatter keeps it.
    const title = /^\s*(test|describe)[.(]/
    // Golden statements are the database's own lines.
    const files = code.filter((file) => !file.endsWith('/sql.test.ts'))
    const tooLong = offences(files, (line) => line.length > 100 && !title.test(line))
    expect(tooLong).toEqual([])
  })

  test('names of files are in kebab case', () => {
    const wrong = code.filter((file) => !/^[a-z0-9.-]+$/.test(file.split('/').at(-1) ?? ''))
    expect(wrong).toEqual([])
  })
})

describe('one place for each thing', () => {
  test('the time is asked for in std/clock.ts only', () => {
    const files = source.filter((file) => file !== 'src/std/clock.ts')
    expect(
      offences(files, (line) => /Date\.now\(|new Date\(\)|performance\.now/.test(line)),
    ).toEqual([])
  })

  test('randomness is made in std/ids.ts and std/secrets.ts only', () => {
    const files = source.filter((file) => !/std\/(ids|secrets)\.ts$/.test(file))
    const wrong = (line: string) =>
      /Math\.random|randomUUID|randomInt\b/.test(line) && !isComment(line)
    expect(offences(files, wrong)).toEqual([])
  })

  test('SQL is in migrations, store folders, destination-postgres/sql.ts and postgres/', () => {
    const allowed = /\/store\/|destination-postgres\/sql\.ts$|^src\/postgres\//
    const files = source.filter((file) => !allowed.test(file))
    const statement =
      /[`'"](select|insert into|update|delete from|create (table|schema|index)|alter table)\s/i
    expect(offences(files, (line) => statement.test(line) && !isComment(line))).toEqual([])
  })

  test('every column that a query reads is named', () => {
    expect(offences(source, (line) => /select \*/i.test(line) && !isComment(line))).toEqual([])
  })
})

describe('words', () => {
  test('nothing is left for later', () => {
    const later = /\b(TODO|FIXME|XXX|HACK)\b/
    const files = tracked.filter((file) => isText(file) && file !== 'test/tidy.test.ts')
    expect(offences(files, (line) => later.test(line))).toEqual([])
  })

  test('no test is switched off or singled out', () => {
    const tests = code.filter((file) => isTest(file) && file !== 'test/tidy.test.ts')
    expect(
      offences(tests, (line) => /\b(test|it|describe)\.(only|skip|todo)\(/.test(line)),
    ).toEqual([])
  })

  test('a comment stands at the top of every source file', () => {
    const bare = source.filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text(file)))
    expect(bare).toEqual([])
  })
})

function isTest(file: string): boolean {
  return /^(packages\/[^/]+\/)?test\//.test(file)
}

function isText(file: string): boolean {
  return /\.(ts|tsx|sql|md|json|ya?ml|sh)$/.test(file) && !file.endsWith('lock.json')
}
