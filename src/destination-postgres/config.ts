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
}

const portDefault = 5432
const portMax = 65_535

export function configure(raw: unknown): DestinationConfig {
  const given = asObject(raw)
  refuse(given)
  const password = given['password']
  return {
    host: required(given, 'host'),
    port: portOf(given['port']),
    database: required(given, 'database'),
    schema: textOf(given['schema']) ?? 'public',
    username: required(given, 'username'),
    password: typeof password === 'string' && password !== '' ? new Secret(password) : undefined,
    tls: tlsOf(asObject(given['ssl_mode'])),
    internalSchema: textOf(given['raw_data_schema']) ?? 'airbyte_internal',
    softDelete: given['cdc_deletion_mode'] === 'Soft delete',
  }
}

function refuse(given: Record<string, unknown>): void {
  const tunnel = asObject(given['tunnel_method'])['tunnel_method'] ?? 'NO_TUNNEL'
  if (tunnel !== 'NO_TUNNEL') {
    throw new ConfigError(
      'TUNNEL_UNSUPPORTED',
      'SSH tunnels are not made here: open one yourself (ssh -L) and give its local port',
      { field: 'tunnel_method' },
    )
  }
  if (given['disable_type_dedupe'] === true) {
    throw new ConfigError(
      'RAW_TABLES_UNSUPPORTED',
      'raw tables only is not offered: set disable_type_dedupe to false',
      { field: 'disable_type_dedupe' },
    )
  }
}

function tlsOf(given: Record<string, unknown>): Tls {
  const mode = tlsMode(given['mode'] ?? 'prefer', 'ssl_mode.mode')
  const ca = textOf(given['ca_certificate'])
  const certificate = textOf(given['client_certificate'])
  const key = textOf(given['client_key'])
  const passphrase = textOf(given['client_key_password'])
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
  const text = textOf(given[field])
  if (text !== undefined) return text
  throw new ConfigError('CONFIG_INCOMPLETE', `${field} is missing from the configuration`, {
    field,
  })
}

function portOf(value: unknown): number {
  const port = Number(value ?? portDefault)
  if (Number.isInteger(port) && port > 0 && port <= portMax) return port
  throw new ConfigError('PORT_INVALID', `port must be a whole number from 1 to ${portMax}`, {
    field: 'port',
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
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
      host: text('Host', 0),
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
      password: secret('Password', 5),
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
        enum: ['Hard delete', 'Soft delete'],
        default: 'Hard delete',
        order: 8,
      },
    },
  },
}
