// What a person reads: answers on stdout, everything said along the way on stderr, tables in
// columns.

export function out(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function note(line = ''): void {
  process.stderr.write(`${line}\n`)
}

export function outJson(value: unknown): void {
  out(JSON.stringify(value, null, 2))
}

export type Cell = string | number | boolean | null | undefined | object

/** Columns under their names; numbers stand right. A null is an empty cell. */
export function formatTable(
  names: string[],
  rows: Cell[][],
  { cellCharsMax = 60 }: { cellCharsMax?: number } = {},
): string {
  const texts = rows.map((row) => names.map((_, i) => cellText(row[i], cellCharsMax)))
  const widths = names.map((name, i) =>
    texts.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), name.length),
  )
  const right = names.map((_, i) => rows.length > 0 && rows.every((row) => isNumeric(row[i])))
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...texts.map(line)].join(
    '\n',
  )
}

function cellText(cell: Cell, charsMax = Infinity): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  const flat = text.replaceAll(/\s+/g, ' ')
  return flat.length > charsMax ? `${cutAtWord(flat, charsMax - 1)}…` : flat
}

/** In the midst of a word only where that one is very long. */
function cutAtWord(text: string, charsMax: number): string {
  const end = text.lastIndexOf(' ', charsMax)
  return text.slice(0, end > charsMax / 2 ? end : charsMax)
}

function isNumeric(cell: Cell): boolean {
  return cell === null || cell === undefined || /^-?\d+(\.\d+)?$/.test(cellText(cell))
}

const KINDS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'min', seconds: 60 },
]

/** `3 s`, `2 min`, `5 h`, `4 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  const kind = KINDS.find((one) => seconds >= one.seconds)
  if (kind) return `${Math.floor(seconds / kind.seconds)} ${kind.unit}`
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
}

export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
