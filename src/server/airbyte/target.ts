// Which Airbyte answers at an address, and what it can reach: Tartan's own engine, one that
// somebody runs (abctl, Helm), or Airbyte's Cloud.
import { isIP } from 'node:net'
import { ConfigError, TartanError } from '../../std/errors.ts'
import { request } from '../client/http.ts'
import { type ApiUrls, apiUrls } from './client.ts'
import type { Desired } from './desired.ts'

export interface Target extends ApiUrls {
  kind: 'tartan' | 'self-managed' | 'cloud'
  /** In words: `Airbyte 2.3.0 (community)`. */
  name: string
}

const CLOUD = new Set(['api.airbyte.com', 'cloud.airbyte.com'])
const cloud = 'Airbyte Cloud'

export async function findTarget(address: string): Promise<Target> {
  const { origin, host } = originOf(address)
  if (CLOUD.has(host)) {
    const [publicUrl, configUrl] = [
      'https://api.airbyte.com/v1',
      'https://cloud.airbyte.com/api/v1',
    ]
    return { kind: 'cloud', name: cloud, publicUrl, configUrl }
  }
  const urls = apiUrls(origin)
  const instance = await instanceAt(urls)
  if (instance?.engine === 'tartan') return { kind: 'tartan', name: 'Tartan’s engine', ...urls }
  if (instance || (await isHealthy(urls.publicUrl))) {
    const { version = '', edition } = instance ?? {}
    const name = `Airbyte ${version}${edition === undefined ? '' : ` (${edition})`}`
    return { kind: 'self-managed', name: name.replace(/ +/, ' ').trim(), ...urls }
  }
  const publicUrl = `${origin}/v1`
  if (await isHealthy(publicUrl)) return { kind: 'cloud', name: cloud, ...urls, publicUrl }
  const sentence = `nothing at ${origin} answers as an Airbyte: give the address of its web app`
  throw new ConfigError('NO_AIRBYTE', sentence)
}

interface Instance {
  edition?: string
  version?: string
  /** Ours alone says so. */
  engine?: string
}

async function instanceAt({ configUrl }: ApiUrls): Promise<Instance | undefined> {
  const answer = await ifThere(
    request<Instance>({ service, url: `${configUrl}/instance_configuration` }),
  )
  return typeof answer?.edition === 'string' ? answer : undefined
}

async function isHealthy(publicUrl: string): Promise<boolean> {
  const answer = await ifThere(
    request<string>({ service, url: `${publicUrl}/health`, asText: true }),
  )
  return answer?.includes('Successful operation') === true
}

const service = 'the Airbyte'

/** One that does not answer at all, or sends elsewhere, is told of as such. */
async function ifThere<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (!(error instanceof TartanError) || error.kind === 'transient') throw error
    if (error.code === 'REDIRECTED') throw error
    return undefined
  }
}

function originOf(address: string): URL {
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return new URL(address)
  const sentence = `“${address}” is no address: give one as https://airbyte.example.com`
  throw new ConfigError('TARGET_INVALID', sentence)
}

/** What a source and a destination name has to be within reach of whoever runs them. */
export function requireReach({ kind, name }: Target, { source, destination }: Desired): void {
  if (kind === 'tartan') return
  const plaidApi = new URL(String(source.configuration['base_url']))
  const database = String(destination.configuration['host'])
  const where =
    kind === 'cloud'
      ? 'its public address, https://plaid.example.com'
      : 'where that one reaches it, http://host.docker.internal:8080 from abctl’s'
  if (!isWithinReach(plaidApi.hostname, kind)) {
    throw beyond(`${name} does not reach plaid-api at ${plaidApi.origin}`, 'PLAID_API_URL', where)
  }
  if (!isWithinReach(database, kind)) {
    const own = 'a database that it reaches, postgres://…'
    throw beyond(`${name} does not reach the warehouse at ${database}`, 'TARTAN_WAREHOUSE_URL', own)
  }
  if (kind !== 'cloud') return
  if (plaidApi.protocol !== 'https:') {
    throw beyond(`${cloud} asks plaid-api by https only`, 'PLAID_API_URL', where)
  }
  const { mode } = destination.configuration['ssl_mode'] as { mode: string }
  if (['disable', 'allow', 'prefer'].includes(mode)) {
    const tls = 'the address with ?sslmode=require, or verify-full'
    throw beyond(`${cloud} writes to a database by TLS only`, 'TARTAN_WAREHOUSE_URL', tls)
  }
}

function beyond(what: string, field: string, how: string): ConfigError {
  return new ConfigError('BEYOND_REACH', `${what}: set ${field} to ${how}`, { field })
}

/** Loopback is the connector's own machine; the Cloud refuses what is nobody's public address. */
function isWithinReach(hostname: string, kind: Target['kind']): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (/^(localhost|.*\.localhost|127\..*|0\.0\.0\.0|::1?)$/.test(host) || host.startsWith('/')) {
    return false
  }
  if (kind !== 'cloud') return true
  if (isIP(host) !== 0) {
    return !/^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|f[cd]|fe80)/i.test(host)
  }
  return host.includes('.') && !/\.(local|internal|lan|home)$/.test(host)
}
