// A long-running part: it runs until told to stop, and stops within a stated time.
import type { Logger } from './log.ts'
import { systemClock } from './clock.ts'
import { classify, EXIT_CODE } from './errors.ts'

export interface Service {
  /** Resolves when the service ended in order; rejects when it could not go on. */
  run(signal: AbortSignal): Promise<void>
}

/** After a stop signal a process that has not ended by then is ended (L9). */
const stopMsMax = 10_000

/**
 * Runs a service as this process's whole life: SIGTERM and SIGINT stop it, failures set the exit
 * code.
 */
export async function runAsProcess(service: Service, log: Logger): Promise<void> {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) return
    log.info({ signal: name }, 'stopping')
    stop.abort()
    void systemClock.sleep(stopMsMax).then(() => {
      log.error(`did not stop within ${stopMsMax} ms`)
      process.exit(EXIT_CODE.system)
    })
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  try {
    await service.run(stop.signal)
    process.exit(0)
  } catch (error) {
    const failure = classify(error)
    log.fatal({ code: failure.code, err: failure }, failure.message)
    process.exit(EXIT_CODE[failure.kind])
  }
}

/** Resolves when the signal fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
