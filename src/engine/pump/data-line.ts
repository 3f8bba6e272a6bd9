// Whether a line that is no message of the protocol holds a record or a state all the same (pure):
// cut off, over several lines, as Python prints it, of another protocol. Such a line is not logged,
// since it is somebody's money (L5), and on stdout not passed over, since the record would never
// come again (L1). What libraries log, plain or as JSON, is text.

function looksLikeData(text: string): boolean {
  // UTF-16 is NULs between the characters.
  const line = text.replaceAll('\u0000', '').trim()
  if (line === '') return false
  if (NAMED.test(line)) return true
  try {
    return isData(JSON.parse(line))
  } catch {
    return !BRACKETS.test(line) && (isPartOfJson(line) || isPayload(line) || closesMore(line))
  }
}

/** What the log has of a line that is no message; undefined: it holds data. */
export function logged(text: string): string | undefined {
  if (looksLikeData(text)) return undefined
  return MEMBER.test(text) ? withheld : text
}

/** Of an object over several lines no value is told, and of data nothing. */
export const withheld = 'a line that looks like data was withheld'

const MEMBER = /^\s*(?:"[^"]*"|'[^']*')\s*:/

const BRACKETS = /^[\s[\]{},]*$/

/** What names itself, wherever in a line, in JavaScript's, Python's or Java's spelling. */
const NAMED = new RegExp(
  [
    /[{,]\s*["']?type["']?\s*[:=]\s*["']?(RECORD|Record|STATE|State)[Ss]?\b/,
    /[{,]\s*["']record["']\s*:\s*\{\s*["'](stream|namespace|data|emitted_at)["']\s*:/,
    /[{,]\s*["']state["']\s*:\s*\{\s*["'](type|stream|global|data)["']\s*:/,
    /\bAirbyte(Record|State)Message[(@]/,
  ]
    .map(({ source }) => source)
    .join('|'),
)

function isData(value: unknown): boolean {
  if (typeof value === 'string') return looksLikeData(value)
  if (Array.isArray(value)) return value.some(isData)
  if (typeof value !== 'object' || value === null) return false
  const keys = new Map(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]))
  if (DATA_TYPE.test(String(keys.get('type')))) return !keys.has('fields') // Avro's schemas have
  // Airbyte's own libraries log `data` and `stream` beside their words.
  if (LOG_WORDS.some((word) => typeof keys.get(word) === 'string')) return false
  if (keys.has('stream') || keys.has('emitted_at')) return true
  // A number of records is none of them, and a word no state.
  if (isContainer(keys.get('state')) || isContainer(keys.get('states'))) return true
  return DATA_WORDS.some(
    (word) => isContainer(keys.get(word)) || typeof keys.get(word) === 'string',
  )
}

const DATA_TYPE = /^(record|state)s?$/i
const LOG_WORDS = ['level', 'levelname', 'severity', 'msg', 'message', 'event', 'log']
const DATA_WORDS = ['record', 'records', 'data']

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/**
 * JSON that is cut off, or a record's over several lines: some libraries log objects so, by which
 * nothing is lost. Logs begin with `[INFO]` or `[2026-…`.
 */
function isPartOfJson(line: string): boolean {
  return (
    /^([{}\]]|\[\s*\{)/.test(line) ||
    /^["'](records?|states?|data|stream|emitted_at)["']\s*:/.test(line) ||
    /^["']type["']\s*:\s*["'](record|state)/i.test(line)
  )
}

/** Two words of one record; alone each is in many a log. */
function isPayload(line: string): boolean {
  return new Set(line.match(/["'](stream|data|emitted_at)["']\s*:/g)).size > 1
}

/** The rest of an object whose beginning was another line; a log quotes whole ones. */
function closesMore(line: string): boolean {
  return /[}\]],?$|\},\s*["']/.test(line) && line.split('}').length > line.split('{').length
}
