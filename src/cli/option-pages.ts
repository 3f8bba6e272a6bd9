// The table of options as text, as `.env.example` and as docs/options.md; a test holds the two
// files to what is made here.
import { emulatorFlag, emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import { type OptionSpec } from '../std/options.ts'
import { defaultOf, flagOf, table, type TartanOption, valuesOf } from '../server/options.ts'
import { formatTable } from './print.ts'

function byGroup(): [string, TartanOption[]][] {
  const groups = Map.groupBy<string, TartanOption>(Object.values(table), (spec) => spec.group)
  return [...groups]
}

export function optionsText(): string {
  const names = ['variable', 'flag', 'default', 'takes effect', 'values']
  return byGroup()
    .map(([group, specs]) => {
      const rows = specs.map((spec) => [
        spec.env,
        flagOf(spec) ?? '',
        defaultOf(spec),
        spec.applies,
        valuesOf(spec),
      ])
      const docs = specs.map((spec) => `  ${spec.env}: ${spec.doc}`)
      return `${group}\n\n${formatTable(names, rows)}\n\n${docs.join('\n')}\n`
    })
    .join('\n')
}

/** The same for programs. */
export function optionView(spec: TartanOption): object {
  const { env, doc, group, applies } = spec
  const values = valuesOf(spec)
  return { env, flag: flagOf(spec) ?? null, default: defaultOf(spec), values, group, applies, doc }
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
  const own = Object.values(emulatorTable).map((spec) => ({
    ...spec,
    applies: 'at start' as const,
  }))
  const alone = tableOf(ALONE, own, emulatorFlag)
  return [PAGE_HEAD, ...groups, alone].join('\n')
}

type FlagOf = (spec: OptionSpec) => string | undefined

function tableOf(title: string, specs: TartanOption[], flagOf: FlagOf): string {
  const rows = specs.map((spec) => {
    const flag = flagOf(spec)
    const cells = [
      `\`${spec.env}\``,
      flag === undefined ? '' : `\`${flag}\``,
      defaultOf(spec) === '' ? '' : `\`${defaultOf(spec)}\``,
      valuesOf(spec),
      spec.applies,
      spec.doc,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [`## ${title}\n`, ...TABLE_HEAD, ...rows, ''].join('\n')
}

const ALONE = 'An emulator alone: `./tartan emulator`'

const TABLE_HEAD = [
  '| variable | flag | default | values | takes effect | what for |',
  '|---|---|---|---|---|---|',
]

const PAGE_HEAD = `# Options

Each option is an environment variable, a line of the file \`.env\` in the project folder, and a
flag of \`./tartan\`. A flag wins over the environment, the environment over the file. Secrets have
no flag: other users of the machine can read a program's arguments.

When a changed value takes effect:

- **at once**: with the command that it is given to;
- **at setup**: with \`make airbyte-setup\` (and \`init\`), while everything runs;
- **at start**: with \`make airbyte-start\` (and \`init\`), which ends what runs with another;
- **at first start**: with the first start of a data folder; its data are of that value for good.

No command passes a changed value over: it takes it, or it names it, what is in use and the command
that takes it, and ends with 3. What a flag or a variable of the environment gave to a start counts
until the next start that is made without it; what it gave to a set-up, until another is given. A
line that is taken out of \`.env\` is a change.
\`make airbyte-check\` lists what would change.

Made by \`./tartan options --format markdown > docs/options.md\`.
`
