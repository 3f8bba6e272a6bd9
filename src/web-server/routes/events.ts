// `GET /web/events`: what changes, told as it does.
import { eventStreams } from '../../std/event-stream.ts'
import type { WebContext } from '../context.ts'
import { sessionOfRequest } from '../door/door.ts'
import type { Notices } from '../events/notices.ts'
import type { Streams } from '../streams.ts'
import type { Handlers } from './route.ts'

export function eventRoutes({ stopping }: WebContext, { log }: Notices, streams: Streams) {
  const follow = eventStreams(log)
  return {
    'GET /web/events': {
      handler: (request, reply) => {
        const own = streams.add(sessionOfRequest(request).id, reply.raw)
        return follow(request, reply, AbortSignal.any([own, stopping]))
      },
    },
  } satisfies Handlers
}
