// A database URL as libpq reads it, and what is refused with a sentence rather than passed over.
import { expect, test } from 'vitest'
import { addressOf } from '../../src/postgres/address.ts'
import { Secret } from '../../src/std/secrets.ts'

const read = (url: string) => addressOf(new Secret(url))

test('what a URL says', () => {
  expect(read('postgresql://me%40x:p%2Fw@[::1]:6543/ware%20house')).toMatchObject({
    host: '::1',
    port: 6543,
    database: 'ware house',
    user: 'me@x',
    tls: { mode: 'prefer' },
  })
  expect(read('postgres://u:a%2Fb@h/d').password?.reveal()).toBe('a/b')
  expect(read('postgres:///d?host=/var/run/postgresql&user=me&port=5433')).toMatchObject({
    host: '/var/run/postgresql',
    port: 5433,
    user: 'me',
    password: undefined,
  })
  expect(read('postgres://u@h?application_name=x&connect_timeout=3&sslmode=allow')).toMatchObject({
    database: 'u',
    applicationName: 'x',
    connectMs: 3_000,
    tls: { mode: 'allow' },
  })
  expect(read('postgres://u@h/d?ssl=true').tls).toEqual({ mode: 'require' })
  expect(read('postgres://u@h/d?sslrootcert=system').tls).toEqual({ mode: 'verify-full' })
  expect(read('postgres://u@h/d?channel_binding=prefer&uselibpqcompat=true').host).toBe('h')
})

test.each([
  ['sslmode=no-verify', /sslmode is one of disable, allow, prefer/],
  ['sslmode=', /sslmode is one of/],
  ['sslmode=verify-ca', /verify-ca needs the CA.*verify-full/],
  ['sslmode=require&sslrootcert=system', /verify-full alone/],
  ['sslrootcert=/nowhere/ca.pem', /sslrootcert that cannot be read.*ENOENT/],
  ['sslcert=/x', /sslcert and sslkey together/],
  ['ssl=1', /ssl, which is true or not there/],
  ['pgbouncer=true', /parameter pgbouncer, which is not read here/],
  ['channel_binding=require', /channel_binding=require, .*Take it out, .*verify-full/],
  ['connect_timeout=soon', /connect_timeout/],
])('%s is refused with a sentence', (query, sentence) => {
  const url = `postgres://u:hidden@h/d?${query}`
  expect(() => read(url)).toThrow(sentence)
  expect(() => read(url)).not.toThrow(/hidden/)
})

test.each([
  ['hidden', /postgres:\/\/user:password@host/],
  ['mysql://u:hidden@h/d', /does not begin with postgres/],
  ['postgres://u:hidden@h:0/d', /port/],
  ['postgres://u:hidden@a,b/d', /several hosts/],
  ['postgres://u:hidden%@h/d', /%25/],
])('%s is no address', (url, sentence) => {
  expect(() => read(url)).toThrow(sentence)
  expect(() => read(url)).not.toThrow(/hidden/)
})
