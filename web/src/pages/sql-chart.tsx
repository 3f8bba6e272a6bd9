// A result as a picture: a line over days where its first column is one, else bars, one a row. Only
// columns of numbers are drawn, one at a time; the table has the rest.
import { Bank } from '../parts/said.tsx'
import { Select, Toolbar } from '../parts/field.tsx'
import { DayLine } from '../parts/line.tsx'
import { Empty } from '../parts/shown.tsx'
import { type GridColumn, isMoneyLike, isNumeric, textOf, type Value } from '../words/cell.ts'
import { plain, plural } from '../words/numbers.ts'
import { usePreferences } from '../words/preferences.ts'
import css from './sql.module.css'

interface Props {
  columns: GridColumn[]
  rows: Value[][]
  /** The column that is drawn, by its name. */
  of: string | undefined
  onChoose: (column: string) => void
}

const barsMax = 50

export function ResultChart({ columns, rows, of, onChoose }: Props) {
  const { privacy } = usePreferences()
  const numbers = columns.filter(({ type }) => isNumeric(type))
  const drawn = numbers.find(({ name }) => name === of) ?? numbers.at(0)
  const beside = columns.findIndex((column) => column !== drawn && !isNumeric(column.type))
  if (drawn === undefined || beside < 0) {
    return (
      <Empty title="Nothing to draw">
        A picture needs a column of numbers, and one that says what they are of.
      </Empty>
    )
  }
  const at = columns.indexOf(drawn)
  const points = rows
    .map((row) => ({ name: textOf(row[beside] ?? null), value: textOf(row[at] ?? null) }))
    .filter(({ value }) => value !== '' && Number.isFinite(Number(value)))
  const isHidden = privacy && isMoneyLike(drawn)
  const say = (value: string) => (isHidden ? '•••••' : plain(value))
  const isOfDays = /^(date|timestamp)/.test(columns[beside]?.type ?? '')
  const days = isOfDays ? inOrder(points) : undefined
  return (
    <>
      {numbers.length > 1 && (
        <Toolbar label="Picture">
          <Select
            label="Column"
            value={drawn.name}
            options={numbers.map(({ name }): [string, string] => [name, name])}
            onChange={onChoose}
          />
        </Toolbar>
      )}
      {days === undefined ? (
        <Bars points={points.slice(0, barsMax)} say={say} />
      ) : (
        <DayLine label={drawn.name} points={days} say={say} />
      )}
      {days === undefined && points.length > barsMax && (
        <p>The first {plural(barsMax, 'row')} are drawn.</p>
      )}
    </>
  )
}

interface Point {
  name: string
  value: string
}

/** By day; undefined where a day has more than one value, which no line shows. */
function inOrder(points: Point[]) {
  const days = points
    .map(({ name, value }) => ({ date: name.slice(0, dayLength), value }))
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
  const isOne = days.every(({ date }, i) => date !== days[i - 1]?.date)
  return isOne && days.length > 1 ? days : undefined
}

const dayLength = '2026-03-14'.length

/** From a common zero: what is below it goes to the left. */
function Bars({ points, say }: { points: Point[]; say: (value: string) => string }) {
  const values = points.map(({ value }) => Number(value))
  const least = Math.min(0, ...values)
  const span = Math.max(0, ...values) - least || 1
  const percent = (value: number) => (100 * value) / span
  return (
    <ol className={css['bars']} aria-label="Bars">
      {points.map(({ name, value }, i) => (
        <li key={`${i} ${name}`}>
          <Bank text={name === '' ? 'null' : name} />
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect
              x={percent(Math.min(0, Number(value)) - least)}
              width={percent(Math.abs(Number(value)))}
              height="10"
            />
          </svg>
          <span>{say(value)}</span>
        </li>
      ))}
    </ol>
  )
}
