// Where the services are, for callers on this machine or as an option says.
import { webhookPath } from '../plaid-api/webhook/path.ts'
import type { Settings } from './settings.ts'

export function plaidApiUrl(settings: Settings): string {
  const { plaidApiUrl: url, plaidApiPort } = settings.options
  return given(url) ?? serviceUrl(settings, plaidApiPort)
}

/**
 * Where Plaid is told to send webhooks; empty: nowhere; undefined: nothing is told, since nobody
 * said where it reaches us. The emulated one is on this machine.
 */
export function webhookAddress(settings: Settings): string | undefined {
  const { options, emulated } = settings
  if (options.publicUrl === 'none') return ''
  if (options.plaidWebhookUrl !== undefined) return options.plaidWebhookUrl
  const base = given(options.publicUrl) ?? (emulated ? plaidApiUrl(settings) : undefined)
  return base === undefined ? undefined : base + webhookPath
}

export function engineUrl(settings: Settings): string {
  const { apiUrl: url, apiPort } = settings.options
  return given(url) ?? serviceUrl(settings, apiPort)
}

/** The services speak TLS themselves. */
export function isEncrypted({ options }: Settings): boolean {
  return options.tlsCertificateFile !== undefined
}

/** A certificate names a machine as people do; it seldom has an address. */
function serviceUrl(settings: Settings, port: number): string {
  const url = httpUrl(settings.options.host, port)
  if (!isEncrypted(settings)) return url
  return url.replace('http:', 'https:').replace('//127.0.0.1:', '//localhost:')
}

export function emulatorUrl({ options }: Settings): string {
  return given(options.emulatorUrl) ?? httpUrl(options.host, options.emulatorPort)
}

/** As a person types it: browsers take `localhost` for this machine and keep its cookies apart. */
export function webUrl(settings: Settings): string {
  const { options } = settings
  if (options.webUrl !== undefined) return options.webUrl.replace(/\/*$/, '/')
  const { host } = options
  const isHere = /^(127\.|0\.0\.0\.0$|::1?$|localhost$|$)/.test(host)
  const name = isHere
    ? `localhost:${options.webPort}`
    : new URL(httpUrl(host, options.webPort)).host
  return `${isEncrypted(settings) ? 'https' : 'http'}://${name}/`
}

function given(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, '')
}

/** A service that listens on every address is reached over loopback. */
function httpUrl(host: string, port: number): string {
  const reached = host === '0.0.0.0' || host === '::' || host === '' ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
