// Pages of the feed on their way to readers, each in one piece of memory, whose number and size are
// bounded however many readers there are and however slow they take it (L9). The pieces are used
// again: what Node's collector frees of them it frees late, by full collections.
import type { ServerResponse } from 'node:http'

/** Of what the database gives for a page, its last row not counted. */
const pageBytesMax = 2_500_000
/** With what is put around each row; a page of many short or of one large row needs more. */
const pieceBytes = 3_000_000
/** So many readers at one time get pages of that size; those who come then, small ones. */
const largePagesMax = 12
const smallBytesMax = 64 * 1024
/** One for each connection of the feed's; more are kept by nobody. */
const keptMax = 5

export class PageBuffers {
  readonly #kept: Buffer[] = []
  #large = 0

  /** For this answer: given back when it is out, or its reader gone. */
  take(response: ServerResponse): PageBuffer {
    if (this.#large === largePagesMax) {
      return new PageBuffer(Buffer.allocUnsafeSlow(smallBytesMax), smallBytesMax, () => {})
    }
    this.#large++
    const piece = this.#kept.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)
    let isTaken = true
    const page = new PageBuffer(piece, pageBytesMax, (mayKeep) => {
      if (isTaken) this.#large--
      if (isTaken && mayKeep && this.#kept.length < keptMax) this.#kept.push(piece)
      isTaken = false
    })
    // Of one that was not sent to its end the system may still read.
    response.once('close', () => page.giveBack(response.writableFinished))
    return page
  }
}

export class PageBuffer {
  readonly bytesMax: number
  readonly giveBack: (mayKeep: boolean) => void
  #bytes: Buffer
  #length = 0

  constructor(bytes: Buffer, bytesMax: number, giveBack: (mayKeep: boolean) => void) {
    this.#bytes = bytes
    this.bytesMax = bytesMax
    this.giveBack = giveBack
  }

  add(source: Buffer, from = 0, to = source.length): void {
    const length = this.#length + to - from
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, length))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    source.copy(this.#bytes, this.#length, from, to)
    this.#length = length
  }

  /** Takes the last bytes away again. */
  cut(bytes: number): void {
    this.#length -= bytes
  }

  /** What is to be sent; a small page in a piece of its own, so that slow readers hold no more. */
  content(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    if (this.#length > smallBytesMax) return bytes
    const copy = Buffer.from(bytes)
    this.giveBack(true)
    return copy
  }
}
