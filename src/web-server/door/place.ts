// From where a request comes and under which name it reached us (pure). Forwarded headers count
// from the proxies that the options name, and from nobody else; a Host that is not ours is somebody
// else's name for this machine (DNS rebinding).
import { BlockList, isIPv6 } from 'node:net'
import { ConfigError } from '../../std/errors.ts'

export interface PlaceOptions {
  port: number
  /** Where a proxy offers the app; ends with a slash. */
  publicUrl: URL | undefined
  proxies: BlockList
}

export interface Place {
  /** Of the person's machine, as far as it is known. */
  address: string
  origin: string
  secure: boolean
  /** By the name that a proxy, or our own certificate, has: its browsers may insist on TLS. */
  named: boolean
  /** Straight from this machine: no proxy spoke for somebody else. */
  local: boolean
  /** The Host is one of our names. */
  ours: boolean
}

export interface Seen {
  headers: Record<string, string | string[] | undefined>
  peer: string
  /** By TLS of our own. */
  encrypted: boolean
}

const LOOPBACK_HOST = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']
const [httpPort, httpsPort] = [80, 443]

export function placeOf({ headers, peer, encrypted }: Seen, options: PlaceOptions): Place {
  const trusted = isIn(options.proxies, peer)
  const told = (name: string) => (trusted ? lastOf(headers[name]) : undefined)
  const host = (told('x-forwarded-host') ?? single(headers['host'])).toLowerCase()
  const { publicUrl } = options
  const isPublic = publicUrl !== undefined && host === publicUrl.host
  const loopback = LOOPBACK_HOST.exec(host)
  const isLoopback =
    loopback !== null && Number(loopback[2] ?? (encrypted ? httpsPort : httpPort)) === options.port
  const proto = told('x-forwarded-proto')
  const scheme = /^https?$/.test(proto ?? '')
    ? proto
    : encrypted
      ? 'https'
      : isPublic
        ? publicUrl.protocol.slice(0, -1)
        : 'http'
  const isForwarded = FORWARDED.some((name) => headers[name] !== undefined)
  return {
    address: told('x-forwarded-for') ?? peer,
    origin: `${scheme}://${host}`,
    secure: scheme === 'https',
    named: !isLoopback,
    local: LOOPBACK_ADDRESS.test(peer) && isLoopback && !isForwarded,
    ours: isPublic || isLoopback,
  }
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

/** Of a list the last: the one that the proxy before us wrote itself. */
function lastOf(value: string | string[] | undefined): string | undefined {
  return single(value).split(',').at(-1)?.trim() || undefined
}

/** Where a proxy offers the app; its path ends with a slash. */
export function publicUrlOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) {
    url.pathname = url.pathname.replace(/\/*$/, '/')
    return url
  }
  const sentence = 'TARTAN_WEB_URL must be an address, https://host/path'
  throw new ConfigError('OPTION_INVALID', sentence, { field: 'TARTAN_WEB_URL' })
}

/** `10.0.0.7, 10.1.0.0/16`. */
export function proxiesOf(text: string): BlockList {
  const list = new BlockList()
  const parts = text.split(',').map((part) => part.trim())
  for (const part of parts.filter((part) => part !== '')) {
    const [address = '', bits] = part.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    try {
      if (bits === undefined) list.addAddress(address, family)
      else list.addSubnet(address, Number(bits), family)
    } catch (cause) {
      const sentence = `TARTAN_WEB_PROXIES has “${part}”, which is no address and no network`
      throw new ConfigError('OPTION_INVALID', sentence, { field: 'TARTAN_WEB_PROXIES', cause })
    }
  }
  return list
}

function isIn(list: BlockList, peer: string): boolean {
  const address = peer.replace(/^::ffff:/, '')
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
