// TLS of the services, by the files that the options name, and whom our own callers trust then:
// what Node.js and this machine know, and the CA that is named.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, isIP } from 'node:net'
import { resolve } from 'node:path'
import {
  checkServerIdentity,
  connect,
  createServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls'
import { systemClock } from '../std/clock.ts'
import { ConfigError, messageOf } from '../std/errors.ts'
import { followFiles } from '../std/followed-files.ts'
import type { Logger } from '../std/log.ts'
import { type ServerTls, serverTls, type TlsFiles, usable } from '../std/server-tls.ts'
import { engineUrl, plaidApiUrl } from './addresses.ts'
import { table } from './options.ts'
import { projectFolder, type Settings } from './settings.ts'

/** Undefined where the services speak plainly. */
export function tlsFiles({ options }: Settings): TlsFiles | undefined {
  const { tlsCertificateFile: certificate, tlsKeyFile: key } = options
  if (certificate === undefined && key === undefined) return undefined
  if (certificate !== undefined && key !== undefined) {
    return { certificate: resolve(projectFolder, certificate), key: resolve(projectFolder, key) }
  }
  const missing = certificate === undefined ? table.tlsCertificateFile : table.tlsKeyFile
  const sentence = `TLS needs a certificate and its key: set ${missing.env} too`
  throw new ConfigError('OPTION_INVALID', sentence, { field: missing.env })
}

export async function ownTls(settings: Settings, log: Logger): Promise<ServerTls | undefined> {
  const files = tlsFiles(settings)
  return files && serverTls(files, log)
}

/** For a service: also when the file is renewed. */
export async function followCa(settings: Settings, log: Logger): Promise<void> {
  const path = caPath(settings)
  if (path === undefined) return
  await followFiles([path], ([text = '']) => trust(text), log)
  // For the connectors that we start: what their configuration has is of the last set-up.
  process.env[table.tlsCaFile.env] = path
}

/** For a command. */
export async function trustCa(settings: Settings): Promise<void> {
  const text = await readCa(settings)
  if (text !== undefined) trust(text)
}

/** For a connector, which is told whom to trust by its configuration. */
export async function readCa(settings: Settings): Promise<string | undefined> {
  const path = caPath(settings)
  if (path === undefined) return undefined
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalidCa(messageOf(cause), cause)
  })
}

export function caPath({ options }: Settings): string | undefined {
  return options.tlsCaFile === undefined ? undefined : resolve(projectFolder, options.tlsCaFile)
}

let known: string[] | undefined

function trust(ca: string): void {
  known ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
  try {
    if (new X509Certificate(ca).raw) setDefaultCACertificates([...known, ca])
  } catch (cause) {
    throw invalidCa(messageOf(cause), cause)
  }
}

function invalidCa(why: string, cause: unknown): ConfigError {
  const field = table.tlsCaFile.env
  const sentence = `${field} names no certificate that can be read: ${why}`
  return new ConfigError('OPTION_INVALID', sentence, { field, cause })
}

/**
 * Before anything is started: the pair is spoken with, as the services will among each other, so
 * that whatever is wrong about it is told in one sentence.
 */
export async function requireTls(settings: Settings): Promise<void> {
  const files = tlsFiles(settings)
  if (!files) return
  await trustCa(settings)
  for (const url of [plaidApiUrl(settings), engineUrl(settings)]) {
    const { protocol, hostname } = new URL(url)
    if (protocol === 'https:') await rehearse(files, hostname.replaceAll(/[[\]]/g, ''))
  }
}

const handshakeMsMax = 5_000

async function rehearse({ certificate, key }: TlsFiles, name: string): Promise<void> {
  const server = await readFiles(certificate, key)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, found) => checkServerIdentity(name, found),
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(handshakeMsMax) })
  } catch (cause) {
    const { reason = messageOf(cause) } = cause as { reason?: string }
    const sentence =
      `TLS does not come about for ${name}: ${reason}. See ${certificate}; a CA of ` +
      'your own is named by TARTAN_TLS_CA_FILE; if the certificate is for another name, set ' +
      'PLAID_API_URL and TARTAN_API_URL, https://name:port'
    throw new ConfigError('TLS_FAILED', sentence, { cause })
  } finally {
    socket.destroy()
    server.close()
  }
}

async function readFiles(certificate: string, key: string) {
  try {
    const [cert, text] = [await readFile(certificate, 'utf8'), await readFile(key, 'utf8')]
    return createServer(usable({ cert, key: text })).on('tlsClientError', () => {})
  } catch (cause) {
    const sentence = `${certificate} and ${key}: ${messageOf(cause)}`
    throw new ConfigError('TLS_FILES_INVALID', sentence, { cause })
  }
}

export interface TlsReport {
  /** Whom it names. */
  names: string[]
  not_after: string
  /** What is wrong with the files as they lie there: the services go on with those before. */
  trouble?: string
}

const dayMs = 86_400_000
const soonDays = 14

export async function readTls(settings: Settings): Promise<TlsReport | undefined> {
  const files = tlsFiles(settings)
  if (!files) return undefined
  const leaf = new X509Certificate(await readFile(files.certificate))
  const names = (leaf.subjectAltName ?? leaf.subject).split(', ').map((one) => one.trim())
  const report = { names, not_after: leaf.validToDate.toISOString() }
  const trouble = await requireTls(settings).then(
    () => soon(leaf.validToDate.getTime()),
    (error: unknown) => messageOf(error),
  )
  return trouble === undefined ? report : { ...report, trouble }
}

function soon(endMs: number): string | undefined {
  const days = Math.floor((endMs - systemClock.now()) / dayMs)
  return days < soonDays ? `the certificate ends in ${days} days: renew it` : undefined
}
