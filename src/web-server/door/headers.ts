// What every answer says to the browser. One policy without an exception: nothing but our own files
// runs, looks or is asked, and no text becomes a script.

import type { Place } from './place.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const OFF = [
  'accelerometer autoplay camera display-capture fullscreen geolocation gyroscope hid',
  'identity-credentials-get idle-detection local-fonts magnetometer microphone midi payment',
  'picture-in-picture publickey-credentials-get screen-wake-lock serial storage-access usb',
  'xr-spatial-tracking',
].flatMap((names) => names.split(' '))

const hstsSeconds = 31_536_000

/**
 * HSTS counts for every port of a name: of `localhost` it would lock a browser out of whatever else
 * this machine offers.
 */
export function securityHeaders({
  secure,
  named,
}: Pick<Place, 'secure' | 'named'>): Record<string, string> {
  return {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': [...OFF.map((name) => `${name}=()`), 'clipboard-write=(self)'].join(', '),
    ...(secure && named ? { 'strict-transport-security': `max-age=${hstsSeconds}` } : {}),
  }
}
