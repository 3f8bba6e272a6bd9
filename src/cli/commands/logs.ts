// `logs`: what the services say, one or all, as `docker logs` shows it.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { furtherProcesses, services } from '../../server/supervisor/plan.ts'
import { hereSettings } from '../context.ts'
import { followFile, readTail } from '../../std/log-tail.ts'
import { prettyLine } from '../log-line.ts'
import { out } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'

const names = [...services, ...furtherProcesses, 'supervisor']

interface LogsOptions {
  follow?: boolean
  tail: number
  raw?: boolean
}

export function logsCommand(program: Command): void {
  program
    .command('logs')
    .description('Shows the services’ logs.')
    .addArgument(new Argument('[service]', 'one of them').choices(names))
    .option('-f, --follow', 'goes on as they grow')
    .option('-n, --tail <lines>', 'how many lines of each', wholeNumber(0, 999_999_999), 100)
    .option('--raw', 'as they are in the files: JSON lines')
    .action(async (service: string | undefined, options: LogsOptions, command: Command) => {
      const { dataFolder } = await hereSettings(command)
      const folder = join(dataFolder, 'logs')
      const shown = service === undefined ? namesIn(folder) : [service]
      if (shown.length === 0) out('There are no logs yet: nothing was started here.')
      const width = Math.max(0, ...shown.map((name) => name.length))
      const show = (name: string) => (line: string) => {
        const text = options.raw ? line : prettyLine(line)
        out(service === undefined ? `${name.padEnd(width)} | ${text}` : text)
      }
      const ends: number[] = []
      for (const name of shown) {
        ends.push(await readTail(join(folder, `${name}.log`), options.tail, show(name)))
      }
      if (!options.follow) return
      await Promise.all(
        shown.map((name, i) => followFile(join(folder, `${name}.log`), ends[i] ?? 0, show(name))),
      )
    })
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const there = new Set(readdirSync(folder))
  return names.filter((name) => there.has(`${name}.log`))
}
