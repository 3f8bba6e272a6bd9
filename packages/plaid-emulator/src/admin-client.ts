// Speaks with the admin API of an emulator that runs elsewhere.
import { ConfigError, messageOf, TransientError } from '../../../src/std/errors.ts'
import { Secret } from '../../../src/std/secrets.ts'
import { emulatorTable } from './options.ts'

const answerMsMax = 60_000

export interface Running {
  url: string
  token: Secret | undefined
}

/** The one that the flags name, or the environment, with the environment's token. */
export function runningOf(flags: { url?: string; port?: string }): Running {
  const { env } = process
  const port = flags.port ?? env[emulatorTable.port.env] ?? emulatorTable.port.default
  const url = flags.url ?? env['TARTAN_EMULATOR_URL'] ?? `http://127.0.0.1:${port}`
  const token = env[emulatorTable.adminToken.env]
  return { url, token: token ? new Secret(token) : undefined }
}

/** The status, or what a command did. */
export async function askRunning(
  { url, token }: Running,
  path: string,
  body: object | undefined,
): Promise<unknown> {
  if (token === undefined) {
    throw new ConfigError(
      'ADMIN_TOKEN_MISSING',
      'set TARTAN_EMULATOR_ADMIN_TOKEN to the token that the emulator was started with',
    )
  }
  const response = await fetch(new URL(path, url), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
    redirect: 'error', // the token is for nobody else
    signal: AbortSignal.timeout(answerMsMax),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    // fetch hides what failed behind its cause
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const sentence = `no emulator answers at ${url}: ${messageOf(reason)}`
    throw new TransientError('EMULATOR_SILENT', sentence, { cause })
  })
  const answer = (await response.json().catch(() => ({}))) as { error?: { message?: string } }
  if (response.ok) return answer
  const closed = 'it has no admin API: start it with TARTAN_EMULATOR_ADMIN_TOKEN'
  throw new ConfigError('EMULATOR_REFUSED', answer.error?.message ?? closed)
}
