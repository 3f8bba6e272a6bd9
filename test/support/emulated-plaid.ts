// The real emulator for tests of plaid-api, in this process: its commands, and a person who goes
// through Link's page in one request.
import { createEmulator } from '../../packages/plaid-emulator/src/emulator.ts'
import { createLogger } from '../../src/std/log.ts'
import { Secret } from '../../src/std/secrets.ts'

const ADMIN_TOKEN = 'admin-token-of-the-test'

export interface EmulatedPlaid extends AsyncDisposable {
  url: string
  /** One of the emulator's own commands. */
  command(body: object): Promise<void>
  /** A person goes through the page: `account` is the mask of the one that is chosen. */
  visit(hostedLinkUrl: string, institutionId: string, form?: Record<string, string>): Promise<void>
}

export async function startEmulatedPlaid(): Promise<EmulatedPlaid> {
  const emulator = await createEmulator({
    host: '127.0.0.1',
    port: 0,
    seed: 'test',
    world: 'household',
    startDate: '2026-03-15',
    adminToken: new Secret(ADMIN_TOKEN),
    logger: createLogger('emulator', 'error'),
  })
  return {
    url: emulator.url,
    command: async (body) => {
      const answer = await fetch(`${emulator.url}/emulator/commands`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${ADMIN_TOKEN}`,
        },
        body: JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(await answer.text())
    },
    visit: async (hostedLinkUrl, institutionId, form = {}) => {
      const login = { username: 'user_good', password: 'pass_good' }
      const answer = await fetch(hostedLinkUrl, {
        method: 'POST',
        body: new URLSearchParams({ institution_id: institutionId, ...login, ...form }),
      })
      if (!answer.ok) throw new Error(`Link’s page answered ${answer.status}`)
    },
    [Symbol.asyncDispose]: () => emulator.stop(),
  }
}
