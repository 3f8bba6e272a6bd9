// Passwords, by scrypt: 32 MiB a try, one try at a time, and a short queue, so that guessing costs
// the guesser more than us (L9).
import { scrypt } from 'node:crypto'
import { ConfigError, TransientError } from '../../std/errors.ts'
import { randomToken } from '../../std/ids.ts'
import { equalInConstantTime } from '../../std/secrets.ts'

const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const keyBytes = 32
const charsMin = 12
const charsMax = 1_000
const waitingMax = 20

export function requirePassword(password: string): void {
  if (password.length >= charsMin && password.length <= charsMax) return
  const sentence = `a password has at least ${charsMin} characters`
  throw new ConfigError('PASSWORD_TOO_SHORT', sentence, { field: 'password' })
}

/** `scrypt.<salt>.<key>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomToken()
  return `scrypt.${salt}.${await inTurn(() => derive(password, salt))}`
}

/** Takes its time for one who is not there, too. */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const [, salt = 'nobody', key = ''] = (kept ?? '').split('.')
  const derived = await inTurn(() => derive(password, salt))
  return kept !== null && equalInConstantTime(derived, key)
}

function derive(password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, COST, (error, key) => {
      if (error) reject(error)
      else resolve(key.toString('base64url'))
    })
  })
}

let last: Promise<unknown> = Promise.resolve()
let waiting = 0

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= waitingMax) {
    throw new TransientError('BUSY', 'many log in at this moment: try again in a while')
  }
  waiting++
  const mine = last.then(work).finally(() => waiting--)
  last = mine.catch(() => {})
  return mine
}
