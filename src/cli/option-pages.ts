// The table of options as text, as `.env.example` and as docs/options.md; a test holds the two
// files to what is made here.
import { emulatorFlag, emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import { type OptionSpec } from '../std/options.ts'
import { defaultOf, flagOf, table, valuesOf } from '../server/options.ts'
import { formatTable } from './print.ts'

function byGroup(): [string, OptionSpec[]][] {
  const groups = Map.groupBy<string, OptionSpec>(Object.values(table), (spec) => spec.group)
  return [...groups]
}

export function optionsText(): string {
  const names = ['variable', 'flag', 'default', 'values']
  return byGroup()
    .map(([group, specs]) => {
      const rows = specs.map((spec) => [
        spec.env,
        flagOf(spec) ?? '',
        defaultOf(spec),
        valuesOf(spec),
      ])
      const docs = specs.map((spec) => `  ${spec.env}: ${spec.doc}`)
      return `${group}\n\n${formatTable(names, rows)}\n\n${docs.join('\n')}\n`
    })
    .join('\n')
}

export function envExample(): string {
  const groups = byGroup().map(([group, specs]) => {
    const lines = specs.map((spec) => {
      const values = spec.type === 'string' || spec.type === 'secret' ? '' : ` (${valuesOf(spec)})`
      return `# ${spec.doc}${values}\n#${spec.env}=${defaultOf(spec)}`
    })
    return `## ${group}\n\n${lines.join('\n\n')}\n`
  })
  return `${ENV_HEAD}\n${groups.join('\n')}`
}

const ENV_HEAD = `# Copy this file to .env and take the # off the lines that you change.
# The environment wins over this file, a flag over both.
# Made by: ./tartan options --format env > .env.example
`

export function optionsPage(): string {
  const groups = byGroup().map(([group, specs]) => tableOf(group, specs, flagOf))
  const alone = tableOf(ALONE, Object.values(emulatorTable), emulatorFlag)
  return [PAGE_HEAD, ...groups, alone].join('\n')
}

type FlagOf = (spec: OptionSpec) => string | undefined

function tableOf(title: string, specs: OptionSpec[], flagOf: FlagOf): string {
  const rows = specs.map((spec) => {
    const flag = flagOf(spec)
    const cells = [
      `\`${spec.env}\``,
      flag === undefined ? '' : `\`${flag}\``,
      defaultOf(spec) === '' ? '' : `\`${defaultOf(spec)}\``,
      valuesOf(spec),
      spec.doc,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [`## ${title}\n`, ...TABLE_HEAD, ...rows, ''].join('\n')
}

const ALONE = 'An emulator alone: `./tartan emulator`'

const TABLE_HEAD = ['| variable | flag | default | values | what for |', '|---|---|---|---|---|']

const PAGE_HEAD = `# Options

Each option is an environment variable, a line of the file \`.env\` in the project folder, and a
flag of \`./tartan\`. A flag wins over the environment, the environment over the file. Secrets have
no flag: other users of the machine can read a program's arguments. A change takes effect with the
next \`make airbyte-start\`.

Made by \`./tartan options --format markdown > docs/options.md\`.
`
