// Where the services are for callers on this machine.
import type { Settings } from './settings.ts'

export function plaidApiUrl({ options }: Settings): string {
  return httpUrl(options.host, options.plaidApiPort)
}

export function engineUrl({ options }: Settings): string {
  return httpUrl(options.host, options.apiPort)
}

export function emulatorUrl({ options }: Settings): string {
  return httpUrl(options.host, options.emulatorPort)
}

/** A service that listens on every address is reached over loopback. */
function httpUrl(host: string, port: number): string {
  const reached = host === '0.0.0.0' || host === '::' || host === '' ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
