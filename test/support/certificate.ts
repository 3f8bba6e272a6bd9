// Certificates of a test's own, made by node:crypto alone: X.509 in DER, as much as TLS needs.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface Certificate {
  name: string
  /** PEM. */
  certificate: string
  key: string
  privateKey: KeyObject
}

const lateEnd = '491231235959Z'
/** For one that has expired. */
export const pastEnd = '210101000000Z'

const pairOf = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

export function authority(name: string): Certificate {
  const { privateKey, publicKey } = pairOf()
  return made(name, name, publicKey, privateKey, privateKey, [
    extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff])))),
  ])
}

/** For a server its hosts' names, for a client its role's; `until` is a UTCTime of X.509. */
export function certificateOf(
  names: string | string[],
  issuer: Certificate,
  until = lateEnd,
): Certificate {
  const { privateKey, publicKey } = pairOf()
  const [name = '', ...others] = [names].flat()
  const hosts = [name, ...others].map((host) => der(0x82, Buffer.from(host)))
  const extensions = [extension('2.5.29.17', sequence(...hosts))]
  return made(name, issuer.name, publicKey, privateKey, issuer.privateKey, extensions, until)
}

function made(
  name: string,
  issuer: string,
  publicKey: KeyObject,
  privateKey: KeyObject,
  signer: KeyObject,
  extensions: Buffer[],
  until = lateEnd,
): Certificate {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial++])),
    algorithm,
    distinguished(issuer),
    sequence(utcTime('200101000000Z'), utcTime(until)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)])
  const whole = sequence(body, algorithm, der(0x03, signature)).toString('base64')
  const lines = whole.match(/.{1,64}/g)?.join('\n') ?? ''
  return {
    name,
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  }
}

let serial = 1

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  // The shortest form alone is DER.
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), content])
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content])
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f]
    for (let more = part >> 7; more > 0; more >>= 7) digits.unshift((more & 0x7f) | 0x80)
    return digits
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

function distinguished(commonName: string): Buffer {
  const name = sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))
  return sequence(der(0x31, name))
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}
