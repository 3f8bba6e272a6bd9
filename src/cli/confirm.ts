// Before what nobody can undo, the person says by name what it is that goes.
import { createInterface } from 'node:readline/promises'
import { ConfigError } from '../std/errors.ts'

/** Rejects where another answer is given, and where there is nobody to ask. */
export async function confirmByName(what: string, name: string): Promise<void> {
  const refused = (why: string) =>
    new ConfigError('NOT_CONFIRMED', `${what} cannot be undone: ${why}; nothing was done`)
  if (!process.stdin.isTTY) throw refused('there is no terminal to ask at, so say --yes')
  const ends = new AbortController()
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  reader.once('close', () => ends.abort())
  try {
    const question = `${what} cannot be undone. Type its name (${name}) to go on: `
    const answer = await reader.question(question, ends).catch(() => '')
    if (answer.trim().toLowerCase() !== name.toLowerCase()) throw refused('that is another name')
  } finally {
    reader.close()
  }
}
