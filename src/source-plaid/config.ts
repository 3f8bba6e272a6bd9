// What a user sets for the source: where plaid-api is, and a key of it.
import { X509Certificate } from 'node:crypto'
import type { ConnectorSpecification } from '../protocol/message.ts'
import { ConfigError } from '../std/errors.ts'
import { Secret } from '../std/secrets.ts'

export interface SourceConfig {
  /** Without a slash at its end. */
  baseUrl: string
  apiKey: Secret
  /** PEM; undefined: whom this machine knows. */
  ca: string | undefined
}

/** No user name, query or fragment: what logs name is no place for a password (L5). */
const addressPattern = '^\\s*https?://[^\\s/@?#]+(/[^\\s@?#]*)?\\s*$'

export const spec: ConnectorSpecification = {
  protocol_version: '0.2.0',
  supportsIncremental: true,
  connectionSpecification: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Plaid, through plaid-api',
    type: 'object',
    required: ['base_url', 'api_key'],
    additionalProperties: true,
    properties: {
      base_url: {
        type: 'string',
        title: 'Address of plaid-api',
        description: 'Such as http://localhost:8080.',
        examples: ['http://localhost:8080'],
        pattern: addressPattern,
        pattern_descriptor: 'http://localhost:8080',
        order: 0,
      },
      api_key: {
        type: 'string',
        title: 'API key',
        description: 'A key of plaid-api; `./tartan credentials` shows one.',
        airbyte_secret: true,
        order: 1,
      },
      ca_certificate: {
        type: 'string',
        title: 'CA certificate',
        description:
          'Where plaid-api’s certificate is signed by a CA of your own: that CA, in PEM.',
        multiline: true,
        order: 2,
      },
    },
  },
}

export function configure(raw: unknown): SourceConfig {
  const given = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>
  const { base_url: baseUrl, api_key: apiKey, ca_certificate: ca } = given
  if (typeof baseUrl !== 'string' || !isAddress(baseUrl)) {
    throw new ConfigError(
      'BASE_URL_INVALID',
      'base_url must be the address of plaid-api, such as http://localhost:8080, ' +
        'without a user name, a query or a fragment',
      { field: 'base_url' },
    )
  }
  if (typeof apiKey !== 'string' || apiKey.trim() === '') {
    throw new ConfigError('API_KEY_MISSING', 'api_key must be a key of plaid-api', {
      field: 'api_key',
    })
  }
  if (!/^[!-~]+$/.test(apiKey.trim())) {
    const sentence = 'api_key has a character that no key has: copy the whole key, and only it'
    throw new ConfigError('API_KEY_INVALID', sentence, { field: 'api_key' })
  }
  return {
    baseUrl: baseUrl.trim().replace(/\/+$/, ''),
    apiKey: new Secret(apiKey.trim()),
    ca: trustedOf(ca),
  }
}

function isAddress(text: string): boolean {
  return new RegExp(addressPattern).test(text) && URL.canParse(text.trim())
}

/** Node.js passes over what is no certificate, and would then trust nobody without saying why. */
function trustedOf(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined
  const ca = typeof given === 'string' ? given.trim() : 'no text'
  if (ca === '') return undefined
  const all = /-----BEGIN [A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----/g
  try {
    return (ca.match(all) ?? [ca]).map((one) => new X509Certificate(one).toString()).join('')
  } catch (cause) {
    const sentence = 'ca_certificate must be a certificate in PEM, or several'
    throw new ConfigError('CA_INVALID', sentence, { field: 'ca_certificate', cause })
  }
}
