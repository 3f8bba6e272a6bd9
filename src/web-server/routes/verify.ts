// Does the warehouse hold what the banks say? Asked by a person, run here one at a time, heard
// while it runs, and kept.
import { classify, ConfigError } from '../../std/errors.ts'
import { isoNow } from '../../std/clock.ts'
import type { VerifyProgress, WebContext } from '../context.ts'
import { sessionOfRequest } from '../door/door.ts'
import {
  endVerification,
  failLeftVerifications,
  insertVerification,
  lastVerification,
  listVerifications,
} from '../store/verification.ts'
import type { Handlers } from './route.ts'

interface Running {
  id: string
  begun_by: string
  started_at: string
  progress: VerifyProgress
}

export function verifyRoutes(
  context: WebContext,
  tell: (topic: string, id: string, more?: object) => void,
) {
  const { pool } = context
  let running: Running | undefined

  const run = async (mine: Running) => {
    try {
      const found = await context.system.verify((progress) => {
        const isCompared = progress.banks.length > mine.progress.banks.length
        mine.progress = progress
        if (isCompared) tell('verify', mine.id)
        else tell('verifying', mine.id, { now: progress.now })
      })
      await endVerification(pool, mine.id, found)
    } catch (error) {
      const { code, message } = classify(error)
      await endVerification(pool, mine.id, {
        status: 'failed',
        result: { error: { code, message } },
      })
    } finally {
      running = undefined
      tell('verify', mine.id)
    }
  }

  return {
    'GET /web/verify': {
      handler: async () => ({
        running: running ?? null,
        last: (await lastVerification(pool)) ?? null,
        history: await listVerifications(pool),
      }),
    },
    'POST /web/verify': {
      handler: async (request, reply) => {
        if (running) throw runsAlready()
        const { name } = sessionOfRequest(request)
        const mine: Running = {
          id: '',
          begun_by: name,
          started_at: isoNow(),
          progress: { banks: [], now: null },
        }
        running = mine
        try {
          await failLeftVerifications(pool)
          mine.id = (await insertVerification(pool, name)) ?? ''
        } catch (error) {
          running = undefined
          throw error
        }
        run(mine).catch((error: unknown) => {
          context.log.error({ err: classify(error) }, 'a verification’s end could not be kept')
        })
        tell('verify', mine.id)
        return reply.code(202).send(mine)
      },
    },
  } satisfies Handlers
}

function runsAlready(): ConfigError {
  return new ConfigError('VERIFY_RUNS', 'a verification runs already', { status: 409 })
}
