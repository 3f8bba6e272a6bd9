// A worker as a process of its own, to be stopped, woken and killed. Its settings come over stdin.
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { jobRetryPolicy } from '../../src/engine/job/retry.ts'
import { createWorker } from '../../src/engine/worker.ts'
import { Secret, sealingKey } from '../../src/std/secrets.ts'
import { runAsProcess } from '../../src/std/service.ts'
import { definitions, livesDefinitions } from './engine.definitions.ts'

const given = JSON.parse(await text(process.stdin)) as {
  url: string
  key: string
  runFolder: string
  /** Milliseconds before a job's second attempt; the house's number without. */
  firstDelayMs?: number
}
const { firstDelayMs } = given
const logger = pino({ level: 'warn' }, pino.destination(2))
const worker = await createWorker({
  databaseUrl: new Secret(given.url),
  sealingKey: sealingKey(given.key),
  definitions: [...definitions, ...livesDefinitions],
  runFolder: given.runFolder,
  jobsMax: 2,
  logger,
  retryPolicy: { ...jobRetryPolicy, ...(firstDelayMs === undefined ? {} : { firstDelayMs }) },
})
await runAsProcess(worker, logger)
