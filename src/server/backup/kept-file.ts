// A file of a backup: compressed, then encrypted to who may read it, and surely on the disk. What
// it was is proven by zstd's own sum, and by age's where it is encrypted.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Secret } from '../../std/secrets.ts'
import { ontoDisk } from '../files.ts'
import { decrypting, encrypting } from './age.ts'

export interface KeptFile {
  sha256: string
  bytes: number
}

interface Kept extends KeptFile {
  /** Before it was compressed. */
  unpackedBytes: number
}

export function suffixOf(recipients: readonly string[]): string {
  return `.zst${recipients.length > 0 ? '.age' : ''}`
}

export async function keepFile(
  from: Readable,
  path: string,
  recipients: readonly string[],
): Promise<Kept> {
  const hash = createHash('sha256')
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const file = createWriteStream(path, { mode: 0o600 })
  await pipeline(from, compress, await encrypting(recipients), counted, file)
  await ontoDisk(path)
  return { sha256: hash.digest('hex'), bytes, unpackedBytes: compress.bytesWritten }
}

type Sink = NodeJS.WritableStream | ((bytes: AsyncIterable<Buffer>) => Promise<void>)

export async function openFile(
  path: string,
  into: Sink,
  { recipients = [], identities }: { recipients?: readonly string[]; identities?: Secret },
): Promise<void> {
  const decrypted = await decrypting(recipients, identities)
  // Whatever the last stage is, a stream or a function: the types have one form for each.
  await pipeline(createReadStream(path), decrypted, createZstdDecompress(), into as never)
}
