// An Airbyte, ours or a real one, through its public API, and its Config API where the public one
// does not tell (records per stream, states).
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import { Secret } from '../../std/secrets.ts'
import { request, type Request } from '../http.ts'

export interface AirbyteAddress {
  /** Without a path: `http://127.0.0.1:8001`. */
  url: string
  clientId: string
  clientSecret: Secret
}

export type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface Airbyte {
  publicApi<T>(verb: Verb, path: string, body?: object): Promise<T>
  configApi<T>(path: string, body: object): Promise<T>
  /** False once it is in vain to wait for one that does not answer. */
  mayReturn: () => boolean
  /** Every page of a list. */
  list<T>(path: string): Promise<T[]>
}

interface Token {
  access_token: string
  expires_in: number
}

const pageLimit = 100
const renewBeforeMs = 30_000

/** `credentials` are asked for again where those from before are refused: they may be replaced. */
export function airbyte(
  address: AirbyteAddress,
  mayReturn = () => true,
  credentials: () => Promise<AirbyteAddress> = () => Promise.resolve(address),
): Airbyte {
  let token: { value: Secret; until: number } | undefined
  const once = async <T>(what: Pick<Request, 'url' | 'method' | 'body'>): Promise<T> => {
    if (!token || systemClock.now() > token.until) {
      const given = await askForToken(await credentials())
      const until = systemClock.now() + given.expires_in * 1000 - renewBeforeMs
      token = { value: new Secret(given.access_token), until }
    }
    return request<T>({ service: 'the Airbyte API', bearer: token.value, ...what })
  }
  const call = async <T>(what: Pick<Request, 'url' | 'method' | 'body'>): Promise<T> => {
    try {
      return await once(what)
    } catch (error) {
      if (!(error instanceof ConfigError) || error.status !== 401) throw error
      token = undefined
      return once(what)
    }
  }
  const publicApi = <T>(verb: Verb, path: string, body?: object) =>
    call<T>({
      url: `${address.url}/api/public/v1${path}`,
      method: verb,
      ...(body ? { body } : {}),
    })
  return {
    publicApi,
    mayReturn,
    configApi: <T>(path: string, body: object) =>
      call<T>({ url: `${address.url}/api/v1${path}`, method: 'POST', body }),
    list: async <T>(path: string) => {
      const all: T[] = []
      for (let offset = 0; ; offset += pageLimit) {
        const mark = path.includes('?') ? '&' : '?'
        const at = `${path}${mark}limit=${pageLimit}&offset=${offset}`
        const { data } = await publicApi<{ data: T[] }>('GET', at)
        all.push(...data)
        if (data.length < pageLimit) return all
      }
    },
  }
}

/** Fails with a ConfigError when the credentials are not known there. */
export function askForToken(address: AirbyteAddress): Promise<Token> {
  return request<Token>({
    service: 'the Airbyte API',
    url: `${address.url}/api/public/v1/applications/token`,
    body: {
      client_id: address.clientId,
      client_secret: address.clientSecret.reveal(),
      grant_type: 'client_credentials',
    },
  })
}
