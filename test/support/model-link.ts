// The linking half of the model bank: Link tokens, sessions that a test finishes or leaves, public
// tokens that can be exchanged once, as Plaid's are.
import { alphanumericId } from '../../src/std/ids.ts'

interface Answer {
  status: number
  body: object
}

interface LinkSessionResults {
  public_token: string
  accounts: object[]
  institution: { name: string; institution_id: string } | null
}

export class ModelLink {
  /** Every secret that was ever given out: canaries must be found nowhere. */
  readonly given: string[] = []
  /** How often each public token was asked to be exchanged. */
  readonly exchanges = new Map<string, number>()
  readonly #results = new Map<string, LinkSessionResults[]>()
  readonly #exited = new Set<string>()
  readonly #newItem: (token: string) => string
  expiration = '2099-01-01T00:00:00Z'

  /** `newItem` makes the Item of a token and gives its id. */
  constructor(newItem: (token: string) => string) {
    this.#newItem = newItem
  }

  /** The person links a bank in the session that was made last; gives the public token. */
  finish(institution: string): string {
    const public_token = this.#give('public-emulator-')
    const result = { name: institution, institution_id: 'ins_1' }
    this.#lastResults().push({ public_token, accounts: [], institution: result })
    return public_token
  }

  /** Link answers something that is no result, in the session that was made last. */
  finishOddly(result: object): void {
    this.#lastResults().push(result as LinkSessionResults)
  }

  /** The person closes the page of the session that was made last. */
  exit(): void {
    this.#exited.add(this.#lastToken())
  }

  answer(path: string, body: Record<string, unknown>): Answer | undefined {
    if (path === '/link/token/create') return this.#create()
    if (path === '/link/token/get') return this.#get(String(body['link_token']))
    if (path === '/sandbox/public_token/create') {
      return ok({ public_token: this.#give('public-emulator-') })
    }
    if (path === '/item/public_token/exchange') return this.#exchange(String(body['public_token']))
    if (path === '/institutions/get_by_id') {
      return ok({ institution: { institution_id: body['institution_id'], name: 'Model Bank' } })
    }
    return undefined
  }

  #create(): Answer {
    const link_token = this.#give('link-emulator-')
    this.#results.set(link_token, [])
    const hosted_link_url = `http://127.0.0.1/link/${this.#results.size}`
    return ok({ link_token, expiration: this.expiration, hosted_link_url })
  }

  #get(token: string): Answer {
    const item_add_results = this.#results.get(token)
    if (!item_add_results) return refused('INVALID_LINK_TOKEN')
    const exit = this.#exited.has(token) ? { error: null, metadata: {} } : null
    return ok({ link_sessions: [{ link_session_id: 's', exit, results: { item_add_results } }] })
  }

  #exchange(publicToken: string): Answer {
    const times = (this.exchanges.get(publicToken) ?? 0) + 1
    this.exchanges.set(publicToken, times)
    if (times > 1 || !this.given.includes(publicToken)) return refused('INVALID_PUBLIC_TOKEN')
    const access_token = this.#give('access-emulator-')
    return ok({ access_token, item_id: this.#newItem(access_token) })
  }

  #give(prefix: string): string {
    const token = prefix + alphanumericId(24)
    this.given.push(token)
    return token
  }

  #lastToken(): string {
    return [...this.#results.keys()].at(-1) ?? ''
  }

  #lastResults(): LinkSessionResults[] {
    return this.#results.get(this.#lastToken()) ?? []
  }
}

function ok(body: object): Answer {
  return { status: 200, body: { ...body, request_id: 'r' } }
}

function refused(error_code: string): Answer {
  return { status: 400, body: { error_type: 'INVALID_INPUT', error_code, request_id: 'r' } }
}
