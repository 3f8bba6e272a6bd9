// The table of commands as text and as docs/emulator-commands.md, with the tables that they draw
// on; a test holds the page to what is made here.
import { type Input, inputsOf } from './admin/form.ts'
import type { Command } from './control/command.ts'
import { COMMANDS } from './control/commands.ts'
import { ANSWERS } from './control/faults.ts'
import { errorCodes } from './error-codes.ts'

export function commandsText(): string {
  return COMMANDS.map(({ name, fields, doc }) => {
    return `${name}: {${Object.keys(fields).join(', ')}}\n    ${doc}`
  }).join('\n')
}

export function commandsJson(): string {
  const told = COMMANDS.map(({ name, fields, doc }) => ({ name, fields: Object.keys(fields), doc }))
  return JSON.stringify(told, null, 2)
}

export function commandsPage(): string {
  const errors = [...errorCodes].map(([code, { type, status, message }]) => {
    return `| \`${code}\` | \`${type}\` | ${status} | ${message.replaceAll('|', '\\|')} |`
  })
  const answers = Object.entries(ANSWERS).map(([name, doc]) => `| \`${name}\` | ${doc} |`)
  return [
    HEAD,
    ...COMMANDS.map(section),
    `## What may become of an answer\n\n| answer | what happens |\n|---|---|\n` +
      `${answers.join('\n')}\n`,
    `## Errors\n\n| error_code | error_type | status | error_message |\n|---|---|---|---|\n` +
      `${errors.join('\n')}\n`,
  ].join('\n')
}

function section(command: Command): string {
  const { name, doc, short } = command
  const rows = inputsOf(command).map((input) => {
    return `| \`${input.name}\` | ${valuesOf(input)} | ${input.required ? 'yes' : ''} |`
  })
  const brief = short === undefined ? '' : ` In short: \`${name}: <${short}>\`.`
  const table = `\n\n| field | value | needed |\n|---|---|---|\n${rows.join('\n')}`
  return `## ${name}\n\n${doc}${brief}${rows.length === 0 ? '' : table}\n`
}

function valuesOf({ name, kind, choices }: Input): string {
  if (kind === 'choice') return choices.map((choice) => `\`${choice}\``).join(', ')
  if (name === 'item_id') return 'which Item: see above'
  return {
    text: 'text',
    number: 'number',
    switch: 'true or false',
    list: 'a list of texts',
    value: 'an id, or `{name: …, pending: true}` with one of them or both',
  }[kind]
}

const HEAD = `# Commands of the emulator

What Plaid has no word for, time, changes and failures, is a command: one name with its fields.
It is said

- by the command line: \`./tartan emulator do 'maintenance: 2h'\`,
- over the admin API: \`POST /emulator/commands\` with \`{"maintenance": "2h"}\` and the admin
  token as a bearer token,
- on the admin page, \`/emulator\`, as a form,
- as one line of a scenario.

## Scenarios

A scenario is a YAML file that says which world it wants and what happens in it, each step one
command. With \`at\`
it happens so long after the world began, on the world's clock; without, together with the step
before it.

\`\`\`yaml
seed: bad-week
date: 2026-03-02 # the clock stands there until it is advanced
readiness: plaid
steps:
  - {at: 1d, fault: {endpoint: /transactions/*, error_code: INSTITUTION_DOWN, times: 5}}
  - {at: 3d, mutate: {item_id: {institution_id: ins_109509}, add: 3}}
  - maintenance: 2h
\`\`\`

It may also set \`world\`, \`rate_limits\` and \`items_expire_after\`; what it sets stands above
the emulator's options. Start it with
\`./tartan emulator --scenario file.yaml\`. Examples are in
[examples/scenarios](../examples/scenarios).

## Which Item

\`item_id\` is an Item's id, \`first\`, \`last\`, or what can be known before there is one:
\`{institution_id: ins_109509, username: user_good, number: 2}\`, of which any part may lack.

An account is named by its id, its name or its mask.

Durations look like \`30d\`, \`6h\`, \`15m\` or \`20s\`. An \`endpoint\` is a path, or the
beginning of one with a \`*\` at its end.

This page is made by \`./tartan emulator commands --format markdown >
packages/plaid-emulator/docs/emulator-commands.md\`.
`
