// How the whole is, beyond what one service knows: processes and their logs, options, the emulated
// world, the keys of plaid-api.
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import { createEventLog } from '../../std/event-log.ts'
import { eventStreams } from '../../std/event-stream.ts'
import { followFile, readTail } from '../../std/log-tail.ts'
import type { WebContext } from '../context.ts'
import { sessionOfRequest } from '../door/door.ts'
import { askJson } from '../upstream.ts'
import type { Streams } from '../streams.ts'
import type { Handlers } from './route.ts'

const LogParams = Type.Object({ service: Type.String({ maxLength: 100 }) })
const LogQuery = Type.Object(
  {
    lines: Type.Optional(Type.String({ pattern: '^[0-9]{1,5}$' })),
    follow: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: false },
)
const Command = Type.Object({}, { minProperties: 1 })

const linesDefault = 200
const linesMax = 5_000
const worldMsMax = 60_000

export function systemRoutes(context: WebContext, streams: Streams) {
  return {
    'GET /web/status': { handler: () => context.system.installation() },
    'GET /web/options': { handler: async () => ({ options: await context.system.options() }) },
    'GET /web/logs/:service': {
      schema: { params: LogParams, querystring: LogQuery },
      handler: async (request, reply) => {
        const { service } = request.params as Static<typeof LogParams>
        const { lines = linesDefault, follow } = request.query as Static<typeof LogQuery>
        const path = context.system.logPath(service)
        if (path === undefined) {
          const sentence = `no service is called so: ${context.system.services.join(', ')}`
          throw new ConfigError('SERVICE_UNKNOWN', sentence, { status: 404, field: 'service' })
        }
        const count = Math.min(Number(lines), linesMax)
        const said: string[] = []
        const end = await readTail(path, count, (line) => said.push(line))
        if (follow === undefined) return { service, lines: said }
        const own = streams.add(sessionOfRequest(request).id, reply.raw)
        const until = AbortSignal.any([own, context.stopping])
        const log = createEventLog(linesMax)
        const say = (line: string) => log.push('line', JSON.stringify({ line }))
        const answer = eventStreams(log)(request, reply, until)
        said.forEach(say)
        const left = new AbortController()
        reply.raw.once('close', () => left.abort())
        followFile(path, end, say, left.signal).catch(() => {})
        return answer
      },
    },
    'GET /web/world': {
      handler: async () => {
        const emulator = emulatorOf(context)
        const [status, faults] = await Promise.all([
          askJson<object>(emulator, 'GET', '/emulator/status', { msMax: worldMsMax }),
          askJson<object>(emulator, 'GET', '/emulator/faults', { msMax: worldMsMax }),
        ])
        return { ...status, ...faults }
      },
    },
    'POST /web/world': {
      schema: { body: Command },
      handler: async (request) => {
        const body = request.body as object
        request.audited = { command: Object.keys(body) }
        const asked = { body, msMax: worldMsMax }
        return askJson(emulatorOf(context), 'POST', '/emulator/commands', asked)
      },
    },
    // The emulator's own page, opened once by a code: nobody is told its token.
    'POST /web/world/page': {
      handler: async () => {
        const emulator = emulatorOf(context)
        const { code } = await askJson<{ code: string }>(emulator, 'POST', '/emulator/codes', {
          msMax: worldMsMax,
        })
        return { url: `${emulator.url}/emulator#code=${code}` }
      },
    },
  } satisfies Handlers
}

function emulatorOf({ emulator }: WebContext) {
  if (emulator) return emulator
  const sentence = 'a real Plaid runs here: its world cannot be moved'
  throw new ConfigError('NOT_EMULATED', sentence, { status: 404 })
}
