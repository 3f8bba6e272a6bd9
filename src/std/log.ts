// Structured logs on stderr (a connector's stdout belongs to the protocol). Secrets are a type that
// prints as dots; the redaction here is the second lock, for objects that come from outside.
import { type Logger, pino } from 'pino'
import { requestId } from './request-id.ts'

export type { Logger }

const SECRET_KEYS = [
  'access_token',
  'public_token',
  'secret',
  'client_secret',
  'password',
  'api_key',
  'authorization',
  'cookie',
]

export function createLogger(
  name: string,
  level = process.env['TARTAN_LOG_LEVEL'] ?? 'info',
): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Whatever is said on behalf of a request names it.
      mixin: () => (requestId() === undefined ? {} : { request: requestId() }),
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '••••••',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}
