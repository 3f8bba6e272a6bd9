// Asks one address whether it is well: `node src/server/probe.ts http://127.0.0.1:8080/ready`, for
// a container's health check. Any answer below 500 will do. A service that speaks TLS is asked by
// it, whatever name its certificate has: nothing is told to it, and nothing but its status heard.
import { get as getPlain, type RequestOptions } from 'node:http'
import { get as getEncrypted } from 'node:https'
import { must } from '../std/errors.ts'

const answerMsMax = 4_000

const url = must(process.argv[2], 'the address is the argument')
const signal = AbortSignal.timeout(answerMsMax)
const encrypted = { signal, rejectUnauthorized: false }
const status = await statusOf(getPlain, url, { signal }).catch(() =>
  statusOf(getEncrypted, url.replace(/^http:/, 'https:'), encrypted).catch(() => 599),
)
process.exit(status < 500 ? 0 : 1)

function statusOf(get: typeof getPlain, at: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    get(at, options, ({ statusCode = 599 }) => resolve(statusCode)).on('error', reject)
  })
}
