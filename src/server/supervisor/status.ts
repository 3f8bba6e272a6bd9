// What the supervisor tells the world: one file, whole at every moment, written before anything
// else happens after a change, so that whoever comes after a kill -9 knows every process to end.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorKind } from '../../std/errors.ts'
import { isDiskTrouble, writeWholeSync } from '../files.ts'
import type { Identity } from '../../std/process.ts'

export type ProcessState = 'waiting' | 'starting' | 'running' | 'restarting' | 'stopped'

export interface ProcessStatus {
  name: string
  state: ProcessState
  identity?: Identity
  startedAt?: string
  restarts: number
  /** When it had to be started again: the last of them. */
  restartedAt?: string[]
  port?: number
  stopSignal: NodeJS.Signals
  /** How it ended last, in words. */
  lastEnd?: string
  /** What a person may want to know: where its data is, who it runs as. */
  note?: string
  /** Whatever becomes of it, the others run. */
  optional?: true
}

export interface SupervisorStatus {
  phase: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  supervisor: Identity
  /** With which writing of the options (run-file.ts) it started the processes. */
  run?: string
  startedAt: string
  processes: ProcessStatus[]
  failure?: { kind: ErrorKind; code: string; message: string }
}

function statusPath(dataFolder: string): string {
  return join(dataFolder, 'run', 'status.json')
}

export function readStatus(dataFolder: string): SupervisorStatus | undefined {
  try {
    return JSON.parse(readFileSync(statusPath(dataFolder), 'utf8')) as SupervisorStatus
  } catch {
    return undefined // never started, or the disk lost it
  }
}

/** A full disk costs the telling, never the services. */
export function writeStatus(dataFolder: string, status: SupervisorStatus): void {
  try {
    writeWholeSync(statusPath(dataFolder), JSON.stringify(status, null, 2))
  } catch (error) {
    if (!isDiskTrouble(error)) throw error
  }
}
