// Webhooks on disk: each line is an event as it then was, and an event's last line counts, so that
// a change costs its own length however many events there are. A restart goes on with what was not
// delivered. What belongs to no Item stays in memory: Link's webhooks hold tokens (L5).
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../../../src/std/errors.ts'
import { inTurn, replaceFile } from '../bank/file.ts'
import type { WebhookEvent } from './event.ts'

const FILE = 'webhooks.jsonl'
/** Lines that say nothing any more, before the file is written anew. */
const staleLinesMax = 10_000

export class Journal {
  readonly #folder: string | undefined
  readonly #known: () => Iterable<WebhookEvent>
  #lines: string[] = []
  #stale = Infinity
  /** Resolves when all that was written is on disk. */
  readonly flush = inTurn(() => this.#flush())

  constructor(folder: string | undefined, known: () => Iterable<WebhookEvent>) {
    this.#folder = folder
    this.#known = known
  }

  write(event: WebhookEvent): void {
    if (this.#folder === undefined || event.itemId === null) return
    this.#lines.push(lineOf(event))
  }

  async #flush(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    if (this.#folder === undefined || lines.length === 0) return
    this.#stale += lines.length
    if (this.#stale > staleLinesMax) {
      const living = [...this.#known()].filter((event) => event.itemId !== null)
      await replaceFile(this.#folder, FILE, living.map(lineOf).join(''))
      this.#stale = 0
    } else {
      await appendFile(join(this.#folder, FILE), lines.join(''), { flush: true })
    }
  }
}

/** The events that a folder remembers, in the order in which they were sent. */
export async function readJournal(folder: string | undefined): Promise<WebhookEvent[]> {
  if (folder === undefined) return []
  const events = new Map<number, WebhookEvent>()
  for (const line of (await textOf(join(folder, FILE))).split('\n')) {
    const event = eventOf(line)
    if (event !== undefined) events.set(event.sequence, event)
  }
  return [...events.values()].sort((a, b) => a.sequence - b.sequence)
}

function lineOf(event: WebhookEvent): string {
  return `${JSON.stringify(event)}\n`
}

/** A crash may have cut the last line; what it would have said is tried again. */
function eventOf(line: string): WebhookEvent | undefined {
  try {
    return JSON.parse(line) as WebhookEvent
  } catch {
    return undefined
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  }
}
