// What a user sets for the destination: the keys of Airbyte's own destination-postgres, so that a
// configuration made for one works in the other. What we cannot do is refused, never passed over
// in silence when it would change the data.
import type { ConnectorSpecification } from '../protocol/message.ts'
import { ConfigError } from '../std/errors.ts'
import { requireCa, type Tls, tlsMode, tlsModes } from '../postgres/tls.ts'
import { Secret } from '../std/secrets.ts'

export interface DestinationConfig {
  host: string
  port: number
  database: string
  /** Where streams without a namespace go. */
  schema: string
  username: string
  password: Secret | undefined
  tls: Tls
  /** Where the fence is (L6). */
  internalSchema: string
  /** Keep what the source deleted, with the instant in `_ab_cdc_deleted_at`. */
  softDelete: boolean
  /** The end of the input says that every stream is complete: the platform does not say it. */
  completeAtEnd: boolean
}

const portDefault = 5432
const portMax = 65_535

export function configure(raw: unknown): DestinationConfig {
  const given = objectOf({ raw }, 'raw')
  refuse(given)
  const password = given['password'] === '' ? undefined : textOf(given, 'password')
  return {
    host: hostOf(given),
    port: portOf(given['port']),
    database: required(given, 'database'),
    schema: textOf(given, 'schema') ?? 'public',
    username: required(given, 'username'),
    password: password === undefined ? undefined : new Secret(password),
    tls: tlsOf(given),
    internalSchema: textOf(given, 'raw_data_schema') ?? 'airbyte_internal',
    softDelete: deletionOf(textOf(given, 'cdc_deletion_mode')) === 'Soft delete',
    completeAtEnd: truthOf(given, 'complete_at_end'),
  }
}

const deletions = ['Hard delete', 'Soft delete']

/** Of a word that nobody knows it would be wrong to make the one that deletes. */
function deletionOf(mode: string | undefined): string {
  if (mode === undefined || deletions.includes(mode)) return mode ?? 'Hard delete'
  const sentence = `cdc_deletion_mode is one of ${deletions.join(', ')}`
  throw new ConfigError('DELETION_MODE_INVALID', sentence, { field: 'cdc_deletion_mode' })
}

function refuse(given: Record<string, unknown>): void {
  const tunnel = objectOf(given, 'tunnel_method')['tunnel_method'] ?? 'NO_TUNNEL'
  if (tunnel !== 'NO_TUNNEL') {
    throw new ConfigError(
      'TUNNEL_UNSUPPORTED',
      'SSH tunnels are not made here: open one yourself (ssh -L) and give its local port',
      { field: 'tunnel_method' },
    )
  }
  if ((given['disable_type_dedupe'] ?? false) !== false) {
    throw new ConfigError(
      'RAW_TABLES_UNSUPPORTED',
      'raw tables only is not offered: set disable_type_dedupe to false',
      { field: 'disable_type_dedupe' },
    )
  }
}

function tlsOf({ ssl, ...given }: Record<string, unknown>): Tls {
  const asked = objectOf(given, 'ssl_mode')
  // What was asked for before there were modes.
  const byDefault = ssl === true ? 'require' : 'prefer'
  const isAsked = Object.keys(asked).length > 0
  const mode = tlsMode(isAsked ? asked['mode'] : byDefault, 'ssl_mode.mode')
  const ca = textOf(asked, 'ca_certificate')
  const certificate = textOf(asked, 'client_certificate')
  const key = textOf(asked, 'client_key')
  const passphrase = textOf(asked, 'client_key_password')
  const tls: Tls = {
    mode,
    ...(ca !== undefined ? { ca } : {}),
    ...(certificate !== undefined ? { certificate } : {}),
    ...(key !== undefined ? { key: new Secret(key) } : {}),
    ...(passphrase !== undefined ? { passphrase: new Secret(passphrase) } : {}),
  }
  return requireCa(tls, 'ssl_mode.ca_certificate')
}

function required(given: Record<string, unknown>, field: string): string {
  const text = textOf(given, field)
  if (text !== undefined) return text
  throw new ConfigError('CONFIG_INCOMPLETE', `${field} is missing from the configuration`, {
    field,
  })
}

