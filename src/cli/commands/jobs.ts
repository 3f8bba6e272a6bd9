// `jobs`: what ran, newest first; one of them with its attempts and their logs.
import { Argument, type Command } from 'commander'
import type { Airbyte } from '../../server/airbyte/client.ts'
import {
  type Begun,
  failedStep,
  type Job,
  jobFailure,
  jobInfo,
  type JobInfo,
  streamTotals,
} from '../../server/airbyte/job.ts'
import { ourAirbyte } from '../../server/airbyte/ours.ts'
import { runningSettings } from '../context.ts'
import { wholeNumber } from '../whole-number.ts'
import { formatTable, out, outJson } from '../print.ts'

const numberMax = 999_999_999

interface JobsOptions {
  limit: number
  warnings?: boolean
  json?: boolean
}

export function jobsCommand(program: Command): void {
  program
    .command('jobs')
    .description('Lists the jobs; with a job’s number, shows it with its log.')
    .addArgument(new Argument('[id]', 'one of them').argParser(wholeNumber(0, numberMax)))
    .option('-n, --limit <jobs>', 'how many', wholeNumber(0, numberMax), 20)
    .option('--warnings', 'of the log only warnings and errors')
    .option('--json', 'as JSON')
    .action(async (id: number | undefined, options: JobsOptions, command: Command) => {
      const airbyte = await ourAirbyte(await runningSettings(command))
      if (id === undefined) await listJobs(airbyte, options)
      else await showJob(airbyte, id, options)
    })
}

const pageMax = 100

async function listJobs(airbyte: Airbyte, { limit: wanted, json }: JobsOptions): Promise<void> {
  const order = encodeURIComponent('createdAt|DESC')
  const jobs: Job[] = []
  while (jobs.length < wanted) {
    const size = Math.min(pageMax, wanted - jobs.length)
    const path = `/jobs?limit=${size}&offset=${jobs.length}&orderBy=${order}`
    const { data } = await airbyte.publicApi<{ data: Job[] }>('GET', path)
    jobs.push(...data)
    if (data.length < size) break
  }
  if (json) return outJson(jobs)
  if (jobs.length === 0) return out('There are no jobs yet: make airbyte-sync makes one.')
  const rows = jobs.map((job) => [
    job.jobId,
    job.jobType,
    job.status,
    job.startTime,
    job.duration?.slice(2).toLowerCase(),
    job.rowsSynced,
    begunBy(job.begunBy),
  ])
  out(formatTable(['job', 'type', 'status', 'started', 'took', 'rows', 'begun by'], rows))
}

const KINDS: Record<string, string | undefined> = {
  schedule: 'its schedule',
  source: 'its source’s news',
  client: 'a client of the API',
  person: 'a person',
  command: 'a command',
}

function begunBy(begun: Begun | undefined): string | undefined {
  if (begun === undefined) return undefined
  const { kind, name } = begun
  if (name === undefined) return KINDS[kind] ?? kind
  if (kind === 'client') return `the client ${name}`
  return kind === 'command' ? `${name} by a command` : name
}

interface LogLine {
  n: number
  at: string
  source: string
  level: string
  message: string
}

async function showJob(airbyte: Airbyte, id: number, options: JobsOptions): Promise<void> {
  const info = await airbyte.configApi<JobInfo>('/jobs/get_without_logs', { id })
  const logs = await Promise.all(
    info.attempts.map((_, attemptNumber) => logOf(airbyte, id, attemptNumber, options)),
  )
  if (options.json) {
    return outJson({
      ...info,
      attempts: info.attempts.map((one, i) => ({ ...one, lines: logs[i] })),
    })
  }
  const by = info.job.begunBy && ` Begun by ${begunBy(info.job.begunBy)}.`
  out(`Job ${id}: ${info.job.status}.${by ?? ''}`)
  for (const [number, lines] of logs.entries()) {
    out(`\nAttempt ${number}: ${info.attempts[number]?.attempt.status}.`)
    for (const { at, source, level, message } of lines) {
      out(`${at} ${level.padEnd(5)} ${source.padEnd(11)} ${message}`)
    }
  }
  const totals = streamTotals(await jobInfo(airbyte, id)).map((one) => [
    one.stream,
    one.emitted,
    one.committed,
  ])
  if (totals.length > 0) out(`\n${formatTable(['stream', 'read', 'written'], totals)}`)
  const step = failedStep(info)
  if (step !== undefined) out(`\n✗ ${step}`)
  const failure = ENDED.has(info.job.status) ? jobFailure(info) : undefined
  if (failure) out(`\n✗ ${failure.message}`)
}

const ENDED = new Set(['failed', 'cancelled'])

async function logOf(
  airbyte: Airbyte,
  jobId: number,
  attemptNumber: number,
  { warnings }: JobsOptions,
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  const levels = warnings ? { levels: ['WARN', 'ERROR', 'FATAL'] } : {}
  for (let after = -1; ;) {
    const page = await airbyte.configApi<{ lines: LogLine[]; after: number }>('/attempt/get_logs', {
      jobId,
      attemptNumber,
      after,
      ...levels,
    })
    if (page.lines.length === 0) return lines
    lines.push(...page.lines)
    ;({ after } = page)
  }
}
