// `check`: is everything there that a start needs? One line each, and what to do about what is not;
// and which of the given options what runs has not taken.
import type { Command } from 'commander'
import { EXIT_CODE } from '../../std/errors.ts'
import { changes, changeText, idleTexts } from '../../server/changes.ts'
import { currentRun } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { isUp } from '../../server/supervisor/lock.ts'
import { runChecks } from '../check/checks.ts'
import { settingsOf } from '../context.ts'
import { ExitError } from '../exit.ts'
import { out, outJson } from '../print.ts'

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('Checks every prerequisite, port, credential, database and key.')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const settings = await settingsOf(command)
      if (json) return checkAsJson(settings)
      for (const sentence of idleTexts(settings)) out(`… ${sentence}`)
      if (isUp(settings)) {
        const run = await currentRun(settings)
        for (const change of changes(settings, run)) out(`… ${changeText(change)}`)
      }
      await requireChecks(settings, out)
    })
}

async function checkAsJson(settings: Settings): Promise<void> {
  const checks = await Array.fromAsync(runChecks(settings))
  const changed = isUp(settings) ? changes(settings, await currentRun(settings)) : []
  const remarks = [...idleTexts(settings), ...changed.map(changeText)]
  outJson({ checks: checks.map(({ what, trouble = null }) => ({ what, trouble })), remarks })
  if (checks.some(({ trouble }) => trouble !== undefined)) throw new ExitError(EXIT_CODE.config)
}

/** Says every line; fails when something is missing. */
export async function requireChecks(
  settings: Settings,
  say: (line: string) => void,
): Promise<void> {
  let missing = 0
  for await (const { what, trouble } of runChecks(settings)) {
    if (trouble !== undefined) missing++
    say(trouble === undefined ? `✓ ${what}` : `✗ ${what}: ${trouble}`)
  }
  if (missing > 0) throw new ExitError(EXIT_CODE.config, `✗ ${missing} of these are missing`)
}
