// Which processes run stands in the supervisor's file: looked at each second while somebody
// watches, and asked of nobody.
import { systemClock } from '../../std/clock.ts'
import type { System } from '../context.ts'
import type { Streams } from '../streams.ts'
import type { Notices } from './notices.ts'

const lookEveryMs = 1_000

export async function watchProcesses(
  system: System,
  streams: Streams,
  { tell }: Notices,
  signal: AbortSignal,
): Promise<void> {
  let before = ''
  while (!signal.aborted) {
    if (streams.isAnybody()) {
      const { phase, processes } = await system.processes()
      const now = [phase, ...processes.map((one) => `${one.state} ${one.restarts}`)].join()
      if (now !== before) tell('status')
      before = now
    }
    await systemClock.sleep(lookEveryMs, signal).catch(() => {})
  }
}
