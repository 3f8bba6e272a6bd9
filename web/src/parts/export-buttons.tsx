// Rows as a file, in each form that there is.
import type { GridColumn, Value } from '../words/cell.ts'
import { Button } from './button.tsx'
import { saveFile } from './download.ts'
import { csvOf, jsonOf, ndjsonOf } from './export.ts'

interface Props {
  name: string
  columns: GridColumn[]
  rows: Value[][]
}

export function ExportButtons({ name, columns, rows }: Props) {
  return forms.map(({ label, ending, type, textOf }) => (
    <Button
      key={ending}
      icon="download"
      onClick={() => saveFile(`${name}.${ending}`, textOf(columns, rows), type)}
    >
      {label}
    </Button>
  ))
}

const forms = [
  { label: 'CSV', ending: 'csv', type: 'text/csv', textOf: csvOf },
  { label: 'JSON', ending: 'json', type: 'application/json', textOf: jsonOf },
  { label: 'NDJSON', ending: 'ndjson', type: 'application/x-ndjson', textOf: ndjsonOf },
]
