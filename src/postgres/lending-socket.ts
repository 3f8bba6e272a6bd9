// A socket that reads into one piece of memory, again and again. Node's own makes a piece of 64 kB
// for each read: of a feed's, V8 saw so much memory outside its heap that it collected all of it
// every fourth page (measured: a third of plaid-api's time).
import { Socket } from 'node:net'

const readBytesMax = 64 * 1024

export class LendingSocket extends Socket {
  /** `data` lends the memory until its listeners return; else it is theirs to keep. */
  lends = false

  constructor() {
    const callback = (length: number, memory: Uint8Array) => {
      const piece = Buffer.from(memory.buffer, memory.byteOffset, length)
      this.emit('data', this.lends ? piece : Buffer.from(piece))
      return true
    }
    super({ onread: { buffer: Buffer.allocUnsafeSlow(readBytesMax), callback } })
  }
}
