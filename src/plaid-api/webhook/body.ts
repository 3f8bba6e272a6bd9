// A webhook's body as it is kept (pure): what it names, and its JSON without the tokens that come
// with Link's webhooks, which nothing that is written may hold (L5).
import { ConfigError } from '../../std/errors.ts'
import { hashToken } from '../../std/secrets.ts'
import { isRecord } from '../door.ts'
import { bodyText, extraOf } from '../row.ts'

export interface WebhookBody {
  type: string
  code: string
  itemId: string | null
  linkTokenHash: string | null
  /** JSON. */
  text: string
  /** What stands behind our own columns in its row of the feed. */
  bank: string
}

const nameCharsMax = 200
const depthMax = 32
const DOTS = '••••••'

/** Plaid signed it, so that anything else is a fault of ours or a change of theirs. */
export function readBody(bytes: Buffer): WebhookBody {
  const body = parsed(bytes)
  if (!isRecord(body)) throw noWebhook('it is no JSON object')
  const { webhook_type: type, webhook_code: code, item_id: item, link_token: token } = body
  if (!isName(type) || !isName(code)) throw noWebhook('it has no webhook_type and webhook_code')
  const told = withoutSecrets(body) as Record<string, unknown>
  return {
    type,
    code,
    itemId: isName(item) ? item : null,
    linkTokenHash: typeof token === 'string' ? hashToken(token) : null,
    text: JSON.stringify(told),
    bank: bankText(told),
  }
}

const COLUMNS = new Set(['webhook_type', 'webhook_code', 'item_id'])

function bankText(told: Record<string, unknown>): string {
  const { error, ...rest } = told
  const row = isRecord(error)
    ? { error, extra: extraOf(rest, COLUMNS) }
    : { error: null, extra: extraOf(error === null ? rest : told, COLUMNS) }
  return bodyText(row, () => {})
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** What the database can hold and a list can show. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= nameCharsMax && /^[\x21-\x7e]+$/.test(value)
}

const SECRET = /token|secret|password/i

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > depthMax) return null
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, depth + 1))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET.test(key) ? hidden(inner) : withoutSecrets(inner, depth + 1),
    ]),
  )
}

function hidden(value: unknown): unknown {
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? value.map(hidden) : DOTS
}

function noWebhook(why: string): ConfigError {
  return new ConfigError('WEBHOOK_INVALID', `this is no webhook of Plaid’s: ${why}`)
}
