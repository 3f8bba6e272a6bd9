// `options`: the table of everything that can be set, and the two files that are made from it.
import type { Command } from 'commander'
import { Option } from 'commander'
import { envExample, optionsPage, optionsText, optionView } from '../option-pages.ts'
import { out, outJson } from '../print.ts'
import { table } from '../../server/options.ts'

export function optionsCommand(program: Command): void {
  const formats = { text: optionsText, env: envExample, markdown: optionsPage }
  program
    .command('options')
    .description('Lists everything that can be set, with its default.')
    .addOption(
      new Option('--format <format>', 'text, or as .env.example or docs/options.md has it')
        .choices(Object.keys(formats))
        .default('text'),
    )
    .option('--json', 'as JSON')
    .action((options: { format: keyof typeof formats; json?: boolean }) => {
      if (options.json) outJson(Object.values(table).map(optionView))
      else out(formats[options.format]().trimEnd())
    })
}
