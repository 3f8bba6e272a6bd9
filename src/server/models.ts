// The models as the step after a sync: a process of its own, which the worker starts, with the
// settings of what runs in the data folder that it is given.
import { classify, EXIT_CODE } from '../std/errors.ts'
import { runModels } from './models/run.ts'
import { requireRun } from './run-file.ts'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const say = (line: string) => process.stdout.write(`${line}\n`)
try {
  const { setUp, started } = await requireRun(process.argv[2] ?? '')
  await runModels(setUp ?? started, ['build'], say, stop.signal)
} catch (error) {
  const failure = classify(error)
  say(`✗ ${failure.message}`)
  process.exitCode = EXIT_CODE[failure.kind]
}
