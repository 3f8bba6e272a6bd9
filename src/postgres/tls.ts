// TLS as libpq has it: `sslmode` says whether a connection is encrypted and whom it trusts. `allow`
// and `prefer` are two tries; a CA that is given is always asked; verify-full without one takes
// the CAs of this machine and of Node.js, as libpq does for sslrootcert=system.
import { getCACertificates } from 'node:tls'
import type pg from 'pg'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { isTlsCode } from '../std/tls-code.ts'
import type { Secret } from '../std/secrets.ts'

export const tlsModes = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const

export interface Tls {
  mode: (typeof tlsModes)[number]
  ca?: string
  certificate?: string
  key?: Secret
  passphrase?: Secret
}

export type Encryption = NonNullable<pg.ClientConfig['ssl']>

/** The mode of that name; `field` is where it was given. */
export function tlsMode(name: unknown, field: string): Tls['mode'] {
  const mode = tlsModes.find((known) => known === name)
  if (mode) return mode
  throw new ConfigError('SSL_MODE_INVALID', `${field} is one of ${tlsModes.join(', ')}`, {
    field: field.split('.')[0] ?? field,
  })
}

/** With the machine's CAs verify-ca would take any server that has bought itself a certificate. */
export function requireCa(tls: Tls, field: string): Tls {
  if (tls.mode !== 'verify-ca' || tls.ca !== undefined) return tls
  throw new ConfigError(
    'SSL_CA_MISSING',
    `verify-ca needs the CA that signed the server’s certificate (${field}); to trust the ` +
      'CAs of this machine, use verify-full, which looks at the host’s name too',
    { field },
  )
}

/** How to connect, and how to try once more where the server refuses the first way. */
export function encryptions(tls: Tls): [Encryption, Encryption?] {
  const own = {
    ...(tls.certificate !== undefined ? { cert: tls.certificate } : {}),
    ...(tls.key ? { key: tls.key.reveal() } : {}),
    ...(tls.passphrase ? { passphrase: tls.passphrase.reveal() } : {}),
  }
  const ca = tls.ca ?? (tls.mode === 'verify-full' ? machineCas() : [])
  const verified = { rejectUnauthorized: true, ca, ...own }
  const byCa = { ...verified, checkServerIdentity: () => undefined }
  const encrypted = tls.ca === undefined ? { rejectUnauthorized: false, ...own } : byCa
  const ways: Record<Tls['mode'], [Encryption, Encryption?]> = {
    disable: [false],
    allow: [false, encrypted],
    prefer: [encrypted, false],
    require: [encrypted],
    'verify-ca': [byCa],
    'verify-full': [verified],
  }
  return ways[tls.mode]
}

let cas: string[] | undefined

/** Node's own and those of the operating system (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS too). */
function machineCas(): string[] {
  cas ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
  return cas
}

const TLS_UNSUPPORTED = /does not support SSL/
/** No entry in pg_hba.conf for a connection of this kind. */
const HBA_REFUSED = '28000'

/** Whether the other way may do. */
export function isEncryptionRefused(error: unknown): boolean {
  return TLS_UNSUPPORTED.test(messageOf(error)) || errorCode(error) === HBA_REFUSED
}

/** A failure of TLS itself, as a sentence; undefined for every other one. */
export function tlsFailure(error: unknown, place: string): ConfigError | undefined {
  const isTls = TLS_UNSUPPORTED.test(messageOf(error)) || isTlsCode(errorCode(error))
  if (!isTls) return undefined
  return new ConfigError('TLS_FAILED', `${place}: TLS failed (${messageOf(error)})`, {
    cause: error,
    field: 'ssl_mode',
  })
}
