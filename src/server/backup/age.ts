// Backups that only who has the identity can read, in age's format (age-encryption.org): what takes
// them has the recipients' public keys alone, so a machine that is taken over gives away no older
// backup. `age -d -i key.txt 003.copy.zst.age | zstd -d` reads a file without Tartan.
import type { Decrypter, Encrypter } from 'age-encryption'
import { Readable } from 'node:stream'
import { ConfigError, messageOf } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'

type Stage = (bytes: AsyncIterable<Buffer>) => AsyncIterable<Uint8Array>

/** As age-keygen prints it; separated by commas or spaces. */
export function recipientsOf(text: string): string[] {
  const all = text.split(/[\s,]+/).filter((one) => one !== '')
  const wrong = all.find((one) => !RECIPIENT.test(one))
  if (wrong === undefined) return all
  throw new ConfigError(
    'RECIPIENT_WRONG',
    `TARTAN_BACKUP_RECIPIENTS: ${wrong.slice(0, 12)}… is no recipient of age: what age-keygen ` +
      'calls the public key begins with age1',
  )
}

const RECIPIENT = /^age1[02-9ac-hj-np-z]{20,}$/

/** A stage of a pipeline; of no recipient it passes on what comes. */
export async function encrypting(recipients: readonly string[]): Promise<Stage> {
  if (recipients.length === 0) return (bytes) => bytes
  const { Encrypter: Maker } = await import('age-encryption')
  const encrypter = new Maker()
  for (const recipient of recipients) add(encrypter, recipient)
  return async function* encrypted(bytes) {
    yield* await encrypter.encrypt(webStream(bytes))
  }
}

function add(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    const sentence = `TARTAN_BACKUP_RECIPIENTS: ${recipient} is no recipient: ${messageOf(cause)}`
    throw new ConfigError('RECIPIENT_WRONG', sentence, { cause })
  }
}

/** Reads what was encrypted to `recipients`; `identities` is a file as age-keygen makes it. */
export async function decrypting(
  recipients: readonly string[],
  identities: Secret | undefined,
): Promise<Stage> {
  if (recipients.length === 0) return (bytes) => bytes
  const to = recipients.join(', ')
  if (!identities) {
    const sentence = `the backup is encrypted to ${to}: name the file of its key by --identity`
    throw new ConfigError('BACKUP_ENCRYPTED', sentence)
  }
  const { Decrypter: Maker } = await import('age-encryption')
  const decrypter = new Maker()
  for (const line of identities.reveal().split('\n')) {
    if (line.trim() !== '' && !line.startsWith('#')) addIdentity(decrypter, line.trim())
  }
  return async function* decrypted(bytes) {
    yield* await decrypter.decrypt(webStream(bytes)).catch((cause: unknown) => {
      const sentence = `the key of --identity does not open the backup, which is encrypted to ${to}`
      throw new ConfigError('BACKUP_NOT_OPENED', sentence, { cause })
    })
  }
}

/** Nothing of what is wrong is said: it is a key, or nearly one. */
function addIdentity(decrypter: Decrypter, line: string): void {
  try {
    decrypter.addIdentity(line)
  } catch {
    const sentence = 'the file of --identity has a line that is no identity of age'
    throw new ConfigError('IDENTITY_WRONG', `${sentence}: AGE-SECRET-KEY-1…`)
  }
}

function webStream(bytes: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array>
}
