// COPY data of one batch as it grows: buffers that are filled one after the other and written to
// the server as they are. Each is twice as large as the one before, up to a limit, so that many
// streams with few rows hold little (L9).

const pieceBytesMin = 8 * 1024
/** Pieces of this size cost one write each. */
const pieceBytesMax = 64 * 1024
/** A UTF-16 unit is at most so many bytes of UTF-8. */
const unitBytesMax = 3

export class Pieces {
  /** What is in pieces that are full. */
  bytes = 0
  /** The piece that is being filled, and how far. */
  open: Buffer = Buffer.alloc(0)
  used = 0
  readonly #full: Buffer[] = []
  #next = pieceBytesMin

  /** Makes room for so many bytes in the open piece. */
  reserve(bytes: number): void {
    if (this.open.length - this.used >= bytes) return
    this.#cut()
    this.open = Buffer.allocUnsafeSlow(Math.max(bytes, this.#next))
    this.#next = Math.min(2 * this.#next, pieceBytesMax)
  }

  add(text: string): void {
    this.reserve(text.length * unitBytesMax)
    this.used += this.open.write(text, this.used)
  }

  /** All of it; nothing is added afterwards. */
  seal(): Buffer[] {
    this.#cut()
    return this.#full
  }

  #cut(): void {
    if (this.used === 0) return
    this.#full.push(this.open.subarray(0, this.used))
    this.bytes += this.used
    this.used = 0
    this.open = Buffer.alloc(0)
  }
}
