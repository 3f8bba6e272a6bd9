// docs/emulator.md and its neighbours, read for the tests that hold them to the code: their blocks
// of code by language, tables by heading.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const home = resolve(import.meta.dirname, '../..')
export const page = textOf('emulator.md')

function textOf(name: string): string {
  return readFileSync(join(home, 'docs', name), 'utf8')
}

export function blocksOf(language: string, name = 'emulator.md'): string[] {
  const blocks = textOf(name).matchAll(/^```(\w+)\n([^]*?)^```$/gm)
  return Array.from(blocks).flatMap(([, tag, text = '']) => (tag === language ? [text] : []))
}

/** An example as it stands, but for the address. */
export function withAddress(block: string, url: string): string {
  return block.replaceAll('http://127.0.0.1:8090', url)
}

/** The rows of the first table under a heading, without its head. */
export function tableUnder(heading: string): string[][] {
  const section = page.split(/^#+ /m).find((each) => each.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`the page has no heading ${heading}`)
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )
}
