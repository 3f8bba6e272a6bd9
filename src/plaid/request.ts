// A call to Plaid as it is sent. What is secret in it is a `Secret` until it is written here: so
// all of it is known, and whoever answers may repeat it without its being told on (L5).
import { Secret } from '../std/secrets.ts'

export interface PlaidRequest {
  path: string
  body: string
  /** The client's own too, which goes as a header. */
  secrets: readonly Secret[]
}

export function requestOf(path: string, body: object, own: Secret): PlaidRequest {
  const secrets = [own]
  const text = JSON.stringify(body, function (this: Record<string, unknown>, name, value: unknown) {
    const given = this[name] // before it became dots
    if (!(given instanceof Secret)) return value
    secrets.push(given)
    return given.reveal()
  })
  return { path, body: text, secrets }
}
