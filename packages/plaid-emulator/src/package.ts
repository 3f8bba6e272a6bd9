// The npm package's face: an emulator inside somebody else's tests or program, with plain values
// for options and nothing that must be given.
import { createLogger } from '../../../src/std/log.ts'
import { Secret } from '../../../src/std/secrets.ts'
import {
  createEmulator as create,
  type Emulator,
  type EmulatorOptions,
  type Truth,
} from './emulator.ts'

export type { Emulator, Truth }

export interface Options extends Partial<
  Omit<EmulatorOptions, 'secret' | 'adminToken' | 'logger'>
> {
  secret?: string
  /** Opens the admin API and its page, /emulator; without it there are none. */
  adminToken?: string
  logLevel?: 'silent' | 'debug' | 'info' | 'warn' | 'error'
}

/** Starts on a free port of this machine, in memory, unless told otherwise. */
export async function createEmulator(options: Options = {}): Promise<Emulator> {
  const { secret, adminToken, logLevel = 'error', ...more } = options
  return create({
    host: '127.0.0.1',
    port: 0,
    seed: 'tartan',
    world: 'sandbox',
    logger: createLogger('plaid-emulator', logLevel),
    ...more,
    ...(secret === undefined ? {} : { secret: new Secret(secret) }),
    ...(adminToken === undefined ? {} : { adminToken: new Secret(adminToken) }),
  })
}
