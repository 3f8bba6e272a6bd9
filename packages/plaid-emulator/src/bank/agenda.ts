// What is due when, the next first: a binary heap, so that a hundred thousand Items cost nothing
// until their time comes. What is put to another time leaves its old entry behind, which is passed
// over when it comes up.

interface Entry<T> {
  what: T
  at: number
  /** Of what is due at the same instant, what was put here first comes first. */
  turn: number
}

export class Agenda<T> {
  readonly #heap: Entry<T>[] = []
  readonly #entries = new Map<T, Entry<T>>()
  #turns = 0

  /** When the next is due; Infinity where nothing is. */
  get nextAt(): number {
    return this.#first()?.at ?? Infinity
  }

  /** How much waits. */
  get size(): number {
    return this.#entries.size
  }

  has(what: T): boolean {
    return this.#entries.has(what)
  }

  /** From now on it is due at that instant alone; at Infinity, never. */
  put(what: T, at: number): void {
    if (this.#entries.get(what)?.at === at) return
    if (at === Infinity) {
      this.#entries.delete(what)
      return
    }
    const entry = { what, at, turn: this.#turns++ }
    this.#entries.set(what, entry)
    this.#rise(entry, this.#heap.length)
  }

  /** Takes the next of what is due by now. */
  take(now: number): T | undefined {
    const first = this.#first()
    if (first === undefined || first.at > now) return undefined
    this.#entries.delete(first.what)
    this.#drop()
    return first.what
  }

  #first(): Entry<T> | undefined {
    for (let [first] = this.#heap; first !== undefined; [first] = this.#heap) {
      if (this.#entries.get(first.what) === first) return first
      this.#drop()
    }
    return undefined
  }

  #drop(): void {
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
  }

  #rise(entry: Entry<T>, from: number): void {
    const heap = this.#heap
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = heap[above]
      if (other === undefined || isBefore(other, entry)) break
      heap[place] = other
      place = above
    }
    heap[place] = entry
  }

  /** Puts an entry to the top, and from there to its place. */
  #sink(entry: Entry<T>): void {
    const heap = this.#heap
    let place = 0
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const next = isRight ? right : left
      if (next === undefined || isBefore(entry, next)) break
      heap[place] = next
      place = 2 * place + (isRight ? 2 : 1)
    }
    heap[place] = entry
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn)
}
