// What runs of this project with another PLAID_ENV: each has a data folder of its own, so whoever
// changes the one in `.env` leaves a run behind that the new folder knows nothing of.
import { resolve } from 'node:path'
import { isAlive } from '../std/process.ts'
import { table } from './options.ts'
import { dataFolderOf, projectFolder, type Settings } from './settings.ts'
import { isUp } from './supervisor/lock.ts'
import { readStatus } from './supervisor/status.ts'

export interface OtherRun {
  plaidEnv: string
  dataFolder: string
}

/** None where the folder is a chosen one. */
export function otherRuns(
  { options, dataFolder: own }: Settings,
  project: string = projectFolder,
): OtherRun[] {
  if (options.dataDir !== undefined) return []
  return table.plaidEnv.choices
    .map((plaidEnv) => ({ plaidEnv, dataFolder: resolve(project, dataFolderOf(plaidEnv)) }))
    .filter(({ dataFolder }) => dataFolder !== own && runs(dataFolder))
}

/** Or is left of a supervisor that was killed. */
function runs(dataFolder: string): boolean {
  const processes = readStatus(dataFolder)?.processes ?? []
  return isUp({ dataFolder }) || processes.some(({ identity }) => isAlive(identity))
}
