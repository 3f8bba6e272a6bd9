// Jobs, as Airbyte's public API has them.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { Pool } from '../../postgres/pool.ts'
import { byHeader, byWeb, personOf } from '../../std/audited.ts'
import { must } from '../../std/errors.ts'
import { cancelJob } from '../job/outcome.ts'
import { type Begun, findJob, insertJob, type Job, type JobOrder, listJobs } from '../store/job.ts'
import { ownApplication } from './application.ts'
import { connectionOf } from './connection-change.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { idsOf, listOf, Paging, paramOf } from './paging.ts'
import { ApiProblem, failures, notFound } from './problem.ts'
import { Job as Shape, listShape } from './shapes.ts'
import { duration, instant, isoSeconds } from './time.ts'
import { JobStatus, type JobType } from '../store/shapes.ts'

const Create = Type.Object(
  {
    connectionId: Type.String({ format: 'uuid' }),
    jobType: Type.String(),
  },
  strict,
)

const Text = Type.Optional(Type.String({ maxLength: 100 }))
const Query = Type.Object({
  ...Paging,
  connectionId: Type.Optional(Type.String({ format: 'uuid' })),
  workspaceIds: Type.Optional(Type.Array(Type.String())),
  jobType: Text,
  status: Type.Optional(JobStatus),
  orderBy: Text,
  createdAtStart: Text,
  createdAtEnd: Text,
  updatedAtStart: Text,
  updatedAtEnd: Text,
})

const params = Type.Object({ jobId: Type.String({ pattern: '^[0-9]{1,18}$' }) })

export function jobRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const listed = {
    summary: 'The jobs, newest first',
    querystring: Query,
    response: { 200: listShape(Shape), ...failures(422) },
  }
  app.get('/jobs', { schema: listed }, async (request) => {
    const query = request.query as Static<typeof Query>
    const page = { limit: query.limit ?? 20, offset: query.offset ?? 0 }
    const workspaceIds = idsOf(query.workspaceIds)
    const jobs = await listJobs(
      pool,
      {
        ...(query.connectionId === undefined ? {} : { connectionId: query.connectionId }),
        ...(workspaceIds === undefined ? {} : { workspaceIds }),
        ...(query.jobType === undefined ? {} : { types: [typeOf(query.jobType)] }),
        ...(query.status === undefined ? {} : { statuses: [query.status] }),
        ...instant('createdAtStart', query.createdAtStart),
        ...instant('createdAtEnd', query.createdAtEnd),
        ...instant('updatedAtStart', query.updatedAtStart),
        ...instant('updatedAtEnd', query.updatedAtEnd),
      },
      orderOf(query.orderBy),
      page,
    )
    return listOf(request, page, jobs.map(response))
  })
  const started = {
    summary: 'Starts a sync or a clear of a connection',
    description: '409: one is running already, or the connection is not active.',
    body: Create,
    response: { 200: Shape, ...failures(404, 409, 422) },
  }
  app.post('/jobs', { schema: started }, async (request) => {
    const { connectionId, jobType } = request.body as Static<typeof Create>
    const type = typeOf(jobType)
    return response(await startJob(pool, connectionId, type, beginnerOf(request)))
  })
  const read = { summary: 'One job', params, response: { 200: Shape, ...failures(404) } }
  app.get('/jobs/:jobId', { schema: read }, async (request) =>
    response(await jobOf(pool, paramOf(request, 'jobId'))),
  )
  const cancelled = {
    summary: 'Cancels a job',
    description: '409: it is over.',
    params,
    response: { 200: Shape, ...failures(404, 409) },
  }
  app.delete('/jobs/:jobId', { schema: cancelled }, async (request) => {
    const { jobId } = await jobOf(pool, paramOf(request, 'jobId'))
    await cancelJob(pool, jobId)
    return response(await jobOf(pool, jobId))
  })
}

export async function jobOf(pool: Pool, jobId: string): Promise<Job> {
  const job = await findJob(pool, jobId)
  if (!job) throw notFound('job', jobId)
  return job
}

/** The command line and the web server say for whom they ask, which counts from nobody else. */
function beginnerOf({ client, headers }: FastifyRequest): Begun {
  const by = client?.name === ownApplication ? headers[byHeader] : undefined
  if (typeof by !== 'string') return { kind: 'client', ...(client && { name: client.name }) }
  if (by !== byWeb) return { kind: 'command', name: by.slice(0, nameCharsMax) }
  const person = personOf(headers)
  return { kind: 'person', ...(person !== undefined && { name: person.slice(0, nameCharsMax) }) }
}

const nameCharsMax = 200

/** As both APIs tell it. */
export function begunOf({ begunBy, begunByName }: Job): { begunBy?: Begun } {
  if (begunBy === null) return {}
  return { begunBy: { kind: begunBy, ...(begunByName !== null && { name: begunByName }) } }
}

async function startJob(pool: Pool, connectionId: string, type: JobType, by: Begun): Promise<Job> {
  const jobId = await insertJob(pool, connectionId, type, by)
  if (jobId === undefined) {
    const { status } = await connectionOf(pool, connectionId)
    if (status !== 'active') {
      const sentence = `Can only sync an active connection; this one is ${status}`
      throw new ApiProblem('state-conflict', sentence)
    }
    throw new ApiProblem('try-again-later', `A sync is already running for: ${connectionId}`)
  }
  return must(await findJob(pool, jobId), 'a job that was just made is there')
}

function typeOf(asked: string): JobType {
  if (asked === 'sync') return 'sync'
  // Airbyte's older name of the same.
  if (asked === 'clear' || asked === 'reset') return 'clear'
  throw new ApiProblem('unprocessable-entity', `The job type ${asked} is not one that can be run.`)
}

function orderOf(asked: string | undefined): JobOrder {
  if (asked === undefined) return { by: 'createdAt', descending: true }
  const match = /^(createdAt|updatedAt)\|(ASC|DESC)$/.exec(asked)
  if (!match) {
    throw new ApiProblem('bad-request', 'orderBy is createdAt or updatedAt, with |ASC or |DESC.')
  }
  return { by: match[1] as JobOrder['by'], descending: match[2] === 'DESC' }
}

const TERMINAL = new Set(['succeeded', 'failed', 'cancelled'])

export function isEnded(job: Job): boolean {
  return TERMINAL.has(job.status)
}

function response(job: Job): Shape {
  return {
    jobId: Number(job.jobId),
    status: job.status,
    jobType: job.type,
    startTime: isoSeconds(job.createdAt),
    connectionId: job.connectionId,
    ...(isEnded(job)
      ? {
          lastUpdatedAt: isoSeconds(job.updatedAt),
          duration: duration(job.updatedAt - job.createdAt),
        }
      : {}),
    bytesSynced: Number(job.bytes),
    rowsSynced: Number(job.records),
    ...begunOf(job),
  }
}
