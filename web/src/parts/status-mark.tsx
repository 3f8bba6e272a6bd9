// A status: word, shape and colour, always all three.
import type { Told, Tone } from '../words/status.ts'
import css from './status-mark.module.css'

export function StatusMark({ told, quiet = false }: { told: Told; quiet?: boolean }) {
  return (
    <span className={`${css['mark']} ${css[told.tone]} ${quiet ? css['quiet'] : ''}`}>
      <Shape tone={told.tone} />
      {told.word}
    </span>
  )
}

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg
      className={`${css['shape']} ${css[tone]}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {shapes[tone]}
    </svg>
  )
}

const shapes = {
  fresh: (
    <>
      <circle cx="6" cy="6" r="5.5" fill="currentColor" />
      <path d="M3.4 6.2 5.3 8l3.3-3.8" className={css['cutout']} />
    </>
  ),
  running: (
    <g className={css['ring']}>
      <circle cx="6" cy="6" r="4.7" className={css['track']} />
      <path d="M6 1.3A4.7 4.7 0 0 1 10.7 6" className={css['arc']} />
    </g>
  ),
  attention: <path d="M6 .8 11.6 11H.4zM6 4.4v3M6 9.2v.1" className={css['solid']} />,
  person: (
    <>
      <path d="M6 0l6 6-6 6-6-6z" fill="currentColor" />
      <circle cx="6" cy="4.4" r="1.3" className={css['inside']} />
      <path d="M3.6 8.4c.3-1.6 1.2-2.2 2.4-2.2s2.1.6 2.4 2.2z" className={css['inside']} />
    </>
  ),
  failed: (
    <>
      <rect x=".5" y=".5" width="11" height="11" rx="1" fill="currentColor" />
      <path d="M3.5 3.5 8.5 8.5M8.5 3.5 3.5 8.5" className={css['cutout']} />
    </>
  ),
  off: <circle cx="6" cy="6" r="4.7" className={css['open']} />,
}
