// The last runs of a connection: height is rows, colour and texture the outcome.
import type { Run } from '../api/engine.ts'
import { count } from '../words/numbers.ts'
import { jobTold } from '../words/status.ts'
import css from './sparkline.module.css'

const runsMax = 30
const width = 4
const height = 22

/** `runs` are newest first; the picture has the newest at its right. */
export function Sparkline({ runs }: { runs: Run[] }) {
  const shown = runs.slice(0, runsMax).toReversed()
  const rows = shown.map((run) => run.recordsCommitted)
  const most = Math.max(1, ...rows)
  const words = shown.map((run, i) => `${jobTold(run).word}, ${count(rows[i] ?? 0)} rows`)
  return (
    <svg
      width={runsMax * width}
      height={height}
      viewBox={`0 0 ${runsMax * width} ${height}`}
      role="img"
      aria-label={`Last ${shown.length} runs, oldest first: ${words.join('; ') || 'none'}`}
    >
      <path className={css['ground']} d={`M0 ${height - 0.5}H${runsMax * width}`} />
      {shown.map((run, i) => {
        const tall = 3 + (height - 4) * Math.sqrt((rows[i] ?? 0) / most)
        const x = (runsMax - shown.length + i) * width
        return (
          <rect
            key={run.id}
            x={x}
            y={height - tall}
            width={width - 1}
            height={tall}
            className={css[jobTold(run).tone]}
          />
        )
      })}
    </svg>
  )
}
