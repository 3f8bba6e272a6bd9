// The tables that `make bench` prints, and the figures behind them.
import { compared, type Costs } from './committed.ts'

export interface Round {
  firstSeconds: number
  floorSeconds: number
  changeSeconds: number
  nothingSeconds: number
  /** CPU seconds by process of the first load. */
  firstCpu: Record<string, number>
}

export interface Ingest {
  seconds: number
  /** CPU seconds by process. */
  cpu: Record<string, number>
}

export interface Commands {
  secondInitSeconds: number
  startSeconds: number
}

export interface Measured {
  rows: number
  ingested: Ingest
  results: Round[]
  commands: Commands
  /** Peak MB by process. */
  peaks: Record<string, number>
}

export async function printReport(measured: Measured): Promise<{ text: string; figures: object }> {
  const { rows, ingested, results, commands, peaks } = measured
  const ingestSeconds = ingested.seconds
  const firstCpu = medians(results.map((round) => round.firstCpu))
  const { secondInitSeconds, startSeconds } = commands
  const first = median(results.map((round) => round.firstSeconds))
  const floor = median(results.map((round) => round.floorSeconds))
  const change = median(results.map((round) => round.changeSeconds))
  const nothing = median(results.map((round) => round.nothingSeconds))
  const ratio = median(results.map((round) => round.floorSeconds / round.firstSeconds))
  const perSecond = (seconds: number) => Math.round(rows / seconds)
  const lines = [
    ['figure', 'median', 'rows/s', '× floor'],
    ['floor: parse and COPY, one process', secs(floor), String(perSecond(floor)), '1.00'],
    [`first load of ${rows} transactions`, secs(first), String(perSecond(first)), ratio.toFixed(2)],
    ['sync of 1,000 changes into it', secs(change), '', ''],
    ['sync with nothing new', secs(nothing), '', ''],
    [`ingest Plaid to store (once)`, secs(ingestSeconds), String(perSecond(ingestSeconds)), ''],
    ['airbyte-init, the second time (once)', secs(secondInitSeconds), '', ''],
    ['airbyte-start after a stop (once)', secs(startSeconds), '', ''],
    ...cpuLines('first load', firstCpu),
    ...cpuLines('ingest', ingested.cpu),
    ...Object.entries(peaks).map(([name, mb]) => [`peak memory of ${name}`, `${mb} MB`, '', '']),
  ]
  const costs: Costs = {
    'first load': first / floor,
    'sync of 1,000 changes': change / floor,
    'sync with nothing new': nothing / floor,
    ingest: ingestSeconds / floor,
    'CPU of first load': sumOf(firstCpu) / floor,
    'CPU of ingest': sumOf(ingested.cpu) / floor,
    ...Object.fromEntries(Object.entries(peaks).map(([name, mb]) => [`memory of ${name}`, mb])),
  }
  const figures = {
    rows,
    costs,
    first_load_ratio_to_floor: ratio,
    median_seconds: { floor, first_load: first, changes: change, nothing, ingest: ingestSeconds },
    once_seconds: { second_init: secondInitSeconds, start_after_stop: startSeconds },
    cpu_seconds: { first_load: firstCpu, ingest: ingested.cpu },
    peak_mb: peaks,
    rounds: results,
  }
  return { text: `${table(lines)}\n\n${table(await compared(costs))}`, figures }
}

export function table(lines: string[][]): string {
  const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const row = (line: string[]) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
  return lines.map((line) => row(line).join('   ')).join('\n')
}

function cpuLines(what: string, cpu: Record<string, number>): string[][] {
  const all = Object.entries({ ...cpu, 'all processes': sumOf(cpu) })
  return all.map(([name, seconds]) => [`CPU of ${what}: ${name}`, secs(seconds), '', ''])
}

function sumOf(cpu: Record<string, number>): number {
  return Object.values(cpu).reduce((a, b) => a + b, 0)
}

function medians(rounds: Record<string, number>[]): Record<string, number> {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))]
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round) => round[name] ?? 0))]),
  )
}

function secs(seconds: number): string {
  return `${seconds.toFixed(2)} s`
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
