// Jobs, as Airbyte's public API has them.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Pool } from '../../postgres/pool.ts'
import { must } from '../../std/errors.ts'
import { cancelJob } from '../job/outcome.ts'
import {
  findJob,
  insertJob,
  type Job,
  type JobOrder,
  type JobType,
  listJobs,
} from '../store/job.ts'
import { connectionOf } from './connection-change.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { idsOf, listOf, Paging, paramOf } from './paging.ts'
import { ApiProblem, notFound } from './problem.ts'
import { duration, instant, isoSeconds } from './time.ts'

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
  status: Text,
  orderBy: Text,
  createdAtStart: Text,
  createdAtEnd: Text,
  updatedAtStart: Text,
  updatedAtEnd: Text,
})

const params = Type.Object({ jobId: Type.String({ pattern: '^[0-9]{1,18}$' }) })

export function jobRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  app.get('/jobs', { schema: { querystring: Query } }, async (request) => {
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
  app.post('/jobs', { schema: { body: Create } }, async (request) => {
    const { connectionId, jobType } = request.body as Static<typeof Create>
    const type = typeOf(jobType)
    return response(await startJob(pool, connectionId, type))
  })
  app.get('/jobs/:jobId', { schema: { params } }, async (request) =>
    response(await jobOf(pool, paramOf(request, 'jobId'))),
  )
  app.delete('/jobs/:jobId', { schema: { params } }, async (request) => {
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

async function startJob(pool: Pool, connectionId: string, type: JobType): Promise<Job> {
  const jobId = await insertJob(pool, connectionId, type)
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

function response(job: Job) {
  return {
    jobId: Number(job.jobId),
    status: job.status,
    jobType: job.type,
    startTime: isoSeconds(job.createdAt),
    connectionId: job.connectionId,
    ...(TERMINAL.has(job.status)
      ? {
          lastUpdatedAt: isoSeconds(job.updatedAt),
          duration: duration(job.updatedAt - job.createdAt),
        }
      : {}),
    bytesSynced: Number(job.bytes),
    rowsSynced: Number(job.records),
  }
}
