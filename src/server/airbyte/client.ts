// An Airbyte, ours or a real one, through its public API, and its Config API where the public one
// does not tell (records per stream, states).
import { systemClock } from '../../std/clock.ts'
import { ConfigError, TransientError } from '../../std/errors.ts'
import { retry, type RetryPolicy } from '../../std/retry.ts'
import { Secret } from '../../std/secrets.ts'
import { request, type Request } from '../client/http.ts'

export interface ApiUrls {
  publicUrl: string
  configUrl: string
}

export interface AirbyteAddress extends ApiUrls {
  clientId: string
  clientSecret: Secret
}

/** Of an Airbyte that is not the Cloud; without a path: `http://127.0.0.1:8001`. */
export function apiUrls(url: string): ApiUrls {
  return { publicUrl: `${url}/api/public/v1`, configUrl: `${url}/api/v1` }
}

export type Verb = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

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
/** To make a connection an Airbyte elsewhere starts the source, and asks it what it has. */
const changeMsMax = 5 * 60_000
/** An operator may have set a limit; it is one of a minute then. */
const limited: RetryPolicy = { triesMax: 6, firstDelayMs: 1_000, delayMsMax: 30_000, factor: 2 }

/** `credentials` are asked for again where those from before are refused: they may be replaced. */
export function airbyte(
  address: AirbyteAddress,
  mayReturn = () => true,
  credentials: () => Promise<AirbyteAddress> = () => Promise.resolve(address),
): Airbyte {
  let token: { value: Secret; until: number } | undefined
  type Call = Pick<Request, 'url' | 'method' | 'body' | 'msMax'>
  const once = async <T>(what: Call): Promise<T> => {
    if (!token || systemClock.now() > token.until) {
      const given = await askForToken(await credentials())
      const until = systemClock.now() + given.expires_in * 1000 - renewBeforeMs
      token = { value: new Secret(given.access_token), until }
    }
    const bearer = token.value
    return withinLimit(() => request<T>({ service: 'the Airbyte API', bearer, ...what }))
  }
  const call = async <T>(what: Call): Promise<T> => {
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
      url: `${address.publicUrl}${path}`,
      method: verb,
      ...(body ? { body, msMax: changeMsMax } : {}),
    })
  return {
    publicApi,
    mayReturn,
    configApi: <T>(path: string, body: object) =>
      call<T>({ url: `${address.configUrl}${path}`, method: 'POST', body }),
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

/** Whoever asks too often is told to wait, and nothing was done. */
async function withinLimit<T>(work: () => Promise<T>): Promise<T> {
  let other: unknown
  const done = await retry(limited, async () => {
    try {
      return { value: await work() }
    } catch (error) {
      if (error instanceof TransientError && error.status === 429) throw error
      other = error
      return undefined
    }
  })
  if (!done) throw other
  return done.value
}

/** Fails with a ConfigError when the credentials are not known there. */
export function askForToken(address: AirbyteAddress): Promise<Token> {
  return request<Token>({
    service: 'the Airbyte API',
    url: `${address.publicUrl}/applications/token`,
    body: {
      client_id: address.clientId,
      client_secret: address.clientSecret.reveal(),
      grant_type: 'client_credentials',
    },
  })
}
