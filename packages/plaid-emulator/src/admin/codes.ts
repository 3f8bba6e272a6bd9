// Codes that sign in on the admin page once, within a minute: for a program that has the token and
// opens the page for a person, to whom the token is not told.
import { type Clock, systemClock } from '../../../../src/std/clock.ts'
import { randomToken } from '../../../../src/std/ids.ts'
import { hashToken } from '../../../../src/std/secrets.ts'

export interface LoginCodes {
  make(): { code: string; expires_at: string }
  /** True once. */
  spend(code: string): boolean
}

const livesMs = 60_000
const codesMax = 100

export function loginCodes(clock: Clock = systemClock): LoginCodes {
  /** When each is over, by its hash, the oldest first. */
  const codes = new Map<string, number>()
  return {
    make: () => {
      const [oldest] = codes.keys()
      if (oldest !== undefined && codes.size >= codesMax) codes.delete(oldest)
      const code = randomToken()
      const until = clock.now() + livesMs
      codes.set(hashToken(code), until)
      return { code, expires_at: new Date(until).toISOString() }
    },
    spend: (code) => {
      const hash = hashToken(code)
      const until = codes.get(hash)
      codes.delete(hash)
      return until !== undefined && clock.now() < until
    },
  }
}
