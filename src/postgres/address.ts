// A postgres:// URL as libpq reads it. What it does not understand here it refuses with a sentence,
// rather than connect in another way than was asked for. No message quotes the URL, which holds a
// password (L5).
import { readFileSync } from 'node:fs'
import { ConfigError, messageOf } from '../std/errors.ts'
import { Secret } from '../std/secrets.ts'
import { requireCa, type Tls, tlsMode } from './tls.ts'

export interface Address {
  host: string
  port: number
  database: string
  user: string
  password: Secret | undefined
  tls: Tls
  /** Of the URL, where it says so. */
  applicationName: string | undefined
  connectMs: number | undefined
  /** Settings for the server's command line, as libpq's `options`. */
  options: string | undefined
}

const portDefault = 5432
const portMax = 65_535

export function addressOf(url: Secret): Address {
  const { parts, given } = parse(url)
  const user = given.get('user') ?? decode(parts.username)
  const password = given.get('password') ?? decode(parts.password)
  const host = given.get('host') ?? decode(parts.hostname.replace(/^\[|\]$/g, ''))
  if (host.includes(',')) throw invalid('names several hosts: give the one of the primary')
  return {
    host: host === '' ? 'localhost' : host,
    port: portOf(given.get('port') ?? parts.port),
    database: (given.get('dbname') ?? decode(parts.pathname.slice(1))) || user,
    user,
    password: password === '' ? undefined : new Secret(password),
    tls: tlsOf(given),
    applicationName: given.get('application_name'),
    connectMs: millisecondsOf(given.get('connect_timeout')),
    options: given.get('options'),
  }
}

function parse(url: Secret): { parts: URL; given: Map<string, string> } {
  let parts: URL
  try {
    parts = new URL(url.reveal())
  } catch {
    throw invalid('cannot be read; the form is postgres://user:password@host:5432/database')
  }
  if (parts.protocol !== 'postgres:' && parts.protocol !== 'postgresql:') {
    throw invalid('does not begin with postgres://')
  }
  const given = new Map(parts.searchParams)
  for (const [name, value] of given) {
    if (READ.has(name)) continue
    const same = WITHOUT_EFFECT[name]
    if (same === undefined) {
      const known = [...READ].join(', ')
      throw invalid(`has the parameter ${name}, which is not read here (${known} are): take it out`)
    }
    if (same.includes(value.toLowerCase())) continue
    const help = HELP[name] ?? ''
    throw invalid(
      `says ${name}=${value}, which is not offered here; what is: ${same.join(', ')}${help}`,
    )
  }
  return { parts, given }
}

const TLS_PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword']
const PLACE_PARAMETERS = ['host', 'port', 'dbname', 'user', 'password']
const READ = new Set([
  ...TLS_PARAMETERS,
  ...PLACE_PARAMETERS,
  'application_name',
  'connect_timeout',
  'options',
])

/** Values that ask for what is done anyway. */
const WITHOUT_EFFECT: Record<string, string[] | undefined> = {
  channel_binding: ['disable', 'prefer'],
  gssencmode: ['disable', 'prefer'],
  sslnegotiation: ['postgres'],
  sslsni: ['1'],
  target_session_attrs: ['any'],
  client_encoding: ['utf8', 'utf-8', 'auto'],
  uselibpqcompat: ['true'],
}

/** What serves the same end. */
const HELP: Record<string, string | undefined> = {
  channel_binding:
    '. Take it out, and let sslmode=verify-full see to it that nobody stands in between',
}

function tlsOf(given: Map<string, string>): Tls {
  const root = given.get('sslrootcert')
  const fromMachine = root === 'system'
  const byDefault = fromMachine ? 'verify-full' : 'prefer'
  const ssl = given.get('ssl')
  // As libpq, for the sake of JDBC's URLs.
  if (ssl !== undefined && ssl !== 'true') throw invalid('says ssl, which is true or not there')
  const asked = given.get('sslmode') ?? (ssl === 'true' ? 'require' : byDefault)
  const mode = tlsMode(asked, 'sslmode')
  if (fromMachine && mode !== 'verify-full') {
    throw invalid(`says sslrootcert=system with sslmode=${mode}: it goes with verify-full alone`)
  }
  const passphrase = given.get('sslpassword')
  const certificate = given.get('sslcert')
  const key = given.get('sslkey')
  if ((certificate === undefined) !== (key === undefined)) {
    throw invalid('must have sslcert and sslkey together')
  }
  const tls: Tls = {
    mode,
    ...(root !== undefined && !fromMachine ? { ca: fileOf('sslrootcert', root) } : {}),
    ...(certificate === undefined ? {} : { certificate: fileOf('sslcert', certificate) }),
    ...(key === undefined ? {} : { key: new Secret(fileOf('sslkey', key)) }),
    ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
  }
  return requireCa(tls, 'sslrootcert')
}

function fileOf(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalid(`names a file in ${parameter} that cannot be read: ${messageOf(cause)}`)
  }
}

function portOf(text: string): number {
  const port = text === '' ? portDefault : Number(text)
  if (Number.isInteger(port) && port > 0 && port <= portMax) return port
  throw invalid(`has a port that is no number from 1 to ${portMax}`)
}

function millisecondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds > 0) return seconds * 1_000
  throw invalid('has a connect_timeout that is no number of seconds above 0')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a % that begins no code: write %25 for the character itself')
  }
}

function invalid(what: string): ConfigError {
  return new ConfigError('DATABASE_URL_INVALID', `the database URL ${what}`)
}
