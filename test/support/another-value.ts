// For tests of what a changed option does.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { TartanOption } from '../../src/server/options.ts'

/** Another value that the option may have; of a port, one that is no other's. */
export function another(spec: TartanOption): string {
  if (spec.env.endsWith('_CRON')) return '0 0 5 * * ?'
  if (spec.env === 'PLAID_API_OPEN_READS') return 'none'
  if (/^(PLAID_API|PLAID_WEBHOOK|TARTAN_\w+)_URL$/.test(spec.env) && spec.type === 'string')
    return 'https://another.example/'
  if (spec.env === 'TARTAN_WEB_PROXIES') return '10.0.0.1'
  if (spec.env === 'PLAID_API_PROCESSES') return '2'
  if (spec.env === 'TARTAN_BACKUP_RECIPIENTS') return RECIPIENT
  if (spec.env === 'TARTAN_TLS_CA_FILE') return anyCertificate()
  if (spec.type === 'date') return '2026-02-28'
  if (spec.type === 'e-mail' || spec.type === 'e-mails') return 'another@example.com'
  if (spec.type === 'integer') return String(spec.default + (spec.default + 7 > spec.max ? -7 : 7))
  if ('choices' in spec) return spec.choices.find((one) => one !== spec.default) ?? ''
  if (spec.env === 'TARTAN_SMTP_URL') return 'smtp://me:canary@mail.example'
  if (/^TARTAN_ALERT_.*(SLACK|WEBHOOK)$/.test(spec.env)) return 'https://hooks.example/canary'
  return spec.type === 'secret' ? 'postgres://me:canary@db/w' : 'another'
}

const RECIPIENT = 'age1w5q4s9j2s6w5e5zxs70y74lhmlf0tflzcdqal9nyhr8sf7yn95zsrfe77x'

/** One file for all, which stays. */
function anyCertificate(): string {
  const folder = resolve(import.meta.dirname, '../../node_modules/.cache')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'another-ca.pem')
  writeFileSync(file, rootCertificates[0] ?? '')
  return file
}
