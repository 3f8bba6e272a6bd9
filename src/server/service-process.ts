// The frame of every service's process: it reads the run's settings from the data folder that it is
// given (or from the environment, where nobody supervises it), says when it is ready, and ends when
// its supervisor is gone.
import { createLogger, type Logger } from '../std/log.ts'
import { classify, EXIT_CODE } from '../std/errors.ts'
import { runAsProcess, type Service } from '../std/service.ts'
import { requireRun } from './run-file.ts'
import { readSettings, type Settings } from './settings.ts'
import { followCa } from './tls.ts'

export interface Made {
  service: Service
  /** Resolves once it does its work; a service that works from its first moment has none. */
  ready?: Promise<unknown>
}

export async function serviceProcess(
  name: string,
  make: (settings: Settings, log: Logger) => Promise<Made>,
): Promise<void> {
  const log = createLogger(name)
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  try {
    const dataFolder = process.argv[2]
    const settings =
      dataFolder === undefined ? await readSettings() : (await requireRun(dataFolder)).started
    await followCa(settings, log)
    const { service, ready } = await make(settings, log)
    void (ready ?? Promise.resolve()).then(() => process.send?.('ready'))
    await runAsProcess(service, log)
  } catch (error) {
    const failure = classify(error)
    log.fatal({ code: failure.code, err: failure }, failure.message)
    process.exit(EXIT_CODE[failure.kind])
  }
}
