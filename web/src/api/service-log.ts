// The log of a service of ours: its newest lines, and those that are written while it is shown.
import { events } from './event-stream.ts'

const tailLines = 500
const linesMax = 5_000
/** Lines that come at once are told at once. */
const togetherMs = 100
const againMs = 1_000

export interface Told {
  lines: readonly string[]
  /** Why no more come, for the moment. */
  failure?: unknown
}

export async function followServiceLog(
  service: string,
  tell: (told: Told) => void,
  signal: AbortSignal,
): Promise<void> {
  let lines: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (!signal.aborted) tell({ lines: (lines = lines.slice(-linesMax)) })
    }, togetherMs)
  }
  while (!signal.aborted) {
    try {
      const path = `web/logs/${service}?lines=${tailLines}&follow=1`
      for await (const heard of events(path, {}, signal)) {
        // It tells the newest lines anew.
        if (heard?.type === 'open') lines = []
        else if (heard?.type === 'line') lines.push(String(heard.data['line']))
        if (heard !== null) soon()
      }
    } catch (failure) {
      if (!signal.aborted) tell({ lines, failure })
    }
    await new Promise((resolve) => setTimeout(resolve, againMs))
  }
}
