// What a verification found of every stream but transactions: the banks against the store, and the
// store against the warehouse.
import type { VerificationResult } from '../api/web.ts'
import { Section } from '../parts/page.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { plural } from '../words/numbers.ts'
import type { Told } from '../words/status.ts'

interface Found {
  compared: number
  different: number
}

interface Line {
  name: string
  bank: Found | undefined
  warehouse: Found | undefined
  /** Nothing is promised of what the warehouse has of it. */
  isUnpromised: boolean
}

export function VerifiedStreams({ of }: { of: VerificationResult }) {
  const lines = linesOf(of)
  if (lines.length === 0) return null
  return (
    <Section title="The other streams">
      <Table label="Streams" columns={columns} rows={lines} keyOf={({ name }) => name} />
    </Section>
  )
}

const columns: Column<Line>[] = [
  { title: 'Stream', cell: ({ name }) => name },
  { title: 'Bank and store', number: true, cell: ({ bank }) => said(bank) },
  { title: 'Store and warehouse', number: true, cell: ({ warehouse }) => said(warehouse) },
  {
    title: '',
    number: true,
    cell: (line) => <StatusMark told={toldOf(line)} quiet />,
  },
]

function toldOf({ bank, warehouse, isUnpromised }: Line): Told {
  const different = (bank?.different ?? 0) + (warehouse?.different ?? 0)
  if (different > 0) return { tone: 'failed', word: 'different' }
  return isUnpromised
    ? { tone: 'attention', word: 'not compared' }
    : { tone: 'fresh', word: 'equal' }
}

function said(found: Found | undefined): string {
  if (found === undefined) return 'not compared'
  const rows = plural(found.compared, 'row')
  return found.different === 0 ? rows : `${rows}, ${found.different} different`
}

function linesOf({ banks = [], warehouse }: VerificationResult): Line[] {
  const lines = new Map<string, Line>()
  const lineOf = (name: string) => {
    const line = lines.get(name) ?? {
      name,
      bank: undefined,
      warehouse: undefined,
      isUnpromised: false,
    }
    lines.set(name, line)
    return line
  }
  for (const { stream, compared, total, left_out: why } of banks.flatMap(
    ({ streams = [] }) => streams,
  )) {
    const line = lineOf(stream)
    if (why !== null) continue
    const { bank = { compared: 0, different: 0 } } = line
    line.bank = { compared: bank.compared + compared, different: bank.different + total }
  }
  for (const [name, one] of Object.entries(warehouse?.streams ?? {})) {
    const different = one.different.length + one.unnamed
    lineOf(name).warehouse = { compared: one.compared, different }
  }
  for (const name of warehouse?.unpromised ?? []) {
    if (name !== 'transactions') lineOf(name).isUnpromised = true
  }
  return [...lines.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