/** A name, an address or a socket's folder; what a pasted URL has besides is a password (L5). */
const hostPattern = '^\\s*([^\\s/@:]+|\\[?[0-9A-Fa-f:.]+(%[^\\s/@:\\]]+)?\\]?|/[^\\s@:]*)\\s*$'

function hostOf(given: Record<string, unknown>): string {
  const host = required(given, 'host')
  if (new RegExp(hostPattern).test(host)) return host.trim()
  const sentence = 'host must be a host’s name or address alone: port, user and password are apart'
  throw new ConfigError('HOST_INVALID', sentence, { field: 'host' })
}

function portOf(value: unknown): number {
  const port = Number(value ?? portDefault)
  if (Number.isInteger(port) && port > 0 && port <= portMax) return port
  throw new ConfigError('PORT_INVALID', `port must be a whole number from 1 to ${portMax}`, {
    field: 'port',
  })
}

function textOf(given: Record<string, unknown>, field: string): string | undefined {
  const value = given[field] ?? ''
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  throw new ConfigError('CONFIG_INVALID', `${field} must be a text`, { field })
}

function truthOf(given: Record<string, unknown>, field: string): boolean {
  const value = given[field] ?? false
  if (typeof value === 'boolean') return value
  throw new ConfigError('CONFIG_INVALID', `${field} must be true or false`, { field })
}

function objectOf(given: Record<string, unknown>, field: string): Record<string, unknown> {
  const value = given[field] ?? {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  const what = field === 'raw' ? 'the configuration' : field
  throw new ConfigError('CONFIG_INVALID', `${what} must be an object`, { field })
}

const text = (title: string, order: number) => ({ type: 'string', title, order })
const secret = (title: string, order: number) => ({ ...text(title, order), airbyte_secret: true })

function sslOption(mode: string, properties: object = {}, required: string[] = []): object {
  return {
    title: mode,
    additionalProperties: true,
    required: ['mode', ...required],
    properties: { mode: { type: 'string', const: mode, default: mode }, ...properties },
  }
}

const ca = { ca_certificate: { ...secret('CA certificate', 1), multiline: true } }
const machineCa = {
  ca_certificate: {
    ...ca.ca_certificate,
    description: 'Empty: the CAs that the operating system and Node.js trust.',
  },
}
const client = {
  client_certificate: { ...secret('Client certificate', 2), multiline: true },
  client_key: { ...secret('Client key', 3), multiline: true },
  client_key_password: secret('Password of the client key', 4),
}

export const spec: ConnectorSpecification = {
  protocol_version: '0.2.0',
  supportsIncremental: true,
  supported_destination_sync_modes: ['overwrite', 'append', 'append_dedup'],
  connectionSpecification: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'PostgreSQL',
    type: 'object',
    required: ['host', 'port', 'username', 'database', 'schema'],
    additionalProperties: true,
    properties: {
      host: { ...text('Host', 0), pattern: hostPattern, pattern_descriptor: 'db.example.com' },
      port: {
        type: 'integer',
        title: 'Port',
        default: portDefault,
        minimum: 1,
        maximum: portMax,
        order: 1,
      },
      database: text('Database', 2),
      schema: { ...text('Default schema', 3), default: 'public' },
      username: text('User', 4),
      password: { ...secret('Password', 5), always_show: true },
      ssl_mode: {
        type: 'object',
        title: 'TLS',
        order: 6,
        oneOf: [
          ...tlsModes.slice(0, 4).map((mode) => sslOption(mode)),
          sslOption('verify-ca', { ...ca, ...client }, ['ca_certificate']),
          sslOption('verify-full', { ...machineCa, ...client }),
        ],
      },
      raw_data_schema: {
        ...text('Internal schema', 7),
        description: 'Holds the fence that keeps a stopped writer from writing again.',
        default: 'airbyte_internal',
      },
      cdc_deletion_mode: {
        type: 'string',
        title: 'Deletions',
        description: 'Hard: a row that the source deleted goes. Soft: it stays, marked.',
        enum: deletions,
        default: deletions[0],
        order: 8,
      },
      complete_at_end: {
        type: 'boolean',
        title: 'The end of the input completes every stream',
        description:
          'For a platform that sends no stream statuses, as Airbyte does not to a connector of ' +
          'one’s own. Where a source fails half-way, what came of it then replaces what was there.',
        default: false,
        order: 9,
      },
    },
  },
}
